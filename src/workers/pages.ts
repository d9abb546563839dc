import { addEnded } from '../observe/metrics/merge-pages.ts';
import { processPage } from '../observe/metrics/process-registry.ts';
import type { Clock } from '../lib/clock.ts';

/** How long a worker may take to write its metrics, in milliseconds: one that hangs must not stop a scrape. */
const LONGEST_WAIT_MS = 2000;

/** The pages of metrics of all workers. */
export interface Pages {
  /** The present pages: of the primary process, of all workers, and what those that have ended had counted. Never rejects. */
  read(): Promise<readonly string[]>;
  /** Adds a worker. Disposal notes that it has ended. */
  add(read: () => Promise<string>): Disposable;
}

/** Returns pages without a worker. */
export function createPages(clock: Clock): Pages {
  /** With the page that each has written last. */
  const workers = new Map<() => Promise<string>, string>();
  let ended = Promise.resolve('');

  async function readWorker(read: () => Promise<string>): Promise<string> {
    const late = Promise.withResolvers<string>();
    using _timer = clock.timer(LONGEST_WAIT_MS, () => late.resolve(workers.get(read) ?? ''));
    const page = await Promise.race([read().catch(() => workers.get(read) ?? ''), late.promise]);
    if (workers.has(read)) workers.set(read, page);
    return page;
  }

  return {
    async read() {
      // All as of now: a worker that ends meanwhile is not in both.
      return Promise.all([ended, processPage(), ...[...workers.keys()].map((each) => readWorker(each))]);
    },
    add(read) {
      workers.set(read, '');
      return {
        [Symbol.dispose]() {
          const page = workers.get(read) ?? '';
          workers.delete(read);
          ended = ended.then((before) => addEnded(before, page));
        },
      };
    },
  };
}
