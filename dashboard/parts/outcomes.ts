interface OutcomeWords {
  /** What was met: `rate limited`. */
  readonly label: string;
  /** After the name of an entry: `groq/llama could not be reached`. */
  readonly clause: string;
  /** After `Failed over to entry 2 after`. */
  readonly cause: string;
}

/** Outcomes of attempts, and of skipped entries. */
const OUTCOMES: Readonly<Record<string, OutcomeWords>> = {
  answered: { label: 'answered', clause: 'answered', cause: 'an answer' },
  throttled: { label: 'rate limited', clause: 'had reached a rate limit', cause: 'a rate limit' },
  exhausted: { label: 'quota or credit used up', clause: 'had used up its quota or credit', cause: 'a used up quota' },
  overloaded: { label: 'server error', clause: 'had a server error', cause: 'a server error' },
  gateway_overloaded: {
    label: 'gateway overloaded',
    clause: 'got no connection, because the gateway had none free',
    cause: 'a shortage of connections',
  },
  unreachable: { label: 'not reachable', clause: 'could not be reached', cause: 'a failed connection' },
  silent: { label: 'no answer in time', clause: 'sent no answer in time', cause: 'no answer in time' },
  malformed: {
    label: 'unreadable answer',
    clause: 'sent an answer that could not be read',
    cause: 'an unreadable answer',
  },
  invalid_answer: {
    label: 'answer failed its check',
    clause: 'sent an answer that failed its check',
    cause: 'an answer that failed its check',
  },
  unsuited: {
    label: 'request does not fit',
    clause: 'could not take the request',
    cause: 'a request it cannot take',
  },
  unauthorised: { label: 'key not accepted', clause: 'did not accept the provider’s key', cause: 'a refused key' },
  unknown_model: { label: 'model not found', clause: 'does not know the model', cause: 'an unknown model' },
  refused: { label: 'request refused', clause: 'refused the request', cause: 'a refusal' },
  invalid_request: { label: 'request invalid', clause: 'found the request invalid', cause: 'a refusal' },
  cancelled: { label: 'cancelled', clause: 'was cancelled', cause: 'a cancelled attempt' },
  skipped: { label: 'skipped', clause: 'was skipped', cause: 'a skipped entry' },
};

const WINDOWS: Readonly<Record<string, string>> = {
  requestsPerMinute: 'requests per minute',
  tokensPerMinute: 'tokens per minute',
  requestsPerDay: 'requests per day',
  tokensPerDay: 'tokens per day',
};

/** A name of the API that has no words here, as it is. */
function asIs(name: string): string {
  return name.replaceAll('_', ' ');
}

/** An outcome in words. One that is unknown here is shown as it is, here and below. */
export function outcomeWords(outcome: string): string {
  return OUTCOMES[outcome]?.label ?? asIs(outcome);
}

/** An outcome as the end of a sentence that begins with the name of its entry: `could not be reached`. */
export function outcomeClause(outcome: string): string {
  return OUTCOMES[outcome]?.clause ?? `ended as ${asIs(outcome)}`;
}

/** An outcome as a cause: `a rate limit`. */
export function outcomeCause(outcome: string): string {
  return OUTCOMES[outcome]?.cause ?? asIs(outcome);
}

/** Why an entry is not used, in words: an outcome, or the window that is exhausted. */
export function reasonWords(reason: string): string {
  const window = WINDOWS[reason];
  return window === undefined ? outcomeWords(reason) : `${window} used up`;
}

interface SkipWords {
  /** After `skipped`: `cooling down`. */
  readonly label: string;
  /** After `was skipped`: `during its cooldown`. */
  readonly clause: string;
}

/** Why entries are skipped. */
const SKIPS: Readonly<Record<string, SkipWords>> = {
  cooling_down: { label: 'cooling down', clause: 'during its cooldown' },
  breaker_open: { label: 'breaker open', clause: 'with its circuit breaker open' },
  limited: { label: 'too little of a limit left', clause: 'because too little of a limit was left' },
  too_large: { label: 'request too large', clause: 'because the request is too large for it' },
  lacks_capability: { label: 'lacks a capability', clause: 'for a missing capability' },
  not_allowed: { label: 'not allowed for the key', clause: 'because the key does not allow it' },
  no_price: { label: 'no known price', clause: 'for an unknown price' },
  over_budget: { label: 'over the budget', clause: 'because the budget has no room for it' },
  hedge_lost: { label: 'another attempt answered first', clause: 'because another attempt answered first' },
};

/** Why an entry was skipped, or an attempt cancelled, in words. */
export function skipWords(reason: string): string {
  return SKIPS[reason]?.label ?? asIs(reason);
}

/** Why an entry was skipped, after `was skipped`: `during its cooldown`. */
export function skipClause(reason: string): string {
  return SKIPS[reason]?.clause ?? `as ${asIs(reason)}`;
}
