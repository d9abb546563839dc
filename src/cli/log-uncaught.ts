import { inspect } from 'node:util';
import type { Gateway } from '../gateway/gateway.ts';
import type { Log } from '../observe/log.ts';

/** A line of a stack that names a position in a file and contains nothing else, so that no text of a client or provider is logged. */
const FRAME = /^\s+at (?:[\w.<>$# [\]]+ \()?(?:file:|node:|\/)[^\s()]+:\d+:\d+\)?$/;

/**
 * Logs uncaught exceptions and unhandled rejections at error, without the secrets of the configuration, and keeps the process running: one defect must
 * not end all running streams. No such error is known; each one is a defect to report. Disposing restores Node's behaviour.
 */
export function logUncaught(log: Log, { redact }: Pick<Gateway, 'redact'>): Disposable {
  const report = (thrown: unknown): void => {
    try {
      const { name, message, stack } = thrown instanceof Error ? thrown : new Error(inspect(thrown, { depth: 1 }));
      const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => FRAME.test(line)) : [];
      log.error(
        {
          name: redact(name),
          message: redact(message),
          stack: frames.map((line) => redact(line.trim())),
        },
        'uncaught',
      );
    } catch {
      // Any value can be thrown, and its getters may throw as well.
      log.error({}, 'uncaught');
    }
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
  return {
    [Symbol.dispose]() {
      process.off('uncaughtException', report);
      process.off('unhandledRejection', report);
    },
  };
}
