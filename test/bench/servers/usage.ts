import { getHeapStatistics } from 'node:v8';

/** What a process under measure has used. Bytes, and microseconds. */
export interface Usage {
  /** User and system time of all its threads since its start. */
  readonly cpu: number;
  readonly rss: number;
  /** The most memory since `mark`, above that at the mark. */
  readonly grown: number;
  readonly heapUsed: number;
  /** What nothing has caught. */
  readonly uncaught: number;
}

/** `mark` begins to watch the memory, `collect` collects garbage before the answer (both need --expose-gc for that). */
export type UsageQuestion = 'usage' | 'mark' | 'collect';

const SAMPLE_MS = 2;
const rss = (): number => process.memoryUsage.rss();

/** Answers each message of the parent with the usage, and ends this process when the parent is gone. */
export function answerForUsage(): void {
  const mark = { rss: 0, most: 0 };
  let uncaught = 0;
  let watching: NodeJS.Timeout | undefined;
  process.on('unhandledRejection', () => uncaught++);
  process.on('uncaughtExceptionMonitor', () => uncaught++);
  process.on('message', (question: UsageQuestion) => {
    if (question !== 'usage') globalThis.gc?.();
    if (question === 'mark') {
      mark.rss = mark.most = rss();
      watching ??= setInterval(() => (mark.most = Math.max(mark.most, rss())), SAMPLE_MS);
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
