import type { RequestRecord, RequestStep } from 'spillway/client';

/** What became of an attempt, or of an entry: what its colour says. */
export type Fate = 'answered' | 'failed' | 'lost' | 'skipped' | 'running';

/** An attempt or a skipped entry. Times in milliseconds since the request was accepted. */
export interface PictureStep {
  /** Number of its entry, counted from 1 in the order in which entries were tried or skipped; null behind steps that are left out. */
  readonly entry: number | null;
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key; null without a pool of keys. */
  readonly key: number | null;
  readonly fate: Fate;
  /** Null while it runs. */
  readonly outcome: RequestStep['outcome'] | null;
  readonly reason: RequestStep['reason'];
  readonly status: number | null;
  /** The provider's words. */
  readonly message: string | null;
  readonly hedge: boolean;
  /** What has ended an attempt that had neither answered nor failed; null for any other. */
  readonly cutBy: 'hedge' | 'client' | 'deadline' | null;
  /** Its start; for a skipped entry when it was skipped. */
  readonly from: number;
  /** When its request was on a connection; null where that is unknown. */
  readonly connected: number | null;
  /** Its end: the end of the answer where it has answered. */
  readonly to: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
}

/** A request as the waterfall shows it. Times in milliseconds since it was accepted. */
export interface Picture {
  readonly steps: readonly PictureStep[];
  /** Steps that are left out before the last one. */
  readonly omitted: number;
  readonly stream: boolean;
  /** How long it has waited in the queue of its chain. */
  readonly queued: number;
  /** When an answer became the answer; null without one. */
  readonly committed: number | null;
  /** Its end; the present while it runs. */
  readonly total: number;
  /** How it ended; null while it runs. */
  readonly end: { readonly code: string; readonly status: number } | null;
}

/** A step before the number of its entry is known. */
export type UnplacedStep = Omit<PictureStep, 'entry'>;

/** What a picture is made of: members of a row of the request log, or what events have said of a request that has just ended. */
export interface EndedRequest extends Pick<
  RequestRecord,
  'stream' | 'queued_ms' | 'committed_ms' | 'total_ms' | 'code' | 'status' | 'cost_usd' | 'trail' | 'trail_omitted'
> {}

/** The picture of a request that has ended. */
export function pictureOf(request: EndedRequest): Picture {
  const { committed_ms: committed, stream, code, status, trail_omitted: omitted } = request;
  const trail = request.trail.map((step) => withCost(step, request.cost_usd));
  const total = Math.max(request.total_ms, committed ?? 0, ...trail.map(endOf));
  const steps = inOrder(cutByDeadline(placeSteps(trail, { total, stream }), code), omitted);
  return { steps, omitted, stream, queued: request.queued_ms, committed, total, end: { code, status } };
}

/** The attempt that was running when the time for an answer was over has not failed by itself. */
function cutByDeadline(steps: readonly UnplacedStep[], code: string): readonly UnplacedStep[] {
  if (code !== 'deadline_exceeded') return steps;
  const last = steps.findLastIndex(({ outcome }) => outcome === 'silent' || outcome === 'cancelled');
  return steps.map((step, at) => (at === last ? { ...step, fate: 'lost', cutBy: 'deadline' } : step));
}

/** An attempt that is known to have used nothing has cost nothing, where the whole cost is known. */
function withCost(step: RequestStep, total: number | null): RequestStep {
  const isUsed = step.input_tokens !== null || step.output_tokens !== null || step.cost_usd !== null;
  return isUsed || total === null || step.outcome === 'skipped' ? step : { ...step, cost_usd: 0 };
}

/** The steps of a trail in the request's time. A skipped entry stands at the end of the attempt before it. */
export function placeSteps(
  trail: readonly RequestStep[],
  options: { readonly total: number; readonly stream: boolean },
): readonly UnplacedStep[] {
  let skippedAt = 0;
  return trail.map((step) => {
    const placed = placeStep(step, { ...options, skippedAt });
    if (step.outcome !== 'skipped' && step.reason !== 'hedge_lost') skippedAt = Math.max(skippedAt, endOf(step));
    return placed;
  });
}

/** Steps in the order in which they began, with the numbers of their entries. `omitted` are left out before the last one. */
export function inOrder(steps: readonly UnplacedStep[], omitted: number): readonly PictureStep[] {
  const numbers = new Map<string, number>();
  const sorted = steps.toSorted((one, other) => one.from - other.from);
  return sorted.map((step, at) => {
    const name = `${step.provider}/${step.model}#${step.key ?? ''}`;
    const known = numbers.get(name);
    if (known === undefined && omitted > 0 && at === sorted.length - 1) return { ...step, entry: null };
    const entry = known ?? numbers.size + 1;
    numbers.set(name, entry);
    return { ...step, entry };
  });
}

interface PlaceOptions {
  readonly skippedAt: number;
  readonly total: number;
  readonly stream: boolean;
}

function placeStep(step: RequestStep, { skippedAt, total, stream }: PlaceOptions): UnplacedStep {
  const from = step.started_ms ?? skippedAt;
  const fate = fateOf(step);
  const end = fate === 'skipped' ? from : from + (step.duration_ms ?? 0);
  return {
    provider: step.provider,
    model: step.model,
    key: step.key,
    fate,
    outcome: step.outcome,
    reason: step.reason,
    status: step.status,
    message: step.message ?? null,
    hedge: step.hedge,
    cutBy: step.reason === 'hedge_lost' ? 'hedge' : step.outcome === 'cancelled' ? 'client' : null,
    from,
    connected: step.connected_ms === null ? null : Math.min(from + step.connected_ms, end),
    to: fate === 'answered' && stream ? total : end,
    inputTokens: step.input_tokens,
    outputTokens: step.output_tokens,
    costUsd: step.cost_usd,
  };
}

function fateOf({ outcome, reason }: Pick<RequestStep, 'outcome' | 'reason'>): Fate {
  if (outcome === 'answered' || outcome === 'skipped') return outcome;
  return outcome === 'cancelled' || reason === 'hedge_lost' ? 'lost' : 'failed';
}

function endOf({ started_ms: started, duration_ms: duration }: RequestStep): number {
  return (started ?? 0) + (duration ?? 0);
}

/** The step that answered. */
export function answeredStep({ steps }: Pick<Picture, 'steps'>): PictureStep | undefined {
  return steps.find(({ fate }) => fate === 'answered');
}

/** How an answer that was already sent in part ended: in full, by a failure, by the client, or not yet. Undefined without a commit. */
export type AnswerEnd = 'whole' | 'failed' | 'cut' | 'open' | undefined;

/** How the answer of a request ended. */
export function answerEnd({ committed, end }: Picture): AnswerEnd {
  if (committed === null) return undefined;
  if (end === null) return 'open';
  if (end.code === 'ok') return 'whole';
  return end.code === 'client_closed' || end.code === 'run_cancelled' ? 'cut' : 'failed';
}
