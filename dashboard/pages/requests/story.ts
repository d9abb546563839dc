import { formatTime } from '../../parts/numbers.ts';
import { answerEnd, answeredStep, type Picture, type PictureStep } from './waterfall/picture.ts';
import { hasFailedBefore, lostMs } from './waterfall/sums.ts';
import { causeOf, clauseOf, nameOf, pluralOf, withArticle } from './waterfall/words.ts';

/** What happened to a request, in one line. */
export function headlineOf(picture: Picture): string {
  const { end, committed } = picture;
  if (end === null && committed === null) return runningHeadline(picture);
  if (end !== null && committed === null) return unansweredHeadline(picture, end);
  const way = wayOf(picture);
  switch (answerEnd(picture)) {
    case 'cut':
      return `${way ?? answeredBy(picture)}, cut off by the client`;
    case 'failed':
      return `${way ?? answeredBy(picture)}, which failed after the commit`;
    case 'whole':
      return way === null ? answeredBy(picture) : `${way}, answered in full`;
    case 'open':
    case undefined:
      return `${way ?? answeredBy(picture)}, still in progress`;
  }
}

function answeredBy({ steps }: Picture): string {
  const answered = answeredStep({ steps });
  if (answered === undefined) return 'Answered by an entry that is not shown';
  const skipped = steps.slice(0, steps.indexOf(answered)).filter(({ fate }) => fate === 'skipped').length;
  return `Answered by ${entryOf(answered)}${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** How the request came to another entry than its first, or came late; null where it did neither. */
function wayOf({ steps, queued }: Picture): string | null {
  const answered = answeredStep({ steps });
  if (answered === undefined) return null;
  const name = entryOf(answered);
  const failed = steps.slice(0, steps.indexOf(answered)).filter(({ fate }) => fate === 'failed');
  const [first] = failed;
  if (failed.length > 1) return `Failed over to ${name} after ${failed.length} failures`;
  if (first !== undefined) {
    const isRetry = first.entry === answered.entry;
    return `${isRetry ? 'Sent to' : 'Failed over to'} ${name}${isRetry ? ' again' : ''} after ${causeOf(first)}`;
  }
  if (answered.hedge) return `Hedged with ${name}, which was faster`;
  return queued > 0 ? `Waited ${formatTime(queued)} in the queue for ${name}` : null;
}

function entryOf(step: PictureStep): string {
  return step.entry === null ? nameOf(step) : `entry ${step.entry}`;
}

function runningHeadline({ steps, queued }: Picture): string {
  const last = steps.findLast(({ fate }) => fate === 'running');
  if (last === undefined) return queued > 0 ? 'Waits in the queue of its chain' : 'In progress';
  const failed = steps.filter(({ fate }) => fate === 'failed').length;
  const name = last.entry === null ? nameOf(last) : `entry ${last.entry}`;
  return failed === 0 ? `Waits for ${name}` : `Failed over to ${name}, still waiting`;
}

function unansweredHeadline({ steps }: Picture, { code, status }: NonNullable<Picture['end']>): string {
  if (code === 'client_closed') return 'The client disconnected before an answer';
  if (code === 'run_cancelled') return 'The run was cancelled before an answer';
  if (code === 'deadline_exceeded') return `No answer before the deadline, the client got ${withArticle(status)}`;
  const tried = steps.filter(({ fate }) => fate === 'failed' || fate === 'lost');
  const got = `the client got ${withArticle(status)}`;
  if (tried.length === 0)
    return steps.length === 0 ? `Refused by the gateway, ${got}` : `Every entry was skipped, ${got}`;
  if (code === 'ok') return 'Answered without a commit';
  const entries = new Set(tried.map(({ entry, provider, model }) => entry ?? `${provider}/${model}`)).size;
  if (entries === 1)
    return steps.length === 1 ? `The only entry failed, ${got}` : `The one entry that was tried failed, ${got}`;
  return `${entries === 2 ? 'Both' : `All ${entries}`} entries that were tried failed, ${got}`;
}

/** What happened to entries, as a part of a sentence: their names, how many more there are, and the words. */
export interface Clause {
  readonly names: readonly Pick<PictureStep, 'provider' | 'model'>[];
  readonly more: number;
  readonly words: string;
}

/** The most clauses, and the most names of each. */
const MOST_CLAUSES = 3;
const MOST_NAMES = 2;

/** What happened to the entries that did not answer, in order, and how many more there are. Entries one after the other to which the same happened share a clause. */
export function clausesOf({ steps, omitted }: Picture): { readonly clauses: readonly Clause[]; readonly more: number } {
  const groups: { words: string; steps: PictureStep[] }[] = [];
  for (const step of steps) {
    if (step.fate === 'answered' || step.fate === 'running') continue;
    const words = clauseOf(step);
    const last = groups.at(-1);
    if (last?.words === words) last.steps.push(step);
    else groups.push({ words, steps: [step] });
  }
  const more = groups.slice(MOST_CLAUSES).reduce((count, group) => count + group.steps.length, omitted);
  return { clauses: groups.slice(0, MOST_CLAUSES).map(toClause), more };
}

function toClause({ words, steps }: { readonly words: string; readonly steps: readonly PictureStep[] }): Clause {
  const names = steps.slice(0, MOST_NAMES);
  return { names, more: steps.length - names.length, words: steps.length > 1 ? pluralOf(words) : words };
}

/** How an answer ended that did not reach its end, in a sentence; null for any other request. */
export function endSentence(picture: Picture): string | null {
  const at = formatTime(picture.total);
  switch (answerEnd(picture)) {
    case 'cut':
      return `The client disconnected at ${at}, before the end of the answer.`;
    case 'failed':
      return `The stream ended at ${at} with the error ${picture.end?.code ?? ''}, after the client had read a part of it.`;
    case 'whole':
    case 'open':
    case undefined:
      return null;
  }
}

/** What failing over cost in time, in milliseconds: null where no attempt had failed before the one that answered. */
export function failoverMs(picture: Picture): number | null {
  const lost = lostMs(picture);
  return lost > 0 && hasFailedBefore(picture, lost) ? lost : null;
}
