import type { LimitStatus } from 'spillway/client';

/**
 * Whether requests pass over a model under this key: it cools down, its circuit breaker is open, or it has used up a limit. One whose
 * concurrent requests all run is busy, not out: it is free again once one of them ends.
 */
export function isOut({ state, reason }: Pick<LimitStatus, 'state' | 'reason'>): boolean {
  if (state === 'limited') return reason !== 'concurrency';
  return state === 'cooling_down' || state === 'failing';
}

/** How many models are out under all keys of their provider. */
export function entriesOut(limits: ReadonlyMap<string, LimitStatus>): number {
  const out = new Map<string, boolean>();
  for (const row of limits.values()) {
    const name = `${row.provider}/${row.model}`;
    out.set(name, (out.get(name) ?? true) && isOut(row));
  }
  return [...out.values()].filter(Boolean).length;
}
