import { onAbort } from './abort.ts';
import type { Clock } from './clock.ts';

/** Resolves after `ms` milliseconds or when the signal aborts, whichever is first. Never rejects. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = clock.timer(ms, resolve);
  using _listening = onAbort(signal, resolve);
  await promise;
}
