import { formatCount, formatRate, formatTime } from '../../../parts/numbers.ts';
import { outcomeCause, outcomeClause, outcomeWords, skipClause, skipWords } from '../../../parts/outcomes.ts';
import { CUTS } from './cut-words.ts';
import type { AnswerEnd, PictureStep } from './picture.ts';

/** The name of an entry: `provider/model`, with the number of its key where there is a pool. */
export function nameOf({ provider, model, key }: Pick<PictureStep, 'provider' | 'model' | 'key'>): string {
  return `${provider}/${model}${key === null ? '' : ` #${key}`}`;
}

/** What became of a step, below its name. `end`: how the answer of the request ended. */
export function fateWords({ fate, outcome, cutBy }: PictureStep, end?: AnswerEnd): string {
  if (fate === 'answered' && end === 'failed') return 'failed after the commit';
  if (fate === 'answered' && end === 'open') return 'answering';
  if (fate === 'answered' && end === 'cut') return 'answered, cut off';
  if (fate === 'running') return 'in progress';
  if (fate === 'skipped') return 'skipped, not sent';
  if (fate === 'lost') return cutBy === null ? 'cancelled' : `cancelled, ${CUTS[cutBy].fate}`;
  return fate === 'answered' || outcome === null ? 'answered' : `failed, ${outcomeWords(outcome)}`;
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
  const why = reason === null ? '' : skipWords(reason);
  if (fate === 'skipped') return { strong: 'skipped', rest: why, short: why };
  if (fate === 'lost') return { strong: 'cancelled', rest: cutBy === null ? '' : CUTS[cutBy].label, short: '' };
  const words = outcomeWords(outcome);
  return status === null ? { strong: words, rest: '', short: '' } : { strong: String(status), rest: words, short: '' };
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
  return outcome === null ? 'in progress' : outcomeWords(outcome);
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
  const clause = outcomeClause(outcome);
  return reason === null ? clause : `${clause} ${skipClause(reason)}`;
}

/** What a failed step did, in a headline: `a 429`, `no token in time`. */
export function causeOf({ outcome, status }: PictureStep): string {
  if (status !== null) return withArticle(status);
  return outcome === null ? 'a failure' : outcomeCause(outcome);
}

/** Why steps that share a lane were skipped. */
export function whySkipped(reason: PictureStep['reason']): string {
  return reason === null ? 'skipped' : skipWords(reason);
}

/** A span of the request's time: `39 to 219 ms`, `0.64 to 3.02 s`. */
export function spanWords(from: number, to: number): string {
  const end = formatTime(to);
  const [, unit] = end.split(' ');
  const [value, startUnit] = formatTime(from).split(' ');
  if (startUnit === unit) return `${value} to ${end}`;
  return from === 0 ? `0 to ${end}` : `${formatTime(from)} to ${end}`;
}

/** An HTTP status with its article: `a 429`. Of spoken statuses only eight hundred and more begin with a vowel. */
export function withArticle(status: number): string {
  return `${String(status).startsWith('8') ? 'an' : 'a'} ${status}`;
}
