// Preloaded into the attacked gateway by `node --import`. Measures the turns of its event loop and its memory, and reports them to the parent
// process. The gateway itself is the unchanged build.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** What was measured since the last `mark`. */
export interface Usage {
  /** The most CPU time of the loop's thread between two ticks of a timer of 1 ms, in milliseconds: the longest turn, and at most 1 ms more. */
  readonly turnMs: number;
  /** Resident memory now, and at its peak, in bytes. */
  readonly rss: number;
  readonly peakRss: number;
}

/** `mark` collects garbage, if it is exposed, and starts a measurement; `read` ends none. */
export type UsageQuery = 'mark' | 'read';

const TICK_MS = 1;
const CLEAR = '/proc/self/clear_refs';
const HAS_PEAK = existsSync(CLEAR);
/** Makes Linux forget the peak: see proc(5). */
const RESET_PEAK = '5';

let cpu = process.threadCpuUsage();
let longestUs = 0;
let sampled = 0;

function tick(): void {
  const now = process.threadCpuUsage();
  longestUs = Math.max(longestUs, now.user + now.system - cpu.user - cpu.system);
  cpu = now;
  if (!HAS_PEAK) sampled = Math.max(sampled, process.memoryUsage.rss());
}

function mark(): void {
  globalThis.gc?.();
  cpu = process.threadCpuUsage();
  longestUs = 0;
  sampled = 0;
  if (HAS_PEAK) writeFileSync(CLEAR, RESET_PEAK);
}

function peak(): number {
  if (!HAS_PEAK) return Math.max(sampled, process.memoryUsage.rss());
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

// Node preloads it into worker threads too.
if (isMainThread) {
  setInterval(tick, TICK_MS).unref();
  process.on('message', (query: UsageQuery) => {
    tick();
    if (query === 'mark') mark();
    const usage: Usage = { turnMs: longestUs / 1000, rss: process.memoryUsage.rss(), peakRss: peak() };
    process.send?.(usage);
  });
  // The channel must not keep a gateway running that has shut down.
  process.channel?.unref();
  process.on('disconnect', () => process.exit());
}
