import { formatCount, formatRate, formatTime } from '../../../parts/numbers.ts';
import type { AnswerEnd, PictureStep } from './picture.ts';

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
const OUTCOMES: Readonly<Record<Outcome, OutcomeWords>> = {
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
const REASONS: Readonly<Record<Reason, ReasonWords>> = {
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
const CUTS: Readonly<Record<NonNullable<PictureStep['cutBy']>, CutWords>> = {
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

/** The name of an entry: `provider/model`, with the number of its key where there is a pool. */
export function nameOf({ provider, model, key }: Pick<PictureStep, 'provider' | 'model' | 'key'>): string {
  return `${provider}/${model}${key === null ? '' : ` #${key}`}`;
}

/** An outcome as a word: the API's, with spaces. */
export function outcomeWord(outcome: string): string {
  return outcome.replaceAll('_', ' ');
}

/** What became of a step, below its name. `end`: how the answer of the request ended. */
export function fateWords({ fate, outcome, cutBy }: PictureStep, end?: AnswerEnd): string {
  if (fate === 'answered' && end === 'failed') return 'failed after the commit';
  if (fate === 'answered' && end === 'open') return 'answering';
  if (fate === 'answered' && end === 'cut') return 'answered, cut off';
  if (fate === 'running') return 'in progress';
  if (fate === 'skipped') return 'skipped, not sent';
  if (fate === 'lost') return cutBy === null ? 'cancelled' : `cancelled, ${CUTS[cutBy].fate}`;
  return fate === 'answered' || outcome === null ? 'answered' : `failed, ${outcomeWord(outcome)}`;
}

/** The few words beside a mark: a strong one, the rest, and a shorter rest. */
export interface Label {
  readonly strong: string;
  readonly rest: string;
  readonly short: string;
}

/** The label of a step that failed, was cancelled or was skipped. */
export function labelOf({ fate, outcome, reason, status, cutBy }: PictureStep): Label | null {
  if (outcome === null || fate === 'answered') return null;
  const why = reason === null ? '' : REASONS[reason].label;
  if (fate === 'skipped') return { strong: 'skipped', rest: why, short: why };
  if (fate === 'lost') return { strong: 'cancelled', rest: cutBy === null ? '' : CUTS[cutBy].label, short: '' };
  const { label } = OUTCOMES[outcome];
  const word = outcomeWord(outcome);
  return status === null
    ? { strong: word, rest: label === word ? '' : label, short: '' }
    : { strong: String(status), rest: label, short: word };
}

/** The label of an answer: `486 tokens, 204 tokens/s`. `ms`: how long it took, where it was a stream. */
export function answerLabel(outputTokens: number | null, ms: number | null): Label | null {
  if (outputTokens === null) return null;
  const tokens = `${formatCount(outputTokens)} ${outputTokens === 1 ? 'token' : 'tokens'}`;
  const rate = ms === null || ms < 1 ? '' : `${formatRate((outputTokens / ms) * 1000)} tokens/s`;
  return { strong: rate === '' ? tokens : `${tokens},`, rest: rate, short: '' };
}

/** Why a step failed or was cut off, in a few words. */
export function whyOf({ outcome, cutBy }: PictureStep): string {
  if (cutBy !== null) return CUTS[cutBy].label;
  return outcome === null ? 'in progress' : OUTCOMES[outcome].label;
}

/** A clause about several entries: `were skipped with their circuit breaker open`. */
export function pluralOf(clause: string): string {
  return clause
    .replace(/^was\b/, 'were')
    .replace(/^does\b/, 'do')
    .replaceAll(/\bits\b/g, 'their')
    .replaceAll(/\bit\b/g, 'them');
}

/** What became of a step, as the end of a sentence that begins with its name. */
export function clauseOf({ outcome, reason, cutBy }: PictureStep): string {
  if (cutBy !== null) return CUTS[cutBy].clause;
  if (outcome === null) return 'is still in progress';
  const { clause } = OUTCOMES[outcome];
  return reason === null ? clause : `${clause} ${REASONS[reason].clause}`;
}

/** What a failed step did, in a headline: `a 429`, `no token in time`. */
export function causeOf({ outcome, status }: PictureStep): string {
  if (status !== null) return `${startsWithVowel(status) ? 'an' : 'a'} ${status}`;
  return outcome === null ? 'a failure' : OUTCOMES[outcome].cause;
}

/** Why steps that share a lane were skipped. */
export function skipWords(reason: PictureStep['reason']): string {
  return reason === null ? 'skipped' : REASONS[reason].label;
}

/** A span of the request's time: `39 to 219 ms`, `0.64 to 3.02 s`. */
export function spanWords(from: number, to: number): string {
  const end = formatTime(to);
  const [, unit] = end.split(' ');
  const [value, startUnit] = formatTime(from).split(' ');
  if (startUnit === unit) return `${value} to ${end}`;
  return from === 0 ? `0 to ${end}` : `${formatTime(from)} to ${end}`;
}

/** Spoken numbers that begin with a vowel: eighty, eight hundred, eleven. */
function startsWithVowel(number: number): boolean {
  return /^(?:8|11$|18$)/.test(String(number));
}
