import type { RequestRecord } from 'spillway/client';
import { hasFailed, type LiveRequest } from '../../live/live-state.ts';
import { formatTime } from '../../parts/numbers.ts';
import { type EndedStep, isFailure, stepWords } from '../../parts/step-words.ts';

/** A step of a request that went beyond its first entry. */
export interface FailoverStep extends EndedStep {
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key; null without a pool of keys. */
  readonly key: number | null;
}

/** A request that its first choice did not answer. */
export interface Failover {
  readonly requestId: string;
  readonly chain: string;
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  readonly steps: readonly FailoverStep[];
  /** The step that answered; null where none did. */
  readonly answered: FailoverStep | null;
  /** What the steps before the answer took, in milliseconds; all of it where nothing answered. Null where that is unknown. */
  readonly lostMs: number | null;
}

/** A request of the live state as a failover; undefined where it is none, or has not ended. */
export function failoverOfLive({ id, chain, finished }: LiveRequest): Failover | undefined {
  if (finished === null) return undefined;
  return failoverOf({ ...finished, requestId: id, chain, at: finished.accepted_at + finished.total_ms });
}

/** A row of the request log as a failover; undefined where it is none. */
export function failoverOfRecord(record: RequestRecord): Failover | undefined {
  const { request_id: requestId, chain, ended_at: at } = record;
  return failoverOf({ ...record, requestId, chain: chain ?? '', at });
}

interface EndedRequest {
  readonly requestId: string;
  readonly chain: string;
  readonly at: number;
  readonly code: string;
  readonly total_ms: number;
  readonly trail: readonly (FailoverStep & { readonly started_ms: number | null })[];
}

function failoverOf({ requestId, chain, at, code, total_ms: totalMs, trail }: EndedRequest): Failover | undefined {
  const answered = trail.find(({ outcome }) => outcome === 'answered') ?? null;
  const before = answered === null ? trail : trail.slice(0, trail.indexOf(answered));
  const isOne = before.some((step) => step.outcome === 'skipped' || isFailure(step));
  if (!isOne || (answered === null && !hasFailed({ code }))) return undefined;
  return { requestId, chain, at, steps: trail, answered, lostMs: answered === null ? totalMs : answered.started_ms };
}

/** The newest failovers of both lists, each request once. */
export function mergeFailovers(
  live: readonly Failover[],
  logged: readonly Failover[],
  most: number,
): readonly Failover[] {
  const byId = new Map([...logged, ...live].map((failover) => [failover.requestId, failover]));
  return [...byId.values()].toSorted((a, b) => b.at - a.at).slice(0, most);
}

/** Why the steps before the answer did not answer, each reason once. */
export function whyWords({ steps, answered }: Pick<Failover, 'steps' | 'answered'>): string {
  const before = answered === null ? steps : steps.slice(0, steps.indexOf(answered));
  return [...new Set(before.filter((step) => step.outcome === 'skipped' || isFailure(step)).map(stepWords))].join(', ');
}

/** A failover in one sentence, for readers of the screen. */
export function failoverWords(failover: Failover): string {
  const { chain, answered, lostMs } = failover;
  const why = whyWords(failover);
  if (answered === null) return `${chain}: no entry has answered: ${why}.`;
  const after = lostMs === null ? '' : ` after ${formatTime(lostMs)}`;
  return `${chain}: ${why}; answered by ${answered.provider}/${answered.model}${after}.`;
}
