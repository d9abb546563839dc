import type { RequestList, RequestRecord } from 'spillway/client';
import type { LiveRequest, LiveSnapshot } from '../../live/live-snapshot.ts';
import { outcomeSoFar, type Progress, progressOf } from '../../live/progress.ts';
import { matchesEnded, matchesRunning } from './live-match.ts';
import type { RequestsSearch } from './search.ts';

/** A step of a trail: its outcome, or null while it runs. */
interface Mark {
  readonly outcome: string | null;
}

/** A line of the list. What is unknown is null. */
export interface ListRow {
  /** The gateway's id of the request. */
  readonly id: string;
  readonly acceptedAt: number;
  readonly endedAt: number | null;
  readonly state: Progress | 'ended';
  readonly trail: readonly Mark[];
  readonly chain: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  /** `ok`, or the code of the error; null while it runs. */
  readonly code: string | null;
  readonly status: number | null;
  readonly key: string | null;
  readonly keyName: string | null;
  readonly committedMs: number | null;
  readonly totalMs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
}

/** The line of a row of the request log. */
export function rowOf(record: RequestRecord): ListRow {
  return {
    id: record.request_id,
    acceptedAt: record.accepted_at,
    endedAt: record.ended_at,
    state: 'ended',
    trail: record.trail,
    chain: record.chain,
    provider: record.provider,
    model: record.model,
    code: record.code,
    status: record.status,
    key: record.key,
    keyName: null,
    committedMs: record.committed_ms,
    totalMs: record.total_ms,
    inputTokens: record.usage?.input_tokens ?? null,
    outputTokens: record.usage?.output_tokens ?? null,
    costUsd: record.cost_usd,
  };
}

/** The line of a request that events have shown. */
export function liveRow(request: LiveRequest): ListRow {
  const { id, chain, started, finished, attempts, committed, seenAt } = request;
  const facts = finished ?? started;
  const entry = finished ?? committed ?? attempts.at(-1);
  const acceptedAt = facts?.accepted_at ?? seenAt;
  const isRunning = finished === null;
  return {
    id,
    acceptedAt,
    endedAt: finished === null ? null : acceptedAt + finished.total_ms,
    state: isRunning ? progressOf(request) : 'ended',
    trail: finished?.trail ?? runningTrail(request),
    chain,
    provider: entry?.provider ?? null,
    model: entry?.model ?? null,
    code: finished?.code ?? null,
    status: finished?.status ?? null,
    key: facts?.key_id ?? null,
    keyName: facts?.principal ?? null,
    committedMs: finished?.committed_ms ?? committed?.after_ms ?? null,
    totalMs: finished?.total_ms ?? null,
    inputTokens: finished?.usage?.input_tokens ?? null,
    outputTokens: finished?.usage?.output_tokens ?? null,
    costUsd: finished?.cost_usd ?? null,
  };
}

/** What is known of the attempts: where the page was opened later, only that there is one. */
function runningTrail({ attempts, committed }: LiveRequest): readonly Mark[] {
  if (attempts.length === 0) return committed === null ? [] : [{ outcome: null }];
  return attempts.map((attempt) => ({ outcome: outcomeSoFar(attempt, committed) }));
}

/** What the list is made of. */
interface ListParts {
  readonly search: RequestsSearch;
  readonly page: RequestList;
  readonly live: Pick<LiveSnapshot, 'running' | 'ended'>;
}

/** The rows of the first page: what runs, what has ended since the page was read, and the page. The newest end is first, and what runs is above. */
export function firstRows({ search, page, live }: ListParts): readonly ListRow[] {
  const written = new Set(page.data.map(({ request_id: id }) => id));
  const running = live.running
    .filter((request) => !written.has(request.id) && matchesRunning(search, request))
    .map(liveRow);
  // Behind a full page are rows that the page does not have.
  const oldest = page.has_more ? (page.data.at(-1)?.ended_at ?? 0) : 0;
  const ended = live.ended
    .filter((request) => !written.has(request.id) && matchesEnded(search, request))
    .map(liveRow)
    .filter(({ endedAt }) => (endedAt ?? 0) > oldest);
  const rows = [...ended, ...page.data.map(rowOf)];
  return [...running, ...rows.toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))];
}
