import { getHeapStatistics } from 'node:v8';

/** Usage of a measured process, in bytes and microseconds. */
export interface Usage {
  /** User and system time of all its threads since its start. */
  readonly cpu: number;
  readonly rss: number;
  /** Peak memory since `mark`, above that at the mark. */
  readonly grown: number;
  readonly heapUsed: number;
  /** Number of uncaught errors and rejections. */
  readonly uncaught: number;
}

/** `mark` starts to sample the memory, `collect` collects garbage before the reply (both need --expose-gc for that). */
export type UsageQuery = 'usage' | 'mark' | 'collect';

const SAMPLE_MS = 2;
const rss = (): number => process.memoryUsage.rss();

/** Replies to each message of the parent with the usage, and ends this process when the parent exits. */
export function reportUsage(): void {
  const mark = { rss: 0, most: 0 };
  let uncaught = 0;
  let sampling: NodeJS.Timeout | undefined;
  process.on('unhandledRejection', () => uncaught++);
  process.on('uncaughtExceptionMonitor', () => uncaught++);
  process.on('message', (query: UsageQuery) => {
    if (query !== 'usage') globalThis.gc?.();
    if (query === 'mark') {
      mark.rss = mark.most = rss();
      sampling ??= setInterval(() => (mark.most = Math.max(mark.most, rss())), SAMPLE_MS);
    }
    const { user, system } = process.cpuUsage();
    const usage: Usage = {
      cpu: user + system,
      rss: rss(),
      grown: Math.max(mark.most, rss()) - mark.rss,
      heapUsed: getHeapStatistics().used_heap_size,
      uncaught,
    };
    process.send?.(usage);
  });
  process.on('disconnect', () => process.exit());
}
