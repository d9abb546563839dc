import type { LimitStatus } from 'spillway/client';

/** How many models are not used now, each under all keys of its provider: a limit, a cooldown or an open circuit breaker. */
export function entriesOut(limits: ReadonlyMap<string, LimitStatus>): number {
  const out = new Map<string, boolean>();
  for (const { provider, model, state } of limits.values()) {
    const name = `${provider}/${model}`;
    const isOut = state !== 'ready' && state !== 'refusing';
    out.set(name, (out.get(name) ?? true) && isOut);
  }
  return [...out.values()].filter(Boolean).length;
}
