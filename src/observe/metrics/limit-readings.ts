import type { LimitStatus } from '../../domain/limit-list.ts';
import { SECTIONS } from './definitions.ts';
import { type AddSeries, once, type Reading } from './metric.ts';

/** What the state of providers is read from. */
export interface LimitSources {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits: () => readonly LimitStatus[];
}

/** Whether models are available, and how much of their limits is used. */
export function limitReadings({ now, limits }: LimitSources): readonly Reading[] {
  const { available, cooldown, limitUsed } = SECTIONS.providers;
  const rows = once(limits);
  const each = (definition: Reading['definition'], read: (row: LimitStatus, add: AddSeries) => void): Reading => ({
    definition,
    read(add) {
      for (const row of rows()) read(row, add);
    },
  });
  return [
    each(available, (row, add) => add(labelsOf(row), isAvailable(row) ? 1 : 0)),
    each(cooldown, (row, add) => {
      const left = isAvailable(row) || row.retry_at === null ? 0 : Math.max(0, row.retry_at - now());
      add(labelsOf(row), left / 1000);
    }),
    each(limitUsed, (row, add) => {
      for (const { window, used, limit } of row.windows) add([...labelsOf(row), window], ratio(used, limit));
      if (row.concurrency !== null) add([...labelsOf(row), 'concurrency'], ratio(row.running, row.concurrency));
    }),
  ];
}

function labelsOf({ provider, model, key }: LimitStatus): readonly string[] {
  return [provider, model, key === null ? '' : String(key)];
}

/** An entry that refuses what others answer is tried, though last. */
function isAvailable({ state }: LimitStatus): boolean {
  return state === 'ready' || state === 'refusing';
}

/** A limit of 0 lets nothing through. */
function ratio(used: number, limit: number): number {
  return limit === 0 ? 1 : used / limit;
}
