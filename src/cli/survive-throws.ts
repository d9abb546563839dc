import type { Gateway } from '../gateway.ts';
import type { Log } from '../observe/log.ts';

/**
 * What nothing has caught is told, without the secrets of the configuration, and the process goes on until it is disposed: one fault must
 * not end everybody else's streams. No such throw is known; every one is a defect to report.
 */
export function surviveThrows(log: Log, { redact }: Pick<Gateway, 'redact'>): Disposable {
  const tell = (thrown: unknown): void => {
    const { name, message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
    // The places alone: the first lines of a stack repeat the message.
    const places = stack.split('\n').filter((line) => /^\s+at /.test(line));
    log.warn({ name, message: redact(message), places: places.map((line) => line.trim()) }, 'uncaught');
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
