import { type Across, type MetricDefinition, SECTIONS } from './definitions.ts';
import { LOG_METRICS } from './log-metrics.ts';
import { PROCESS_ACROSS } from './process-registry.ts';

/** Longest time in which a merge holds the event loop, in milliseconds, as far as it can pause: between two pages. */
const SLICE_MS = 4;

/** The lines of one metric. */
interface Block {
  readonly comments: readonly string[];
  readonly across: Across;
  /** By name and labels, as they are written. */
  readonly series: Map<string, number>;
}

const DEFINITIONS: readonly MetricDefinition[] = [
  ...Object.values(SECTIONS).flatMap((section) => Object.values(section)),
  ...Object.values(LOG_METRICS),
];
const ACROSS: ReadonlyMap<string, Across> = new Map([
  ...DEFINITIONS.flatMap(({ name, across }) => (across === undefined ? [] : [[name, across] as const])),
  ...Object.entries(PROCESS_ACROSS),
]);

/**
 * Makes one page of the metrics of several processes, each of which has written its own: counters, histograms and what can be added are sums, and of what all
 * of them know the greatest or the least value counts, as the metric's definition says.
 */
export async function mergePages(pages: readonly string[]): Promise<string> {
  const blocks = new Map<string, Block>();
  let since = performance.now();
  for (const page of pages) {
    if (performance.now() - since >= SLICE_MS) {
      await new Promise((resolve) => void setImmediate(resolve));
      since = performance.now();
    }
    for (const [name, block] of blocksOf(page)) {
      const present = blocks.get(name);
      if (present === undefined) blocks.set(name, block);
      else add(present, block);
    }
  }
  return textOf(blocks);
}

/**
 * Adds the page of a process that has ended to those of all that have ended before. What was counted stays counted: a sum that falls would look to Prometheus
 * like a restart of everything. Gauges of a process end with it.
 */
export async function addEnded(ended: string, page: string): Promise<string> {
  const counted = [...blocksOf(page)].filter(([name, { comments }]) => isCounted(name, comments));
  return mergePages([ended, textOf(new Map(counted))]);
}

function isCounted(name: string, comments: readonly string[]): boolean {
  return comments.some((line) => line === `# TYPE ${name} counter` || line === `# TYPE ${name} histogram`);
}

function blocksOf(page: string): Map<string, Block> {
  const blocks = new Map<string, Block>();
  for (const text of page.split('\n# HELP ')) {
    const lines = text.split('\n').filter((line) => line !== '');
    const first = lines[0];
    if (first === undefined) continue;
    const comments = [first.startsWith('# HELP ') ? first : `# HELP ${first}`, ...lines.slice(1, 2)];
    const name = comments[0]?.split(' ', 3)[2] ?? '';
    // Values of labels may contain spaces, but a number does not, and there are no times.
    const series = lines.slice(2).map((line): readonly [string, number] => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), numberOf(line.slice(end + 1))];
    });
    blocks.set(name, { comments, across: ACROSS.get(name) ?? 'sum', series: new Map(series) });
  }
  return blocks;
}

/** Prometheus writes infinity in its own way; `NaN` is one in any. */
function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function textOfNumber(value: number): string {
  return Math.abs(value) === Infinity ? `${value > 0 ? '+' : '-'}Inf` : String(value);
}

function add({ series, across }: Block, other: Block): void {
  for (const [name, value] of other.series) {
    const present = series.get(name);
    series.set(name, present === undefined ? value : combined(across, present, value));
  }
}

function combined(across: Across, one: number, other: number): number {
  if (across === 'sum') return one + other;
  return across === 'max' ? Math.max(one, other) : Math.min(one, other);
}

function textOf(blocks: ReadonlyMap<string, Block>): string {
  const texts = [...blocks.values()].map(({ comments, series }) =>
    [...comments, ...[...series].map(([name, value]) => `${name} ${textOfNumber(value)}`)].join('\n'),
  );
  return texts.length === 0 ? '' : `${texts.join('\n\n')}\n`;
}
