import type { PictureStep } from './picture.ts';

type Outcome = NonNullable<PictureStep['outcome']>;
type Reason = NonNullable<PictureStep['reason']>;

interface OutcomeWords {
  /** Beside the mark of a failure. */
  readonly label: string;
  /** After the name of an entry: `groq/llama was overloaded`. */
  readonly clause: string;
  /** In a headline, where there is no status: `Failover to entry 2 after no token in time`. */
  readonly cause: string;
}

/** What outcomes mean, in words. */
export const OUTCOMES: Readonly<Record<Outcome, OutcomeWords>> = {
  answered: { label: 'answered', clause: 'answered', cause: 'an answer' },
  throttled: { label: 'rate limit reached', clause: 'had reached a rate limit', cause: 'a rate limit' },
  exhausted: { label: 'quota or credit used up', clause: 'had used up its quota or credit', cause: 'a used up quota' },
  overloaded: { label: 'overloaded', clause: 'was overloaded', cause: 'an overload' },
  gateway_overloaded: {
    label: 'no free connection',
    clause: 'got no connection, because the gateway had none free',
    cause: 'a shortage of connections',
  },
  unreachable: {
    label: 'no connection, or none that lasted',
    clause: 'could not be reached',
    cause: 'a failed connection',
  },
  silent: { label: 'no token in time', clause: 'sent no token in time', cause: 'no token in time' },
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
    label: 'cannot take the request',
    clause: 'could not take the request',
    cause: 'a request it cannot take',
  },
  unauthorised: { label: 'key refused', clause: 'refused the provider’s key', cause: 'a refused key' },
  unknown_model: { label: 'unknown model', clause: 'does not know the model', cause: 'an unknown model' },
  refused: { label: 'request refused', clause: 'refused the request', cause: 'a refusal' },
  invalid_request: { label: 'invalid request', clause: 'found the request invalid', cause: 'a refusal' },
  cancelled: { label: 'cancelled', clause: 'was cancelled', cause: 'a cancelled attempt' },
  skipped: { label: 'skipped', clause: 'was skipped', cause: 'a skipped entry' },
};

interface ReasonWords {
  /** After `skipped`. */
  readonly label: string;
  /** After `was skipped`. */
  readonly clause: string;
}

/** Why entries are skipped, in words. */
export const REASONS: Readonly<Record<Reason, ReasonWords>> = {
  cooling_down: { label: 'cooling down', clause: 'during its cooldown' },
  breaker_open: { label: 'circuit breaker open', clause: 'with its circuit breaker open' },
  limited: { label: 'too little of a limit left', clause: 'because too little of a limit was left' },
  too_large: { label: 'request too large', clause: 'because the request is too large for it' },
  lacks_capability: { label: 'lacks a capability', clause: 'for a missing capability' },
  not_allowed: { label: 'not allowed for the key', clause: 'because the key does not allow it' },
  no_price: { label: 'price unknown', clause: 'for an unknown price' },
  over_budget: { label: 'budget used up', clause: 'because the budget has no room for it' },
  hedge_lost: { label: 'another attempt answered first', clause: 'because another attempt answered first' },
};

interface CutWords {
  /** Below the name. */
  readonly fate: string;
  /** Beside the mark. */
  readonly label: string;
  readonly clause: string;
}

/** What ends attempts that had neither answered nor failed. */
export const CUTS: Readonly<Record<NonNullable<PictureStep['cutBy']>, CutWords>> = {
  hedge: {
    fate: 'too late',
    label: 'another attempt answered first',
    clause: 'was cancelled, because another attempt answered first',
  },
  client: {
    fate: 'client closed',
    label: 'the client disconnected',
    clause: 'was cancelled, because the client disconnected',
  },
  deadline: { fate: 'deadline', label: 'the deadline had passed', clause: 'had not answered by the deadline' },
};
