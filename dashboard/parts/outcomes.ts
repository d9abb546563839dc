/** Outcomes of attempts in words that say what was met. */
const OUTCOMES: Readonly<Record<string, string>> = {
  answered: 'answered',
  throttled: 'rate limited',
  exhausted: 'quota or credit used up',
  overloaded: 'server error',
  gateway_overloaded: 'gateway overloaded',
  unreachable: 'not reachable',
  silent: 'no answer in time',
  malformed: 'unreadable answer',
  invalid_answer: 'answer failed its check',
  unsuited: 'request does not fit',
  unauthorised: 'key not accepted',
  unknown_model: 'model not found',
  refused: 'request refused',
  invalid_request: 'request invalid',
  cancelled: 'cancelled',
  skipped: 'skipped',
};

const WINDOWS: Readonly<Record<string, string>> = {
  requestsPerMinute: 'requests per minute',
  tokensPerMinute: 'tokens per minute',
  requestsPerDay: 'requests per day',
  tokensPerDay: 'tokens per day',
};

/** An outcome in words. One that is unknown here is shown as it is. */
export function outcomeWords(outcome: string): string {
  return OUTCOMES[outcome] ?? outcome.replaceAll('_', ' ');
}

/** Why an entry is not used, in words: an outcome, or the window that is exhausted. */
export function reasonWords(reason: string): string {
  const window = WINDOWS[reason];
  return window === undefined ? outcomeWords(reason) : `${window} used up`;
}
