import type { WindowName } from '../../domain/limits.ts';
import type { SkipReason } from '../../domain/trail.ts';
import type { Obstacle } from '../../state/limit-state.ts';
import type { Planned } from './planned.ts';

/** Why a target is tried, waits or is skipped, as one sentence. `why`: the policy's reason for its place; `now` in ms since the epoch. */
export function reasonOf(
  { state, lack, obstacle }: Pick<Planned, 'state' | 'lack' | 'obstacle'>,
  why: string,
  now: number,
): string {
  if (lack?.reason === 'not_allowed') return 'The patterns of the key do not match it.';
  if (lack !== undefined) return `Cannot take this request: ${lack.what}.`;
  if (obstacle === undefined) return why;
  const description = describeObstacle(obstacle, now);
  return state === 'last_resort' ? `Only when no other can answer: ${description}.` : `${capitalized(description)}.`;
}

/** The code of why a target is skipped, for clients. One without a lack and an obstacle is not skipped, and has none. */
export function skipReasonOf({ lack, obstacle }: Pick<Planned, 'lack' | 'obstacle'>): SkipReason | undefined {
  if (lack !== undefined) return lack.reason ?? (lack.tooLarge === true ? 'too_large' : 'lacks_capability');
  return obstacle?.kind;
}

const WINDOWS: Readonly<Record<WindowName | 'concurrency', string>> = Object.freeze({
  requestsPerMinute: 'requests per minute',
  tokensPerMinute: 'tokens per minute',
  requestsPerDay: 'requests per day',
  tokensPerDay: 'tokens per day',
  concurrency: 'concurrent requests',
});

/** What stands against a target, as a phrase. `now` in ms since the epoch. */
export function describeObstacle(obstacle: Obstacle, now: number): string {
  switch (obstacle.kind) {
    case 'cooling_down':
      return `cooling down ${duration(obstacle.retryAt, now)}: ${obstacle.reason}`;
    case 'breaker_open':
      return `circuit breaker open ${duration(obstacle.retryAt, now)}`;
    case 'limited':
      return `too few ${WINDOWS[obstacle.window]} left ${duration(obstacle.retryAt, now)}`;
    case 'too_large':
      return `larger than its limit of ${obstacle.limit} ${WINDOWS[obstacle.window]}`;
  }
}

function duration(retryAt: number | undefined, now: number): string {
  return retryAt === undefined ? 'for now' : `for another ${Math.max(1, Math.ceil((retryAt - now) / 1000))} s`;
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
