import type { LimitStatus } from 'spillway/client';

/** Whether a model is used now, why not, and when it may be tried again, in milliseconds since the epoch. */
export type Standing = Pick<LimitStatus, 'state' | 'reason' | 'retry_at'>;

/** The standing of an entry by those of its keys: ready where one of them is, else that of the key that may be tried first. Undefined without keys. */
export function standingOf(keys: readonly Standing[]): Standing | undefined {
  return (
    keys.find(({ state }) => state === 'ready') ??
    keys.find(({ state }) => state === 'refusing') ??
    keys.toSorted((a, b) => (a.retry_at ?? Infinity) - (b.retry_at ?? Infinity))[0]
  );
}

/** The words of each state. */
export const STATE_WORDS: Readonly<Record<LimitStatus['state'], string>> = {
  ready: 'available',
  cooling_down: 'cooling down',
  failing: 'breaker open',
  limited: 'limit used up',
  refusing: 'refusing, tried last',
};
