import type { RequestRecord } from 'spillway/client';
import type { LiveRequest } from '../../live/live-snapshot.ts';
import { hasFailed } from '../../live/live-state.ts';
import { formatTime } from '../../parts/numbers.ts';
import { type EndedStep, isFailure, stepWords } from '../../parts/step-words.ts';

/** A step of a request that went beyond its first entry. */
export interface FailoverStep extends EndedStep {
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key; null without a pool of keys. */
  readonly key: number | null;
  /** Whether it was sent beside another one, which was slow. */
  readonly hedge: boolean;
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
  /** What kept it from its first choice: attempts that failed before the answer, and earlier entries that were skipped. */
  readonly obstacles: readonly FailoverStep[];
  /** What the steps before the answer took, in milliseconds; all of it where nothing answered. Null where that is unknown. */
  readonly lostMs: number | null;
}

/** The entries of each chain, as `provider/model`, in order. */
export type ChainOrder = ReadonlyMap<string, readonly string[]>;

/** A request of the live state as a failover; undefined where it is none, or has not ended. */
export function failoverOfLive({ id, chain, finished }: LiveRequest, order: ChainOrder): Failover | undefined {
  if (finished === null) return undefined;
  return failoverOf({ ...finished, requestId: id, chain, at: finished.accepted_at + finished.total_ms }, order);
}

/** A row of the request log as a failover; undefined where it is none. */
export function failoverOfRecord(record: RequestRecord, order: ChainOrder): Failover | undefined {
  const { request_id: requestId, chain, ended_at: at } = record;
  return failoverOf({ ...record, requestId, chain: chain ?? '', at }, order);
}

interface EndedRequest {
  readonly requestId: string;
  readonly chain: string;
  readonly at: number;
  readonly code: string;
  readonly total_ms: number;
  readonly trail: readonly (FailoverStep & { readonly started_ms: number | null })[];
}

function failoverOf(request: EndedRequest, order: ChainOrder): Failover | undefined {
  const { requestId, chain, at, code, total_ms: totalMs, trail } = request;
  const answered = trail.find(({ outcome }) => outcome === 'answered') ?? null;
  const before = answered === null ? trail : trail.slice(0, trail.indexOf(answered));
  const places = order.get(chain) ?? [];
  const obstacles = before.filter(
    (step) =>
      // An attempt beside a slow one that fails keeps the request from nothing.
      (isFailure(step) && (answered === null || !step.hedge)) ||
      (step.outcome === 'skipped' && isEarlier(step, answered, places)),
  );
  if (obstacles.length === 0 || (answered === null && !hasFailed({ code }))) return undefined;
  const lostMs = answered === null ? totalMs : answered.started_ms;
  return { requestId, chain, at, steps: trail, answered, obstacles, lostMs };
}

/** Whether an entry stands before the one that answered; also where that is unknown. A trail names later entries that were skipped too. */
function isEarlier(step: FailoverStep, answered: FailoverStep | null, places: readonly string[]): boolean {
  if (answered === null) return true;
  const [own, other] = [step, answered].map(({ provider, model }) => places.indexOf(`${provider}/${model}`));
  return own === undefined || other === undefined || own === -1 || other === -1 || own < other;
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

/** What kept a request from its first choice, each reason once. */
export function whyWords({ obstacles }: Pick<Failover, 'obstacles'>): string {
  return [...new Set(obstacles.map(stepWords))].join(', ');
}

/** A failover in one sentence, for readers of the screen. */
export function failoverWords(failover: Failover): string {
  const { chain, answered, lostMs } = failover;
  const why = whyWords(failover);
  if (answered === null) return `${chain}: no entry has answered: ${why}.`;
  const after = lostMs === null ? '' : ` after ${formatTime(lostMs)}`;
  return `${chain}: ${why}; answered by ${answered.provider}/${answered.model}${after}.`;
}
