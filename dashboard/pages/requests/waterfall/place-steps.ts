import type { RequestStep } from 'spillway/client';
import type { Fate, PictureStep } from './picture.ts';

/** A step before the number of its entry is known. */
export type UnplacedStep = Omit<PictureStep, 'entry'>;

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

/** When a step has ended, or when its stream was committed: in milliseconds since the accept. */
export function endOf({ started_ms: started, duration_ms: duration }: RequestStep): number {
  return (started ?? 0) + (duration ?? 0);
}
