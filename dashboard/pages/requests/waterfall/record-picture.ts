import type { RequestRecord, RequestStep } from 'spillway/client';
import type { Picture } from './picture.ts';
import { endOf, inOrder, placeSteps, type UnplacedStep } from './place-steps.ts';

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
