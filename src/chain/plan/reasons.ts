import type { WindowName } from '../../domain/limits.ts';
import type { Obstacle } from '../../state/limit-state.ts';
import type { Planned } from './planned.ts';

/** Why a target is asked, waits or is not asked, as one sentence. `why`: what its policy says of its place; `now` in ms since the epoch. */
export function reasonOf(
  { state, lack, obstacle }: Pick<Planned, 'state' | 'lack' | 'obstacle'>,
  why: string,
  now: number,
): string {
  if (lack !== undefined) return `Cannot take this request: ${lack.what}.`;
  if (obstacle === undefined) return why;
  const said = inWords(obstacle, now);
  return state === 'last_resort' ? `Only when no other can answer: ${said}.` : `${capital(said)}.`;
}

const WINDOWS: Readonly<Record<WindowName | 'concurrency', string>> = Object.freeze({
  requestsPerMinute: 'requests per minute',
  tokensPerMinute: 'tokens per minute',
  requestsPerDay: 'requests per day',
  tokensPerDay: 'tokens per day',
  concurrency: 'requests at the same time',
});

/** What stands against a target, in a few words. `now` in ms since the epoch. */
export function inWords(obstacle: Obstacle, now: number): string {
  switch (obstacle.kind) {
    case 'cooling_down':
      return `cooling down ${until(obstacle.retryAt, now)}: ${obstacle.reason}`;
    case 'breaker_open':
      return `it keeps failing, and is left alone ${until(obstacle.retryAt, now)}`;
    case 'limited':
      return `too few ${WINDOWS[obstacle.window]} are left ${until(obstacle.retryAt, now)}`;
    case 'too_large':
      return `larger than its ${obstacle.limit} ${WINDOWS[obstacle.window]} will ever allow`;
  }
}

function until(time: number | undefined, now: number): string {
  return time === undefined ? 'for now' : `for another ${Math.max(1, Math.ceil((time - now) / 1000))} s`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
