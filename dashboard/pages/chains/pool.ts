import type { LimitStatus } from 'spillway/client';
import type { GaugedLimit } from '../../parts/gauged-limit.ts';

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

function limitsOfKey({ windows, running, concurrency }: LimitStatus): readonly GaugedLimit[] {
  const gauged = windows.map(({ window: name, used, reserved, limit }) => ({ name, used, reserved, limit }));
  if (concurrency === null) return gauged;
  return [...gauged, { name: 'concurrency', used: running, reserved: 0, limit: concurrency }];
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
