import type { LiveRequest } from '../../live/live-snapshot.ts';
import { isFailure } from '../../parts/step-words.ts';
import type { FlowLane } from './flow-column.ts';

/** The time over which rates are taken, in milliseconds: at most, and at least. */
const SPAN_MS = 5000;
const LEAST_SPAN_MS = 1000;

/** The rate of a chain above which single requests are not drawn any more, per second; below three quarters of it they are again. */
const BUSY = 20;
/** The same where events are lost: what is seen is a part of what happens. */
const BUSY_IN_PART = 5;
const CALM = 0.75;

/** Attempts at one entry per second, by their ends. */
export interface LaneRate {
  readonly answered: number;
  readonly failed: number;
}

/** A chain's requests per second, and what they do at each entry. */
export interface FlowRates {
  readonly requests: number;
  readonly lanes: readonly LaneRate[];
}

/**
 * The rates of a chain over the last five seconds. `id`: its name. `ended`: the requests of all chains that have ended, the newest one first; where they reach back
 * less far, over that time. `now` by the browser's clock, in milliseconds since the epoch.
 */
export function flowRates(
  ended: readonly LiveRequest[],
  { id, lanes }: { readonly id: string; readonly lanes: readonly FlowLane[] },
  now: number,
): FlowRates {
  const oldest = ended.at(-1)?.endedAt ?? now;
  const span = Math.min(SPAN_MS, Math.max(LEAST_SPAN_MS, now - oldest));
  const counted = ended.filter((request) => request.chain === id && (request.endedAt ?? 0) > now - span);
  const perSecond = (count: number): number => (count * 1000) / span;
  const steps = counted.flatMap(({ finished }) => finished?.trail ?? []);
  return {
    requests: perSecond(counted.length),
    lanes: lanes.map(({ provider, model }) => {
      const own = steps.filter((step) => step.provider === provider && step.model === model);
      return {
        answered: perSecond(own.filter(({ outcome }) => outcome === 'answered').length),
        failed: perSecond(own.filter(isFailure).length),
      };
    }),
  };
}

/**
 * Whether a chain has so many requests per second that rates are shown in their place. `isPartial`: whether events are lost; `before`: whether
 * rates were shown until now.
 */
export function isBusy(requests: number, isPartial: boolean, before: boolean): boolean {
  return requests > (isPartial ? BUSY_IN_PART : BUSY) * (before ? CALM : 1);
}
