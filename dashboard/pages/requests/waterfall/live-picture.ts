import type { RequestStep, WatchedStep } from 'spillway/client';
import type { LiveAttempt, LiveRequest } from '../../../live/live-snapshot.ts';
import type { Picture } from './picture.ts';
import { pictureOf } from './record-picture.ts';
import { inOrder, placeSteps, type UnplacedStep } from './place-steps.ts';

/** The picture of a request that its events have shown. `now` by the browser's clock, in milliseconds since the epoch. */
export function livePicture(request: LiveRequest, now: number): Picture {
  const { started, finished, committed, attempts, position, seenAt } = request;
  if (finished !== null) {
    const trail = finished.trail.map(toStep);
    const { stream, committed_ms, total_ms, code, status, cost_usd } = finished;
    return pictureOf({ stream, committed_ms, total_ms, code, status, cost_usd, trail, queued_ms: 0, trail_omitted: 0 });
  }
  const stream = started?.stream ?? committed !== null;
  const known = attempts.map((attempt) => endOf(attempt, seenAt));
  const total = Math.max(now - seenAt, committed?.after_ms ?? 0, ...known, 0);
  const steps = attempts.flatMap((attempt): readonly UnplacedStep[] =>
    attempt.finished === null
      ? [runningStep(attempt, seenAt, total)]
      : placeSteps([toStep(attempt.finished)], { total, stream }),
  );
  return {
    steps: inOrder(steps, 0),
    omitted: 0,
    stream,
    queued: position === null ? 0 : total,
    committed: committed?.after_ms ?? null,
    total,
    end: null,
  };
}

function endOf({ finished, startedAt }: LiveAttempt, seenAt: number): number {
  return finished === null ? startedAt - seenAt : (finished.started_ms ?? 0) + (finished.duration_ms ?? 0);
}

function runningStep(attempt: LiveAttempt, seenAt: number, total: number): UnplacedStep {
  const { provider, model, key, hedge, startedAt } = attempt;
  return {
    provider,
    model,
    key,
    fate: 'running',
    outcome: null,
    reason: null,
    status: null,
    message: null,
    hedge,
    cutBy: null,
    from: Math.max(0, startedAt - seenAt),
    connected: null,
    to: total,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
  };
}

/** A step of an event as a row has it. */
function toStep(step: WatchedStep): RequestStep {
  const { provider, model, key, outcome, reason, hedge, status, message, started_ms, connected_ms, duration_ms } = step;
  return {
    provider,
    model,
    key,
    outcome,
    reason,
    status,
    ...(message === undefined ? {} : { message }),
    hedge,
    started_ms,
    connected_ms,
    duration_ms,
    first_token_ms: null,
    input_tokens: step.usage?.input_tokens ?? null,
    output_tokens: step.usage?.output_tokens ?? null,
    cost_usd: step.cost_usd,
  };
}
