import type { LiveRequest } from '../../live/live-snapshot.ts';
import { isFailure } from '../../parts/step-words.ts';

/** What a request does, or has done, at one entry. */
export type FlowMark = 'waiting' | 'running' | 'answered' | 'failed' | 'skipped';

/** An entry as the picture needs it. */
export interface FlowLane {
  readonly provider: string;
  readonly model: string;
  /** Whether requests pass over it now. */
  readonly isOut: boolean;
}

/** One request in the picture of its chain: a mark in each entry that it has met, joined by a line from the first one to the last one. */
export interface FlowColumn {
  /** Id of the request. */
  readonly id: string;
  /** By the place of the entry; undefined where the request did nothing there. */
  readonly marks: readonly (FlowMark | undefined)[];
  /** Place of the first entry that has a mark, and of the last one. */
  readonly first: number;
  readonly last: number;
  /** By the place of the entry: whether an attempt has failed there, also where another key of the entry or a retry was tried after it. */
  readonly failures: readonly boolean[];
  /** Whether an attempt has failed anywhere. */
  readonly hasFailed: boolean;
  /** By the browser's clock, in milliseconds since the epoch. */
  readonly seenAt: number;
  /** Null while the request runs. */
  readonly endedAt: number | null;
}

/** The column of a request; undefined where nothing of it is known at any of these entries. */
export function flowColumn(request: LiveRequest, lanes: readonly FlowLane[]): FlowColumn | undefined {
  const marks: (FlowMark | undefined)[] = lanes.map(() => undefined);
  const failures = lanes.map(() => false);
  for (const [lane, mark] of marksOf(request, lanes)) {
    // Of several keys of an entry the last one counts, unless it was only skipped.
    if (mark !== 'skipped' || marks[lane] === undefined) marks[lane] = mark;
    if (mark === 'failed') failures[lane] = true;
  }
  const hasMet = marks.some((mark) => mark !== undefined);
  if (request.position !== null && !hasMet && lanes.length > 0) marks[0] = 'waiting';
  const last = lastMet(marks);
  if (last === -1) return undefined;
  // Entries that were passed over before an earlier one was tried: the line ends at what was tried.
  marks.fill(undefined, last + 1);
  // A request in progress does not say what it has skipped; it skips what is out.
  if (request.finished === null)
    lanes.forEach(({ isOut }, lane) => {
      if (isOut && lane < last) marks[lane] ??= 'skipped';
    });
  return {
    id: request.id,
    marks,
    first: marks.findIndex((mark) => mark !== undefined),
    last,
    failures,
    hasFailed: failures.includes(true),
    seenAt: request.seenAt,
    endedAt: request.endedAt,
  };
}

/** The last entry that was tried; where none was, the last one that was skipped. */
function lastMet(marks: readonly (FlowMark | undefined)[]): number {
  const tried = marks.findLastIndex((mark) => mark !== undefined && mark !== 'skipped');
  return tried === -1 ? marks.lastIndexOf('skipped') : tried;
}

function marksOf({ attempts, finished }: LiveRequest, lanes: readonly FlowLane[]): [lane: number, mark: FlowMark][] {
  const steps: readonly { readonly provider: string; readonly model: string; readonly outcome: string | null }[] =
    finished?.trail ?? attempts.map(({ finished: end, ...attempt }) => ({ ...attempt, outcome: end?.outcome ?? null }));
  return steps.flatMap(({ provider, model, outcome }) => {
    const lane = lanes.findIndex((each) => each.provider === provider && each.model === model);
    return lane === -1 ? [] : [[lane, markOf(outcome)]];
  });
}

function markOf(outcome: string | null): FlowMark {
  if (outcome === null) return 'running';
  if (outcome === 'answered') return 'answered';
  return isFailure({ outcome }) ? 'failed' : 'skipped';
}
