import { formatTime } from '../../parts/numbers.ts';
import { answerEnd, answeredStep, type Picture, type PictureStep } from './waterfall/picture.ts';
import { lostMs } from './waterfall/waterfall-layout.ts';
import { causeOf, clauseOf, nameOf } from './waterfall/words.ts';

/** What happened to a request, in one line. */
export function headlineOf(picture: Picture): string {
  const { end, committed } = picture;
  if (end === null) return committed === null ? runningHeadline(picture) : `${answeredBy(picture)}, still in progress`;
  if (committed === null) return unansweredHeadline(picture, end);
  switch (answerEnd(picture)) {
    case 'cut':
      return `${answeredBy(picture)}, cut off by the client`;
    case 'failed':
      return `${answeredBy(picture)}, which failed after the commit`;
    case 'whole':
    case undefined:
      return `${answeredBy(picture)}, answered in full`;
  }
}

/** `Failed over to entry 3 after a 429`, or how else the answer was found. */
function answeredBy({ steps, queued }: Picture): string {
  const answered = answeredStep({ steps });
  if (answered === undefined) return 'An entry that is not shown';
  const name = answered.entry === null ? nameOf(answered) : `entry ${answered.entry}`;
  const before = steps.slice(0, steps.indexOf(answered));
  const failed = before.filter(({ fate }) => fate === 'failed');
  const [first] = failed;
  if (failed.length > 1) return `Failed over to ${name} after ${failed.length} failures`;
  if (first !== undefined && first.entry === answered.entry) return `Retried at ${name} after ${causeOf(first)}`;
  if (first !== undefined) return `Failed over to ${name} after ${causeOf(first)}`;
  if (answered.hedge) return `Hedged with ${name}, which was faster`;
  if (queued > 0) return `Waited ${formatTime(queued)} in the queue for ${name}`;
  const skipped = before.filter(({ fate }) => fate === 'skipped').length;
  if (skipped > 0) return `Sent to ${name}, ${skipped} skipped`;
  return `Sent to ${name}`;
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
  if (code === 'deadline_exceeded') return `No answer before the deadline, the client got ${article(status)} ${status}`;
  const tried = steps.filter(({ fate }) => fate === 'failed' || fate === 'lost');
  const got = `the client got ${article(status)} ${status}`;
  if (tried.length === 0)
    return steps.length === 0 ? `Refused by the gateway, ${got}` : `Every entry was skipped, ${got}`;
  if (code === 'ok') return 'Answered without a commit';
  const entries = new Set(tried.map(({ entry, provider, model }) => entry ?? `${provider}/${model}`)).size;
  if (entries === 1)
    return steps.length === 1 ? `The only entry failed, ${got}` : `The one entry that was tried failed, ${got}`;
  return `${entries === 2 ? 'Both' : `All ${entries}`} entries that were tried failed, ${got}`;
}

function article(status: number): string {
  return /^8/.test(String(status)) ? 'an' : 'a';
}

/** A sentence about an entry. */
export interface Clause {
  readonly provider: string;
  readonly model: string;
  readonly words: string;
}

/** The most entries that the sentence below the headline names. */
const MOST_CLAUSES = 3;

/** What happened to the entries that did not answer, in order, and how many more there are. */
export function clausesOf({ steps, omitted }: Picture): { readonly clauses: readonly Clause[]; readonly more: number } {
  const about = steps.filter((step) => step.fate === 'failed' || step.fate === 'skipped' || step.fate === 'lost');
  const clauses = about.slice(0, MOST_CLAUSES).map(toClause);
  return { clauses, more: about.length - clauses.length + omitted };
}

function toClause(step: PictureStep): Clause {
  return { provider: step.provider, model: step.model, words: clauseOf(step) };
}

/** What failing over cost in time, in milliseconds: null where no attempt had failed before the one that answered. */
export function failoverMs(picture: Picture): number | null {
  const lost = lostMs(picture);
  return lost > 0 && picture.steps.some(({ fate, from }) => fate === 'failed' && from <= lost) ? lost : null;
}
