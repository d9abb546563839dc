import { inspect } from 'node:util';
import type { Gateway } from '../gateway/open.ts';
import type { Log } from '../observe/log.ts';

/** A line of a stack that names a place in a file, and holds nothing else that could be somebody's words. */
const PLACE = /^\s+at (?:[\w.<>$# [\]]+ \()?(?:file:|node:|\/)[^\s()]+:\d+:\d+\)?$/;

/**
 * What nothing has caught is told, without the secrets of the configuration, and the process goes on until it is disposed: one fault must
 * not end everybody else's streams. No such throw is known; every one is a defect to report.
 */
export function surviveThrows(log: Log, { redact }: Pick<Gateway, 'redact'>): Disposable {
  const tell = (thrown: unknown): void => {
    try {
      const { name, message, stack } = thrown instanceof Error ? thrown : new Error(inspect(thrown, { depth: 1 }));
      const places = typeof stack === 'string' ? stack.split('\n').filter((line) => PLACE.test(line)) : [];
      log.warn(
        {
          name: redact(name),
          message: redact(message),
          places: places.map((line) => redact(line.trim())),
        },
        'uncaught',
      );
    } catch {
      // Anything can be thrown, and its members may throw in their turn.
      log.warn({}, 'uncaught');
    }
  };
  process.on('uncaughtException', tell);
  process.on('unhandledRejection', tell);
  return {
    [Symbol.dispose]() {
      process.off('uncaughtException', tell);
      process.off('unhandledRejection', tell);
    },
  };
}
