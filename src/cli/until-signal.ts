import { constants } from 'node:os';
import type { EndSignal } from '../workers/protocol.ts';

/**
 * Resolves with the first SIGTERM or SIGINT. A second one calls `endNow` with the exit code that it stands for, 128 and the signal's number;
 * a third one ends the process. `endNow` ends it too unless given. Listens until the process ends.
 */
export function untilSignal(
  endNow: (exitCode: number) => void = (exitCode) => process.exit(exitCode),
): Promise<EndSignal> {
  const { promise, resolve } = Promise.withResolvers<EndSignal>();
  let received = 0;
  const listener = (signal: EndSignal): void => {
    received++;
    const exitCode = 128 + constants.signals[signal];
    if (received === 1) resolve(signal);
    else if (received === 2) endNow(exitCode);
    else process.exit(exitCode);
  };
  process.on('SIGTERM', () => listener('SIGTERM'));
  process.on('SIGINT', () => listener('SIGINT'));
  return promise;
}
