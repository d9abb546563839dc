import type { Clock } from '../../lib/clock.ts';
import { loopTimer } from '../../lib/loop-timer.ts';

/** What a promise resolves with, or undefined where it rejects, or does not settle within milliseconds in which the event loop ran. Never rejects. */
export async function within<Value>(
  { clock, ms }: { readonly clock: Clock; readonly ms: number },
  promise: Promise<Value>,
): Promise<Value | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  using _ = loopTimer(clock, ms, () => resolve(undefined));
  return await Promise.race([promise.catch(() => undefined), late]);
}
