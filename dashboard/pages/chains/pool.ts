import type { LimitStatus, WindowSummary } from 'spillway/client';

/** A limit of an entry as a gauge shows it. */
export interface GaugedLimit {
  /** The window, or `concurrency`. */
  readonly name: WindowSummary['window'] | 'concurrency';
  readonly used: number;
  /** The part of `used` that is only reserved. */
  readonly reserved: number;
  readonly limit: number;
}

/** The limits of an entry. Those of several keys are added up where each of the keys is known to have the limit: a sum of some of them would be no limit. */
export function limitsOf(keys: readonly LimitStatus[]): readonly GaugedLimit[] {
  const all = keys.map(limitsOfKey);
  const [first = []] = all;
  return first.flatMap(({ name }) => {
    const same = all.flatMap((limits) => limits.find((each) => each.name === name) ?? []);
    if (same.length < keys.length) return [];
    return [
      {
        name,
        used: sum(same.map(({ used }) => used)),
        reserved: sum(same.map(({ reserved }) => reserved)),
        limit: sum(same.map(({ limit }) => limit)),
      },
    ];
  });
}

/** The share of a limit that is used. Of a limit of nothing all is. */
export function shareUsed({ used, limit }: Pick<GaugedLimit, 'used' | 'limit'>): number {
  return limit === 0 ? 1 : used / limit;
}

function limitsOfKey({ windows, running, concurrency }: LimitStatus): readonly GaugedLimit[] {
  const gauged = windows.map(({ window: name, used, reserved, limit }) => ({ name, used, reserved, limit }));
  if (concurrency === null) return gauged;
  return [...gauged, { name: 'concurrency', used: running, reserved: 0, limit: concurrency }];
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
