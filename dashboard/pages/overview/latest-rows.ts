import type { RequestRecord } from 'spillway/client';
import type { LiveRequest } from '../../live/live-snapshot.ts';
import { hasFailed } from '../../live/live-state.ts';
import { outcomeSoFar, type Progress, progressOf } from '../../live/progress.ts';

/** A request as one line. */
export interface LatestRow {
  /** The gateway's own id of the request. */
  readonly id: string;
  /** When it was accepted, in milliseconds since the epoch. */
  readonly at: number;
  /** When it ended; null while it runs. */
  readonly endedAt: number | null;
  /** Outcomes of its attempts and skipped entries; null for an attempt that runs. */
  readonly steps: readonly { readonly outcome: string | null }[];
  /** The entry that answered, or that is being tried; null without one. */
  readonly entry: { readonly provider: string; readonly model: string; readonly key: number | null } | null;
  /** Why there is no answer: status and code. Null while it runs, and for an answer. */
  readonly failure: string | null;
  /** Whether the client disconnected, so that nothing failed. */
  readonly isClosed: boolean;
  /** Name of the key, or its id where the name is unknown. */
  readonly key: string;
  /** Of a stream, in milliseconds; null for others, and before it. */
  readonly firstToken: number | null;
  /** US dollars; null where that is unknown. */
  readonly cost: number | null;
  /** Null once it has ended. */
  readonly running: Progress | null;
}

/** The most rows. */
export const MOST_ROWS = 10;
/** The most of them that are requests in progress. */
const MOST_RUNNING = 5;

/** What is known of requests. */
export interface KnownRequests {
  readonly running: readonly LiveRequest[];
  readonly ended: readonly LiveRequest[];
  /** Of the log, for what the page has not seen. */
  readonly records: readonly RequestRecord[];
}

/** The newest requests: those in progress first, then those that have ended. Rows of the log name keys by their ids only. */
export function latestRows(
  { running, ended, records }: KnownRequests,
  nameOfKey: (id: string) => string,
): readonly LatestRow[] {
  const live = running.slice(0, MOST_RUNNING).map(rowOfLive);
  const seen = new Set([...running, ...ended].map(({ id }) => id));
  const before = records.filter(({ request_id: id }) => !seen.has(id));
  const rest = [...ended.map(rowOfLive), ...before.map((record) => rowOfRecord(record, nameOfKey))];
  return [...live, ...rest.toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))].slice(0, MOST_ROWS);
}

/** A request that the page has seen live, or sees now. */
export function rowOfLive(request: LiveRequest): LatestRow {
  const { id, seenAt, started, finished, attempts, committed } = request;
  const facts = finished ?? started;
  const shared = {
    id,
    at: facts?.accepted_at ?? seenAt,
    key: facts?.principal ?? '',
  };
  if (finished !== null)
    return {
      ...shared,
      endedAt: finished.accepted_at + finished.total_ms,
      steps: finished.trail,
      entry: answerOf(finished, finished.trail),
      ...failureOf(finished),
      firstToken: finished.stream ? finished.committed_ms : null,
      cost: finished.cost_usd,
      running: null,
    };
  const tried = committed === null ? attempts.at(-1) : attempts.find(({ n }) => n === committed.n);
  return {
    ...shared,
    endedAt: null,
    steps: attempts.map((attempt) => ({ outcome: outcomeSoFar(attempt, committed) })),
    entry: tried === undefined ? null : { provider: tried.provider, model: tried.model, key: tried.key },
    failure: null,
    isClosed: false,
    firstToken: started?.stream === true ? (committed?.after_ms ?? null) : null,
    cost: null,
    running: progressOf(request),
  };
}

/** A request of the log. */
export function rowOfRecord(record: RequestRecord, nameOfKey: (id: string) => string): LatestRow {
  return {
    id: record.request_id,
    at: record.accepted_at,
    endedAt: record.ended_at,
    steps: record.trail,
    entry: answerOf(record, record.trail),
    ...failureOf(record),
    key: nameOfKey(record.key),
    firstToken: record.stream ? record.committed_ms : null,
    cost: record.cost_usd,
    running: null,
  };
}

type Answered = Pick<RequestRecord, 'provider' | 'model'>;
type Steps = readonly { readonly outcome: string; readonly key: number | null }[];

function answerOf({ provider, model }: Answered, trail: Steps): LatestRow['entry'] {
  if (provider === null || model === null) return null;
  return { provider, model, key: trail.find(({ outcome }) => outcome === 'answered')?.key ?? null };
}

function failureOf(ended: Pick<RequestRecord, 'status' | 'code'>): Pick<LatestRow, 'failure' | 'isClosed'> {
  const isClosed = ended.code === 'client_closed';
  return { failure: hasFailed(ended) ? `${ended.status} ${ended.code}` : null, isClosed };
}
