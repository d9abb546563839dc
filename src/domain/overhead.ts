import type { RequestReport } from './scope.ts';
import type { TrailStep } from './trail.ts';

/** A request whose own time is known. Times in milliseconds since the epoch. */
export interface TimedRequest {
  readonly report: Readonly<
    Pick<RequestReport, 'chain' | 'stream' | 'trail' | 'committedAt' | 'receivedMs' | 'queuedMs' | 'pausedMs'>
  >;
  readonly acceptedAt: number;
  readonly endedAt: number;
}

/**
 * Milliseconds that the gateway itself took: from the accept to the commit of a stream, or to the end of any other request, outside of attempts
 * and without the arrival of the body, the queue and the pauses before retries. Undefined for a request without a chain.
 */
export function overheadOf({ report, acceptedAt, endedAt }: TimedRequest): number | undefined {
  const { chain, stream, trail, committedAt, receivedMs, queuedMs, pausedMs } = report;
  if (chain === undefined) return undefined;
  const until = stream && committedAt !== undefined ? committedAt : endedAt;
  return Math.max(0, until - acceptedAt - receivedMs - queuedMs - pausedMs - attemptedMs(trail));
}

/** Milliseconds in which at least one attempt ran. Of the attempts of one request at most two overlap, and those are next to each other. */
function attemptedMs(trail: readonly TrailStep[]): number {
  let sum = 0;
  let from = 0;
  let until = 0;
  for (const { startedMs, durationMs } of trail) {
    if (startedMs === undefined || durationMs === undefined) continue;
    const end = startedMs + durationMs;
    if (startedMs >= until) {
      from = startedMs;
      sum += durationMs;
    } else sum += Math.max(0, from - startedMs) + Math.max(0, end - until);
    from = Math.min(from, startedMs);
    until = Math.max(until, end);
  }
  return sum;
}
