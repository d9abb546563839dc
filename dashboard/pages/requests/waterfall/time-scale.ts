import { formatTime } from '../../../parts/numbers.ts';

/** A part of the picture's width, and the time that it shows. Times in milliseconds, places in pixels. */
export interface Region {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
}

/** A mark of a scale. */
export interface Tick {
  readonly x: number;
  readonly label: string;
  readonly anchor: 'start' | 'middle' | 'end';
  /** Whether a line goes down from it. */
  readonly line: boolean;
}

/** The smallest distance of two ticks, in pixels. */
const MIN_GAP = 60;
/** What the label of the end needs, and a label in the middle beside an edge. */
const END_GAP = 66;
const EDGE_GAP = 34;

/** The scales of a picture: one over the whole width, or one on each side of the commit. */
export class TimeScale {
  readonly regions: readonly Region[];
  /** Where the commit splits the picture, in pixels; null without a split. */
  readonly split: number | null;

  constructor(regions: readonly Region[]) {
    this.regions = regions;
    this.split = regions.length > 1 ? (regions[0]?.right ?? null) : null;
  }

  /** The place of a time. Times beyond the ends are drawn at the ends. */
  xOf(ms: number): number {
    const region = this.regions.find(({ to }) => ms <= to) ?? this.regions.at(-1);
    if (region === undefined) return 0;
    const { from, to, left, right } = region;
    const share = to > from ? (Math.max(ms, from) - from) / (to - from) : 1;
    return left + Math.min(1, share) * (right - left);
  }

  /** The marks of both sides: round times, and the end. */
  ticks(): readonly Tick[] {
    return this.regions.flatMap((region, at) => {
      const isLast = at === this.regions.length - 1;
      return ticksOf(region, { isFirst: at === 0, isLast });
    });
  }
}

interface TickOptions {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function ticksOf(region: Region, { isFirst, isLast }: TickOptions): readonly Tick[] {
  const { from, to, left, right } = region;
  const width = right - left;
  const step = roundStep(((to - from) / width) * MIN_GAP);
  const seconds = step >= 1000;
  const ticks: Tick[] = isFirst ? [{ x: left, label: seconds ? '0 s' : '0 ms', anchor: 'start', line: false }] : [];
  const last = right - (isLast ? END_GAP : EDGE_GAP);
  for (let ms = (Math.floor(from / step) + 1) * step; ms < to; ms += step) {
    const x = left + ((ms - from) / (to - from)) * width;
    if (x < left + EDGE_GAP) continue;
    if (x > last) break;
    const label = isFirst ? (seconds ? trimmed(ms / 1000) : trimmed(ms)) : tickTime(ms);
    ticks.push({ x, label, anchor: 'middle', line: true });
  }
  if (isLast) ticks.push({ x: right, label: formatTime(to), anchor: 'end', line: false });
  return ticks;
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below this. */
export function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 0.001)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= atLeast * (1 - 1e-9)) ?? 10 * power;
}

function tickTime(ms: number): string {
  return ms >= 1000 ? `${trimmed(ms / 1000)} s` : `${trimmed(ms)} ms`;
}

function trimmed(value: number): string {
  return Number(value.toFixed(3)).toLocaleString('en-US', { maximumFractionDigits: 3 });
}
