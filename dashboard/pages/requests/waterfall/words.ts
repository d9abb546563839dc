import { formatCount, formatRate, formatTime } from '../../../parts/numbers.ts';
import { CUTS, OUTCOMES, REASONS } from './outcome-words.ts';
import type { AnswerEnd, PictureStep } from './picture.ts';

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
