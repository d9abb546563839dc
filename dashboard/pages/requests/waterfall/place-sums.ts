import type { MeasureText } from '../../../parts/measure-text.ts';
import { formatTime } from '../../../parts/numbers.ts';
import { answeredStep, type Picture } from './picture.ts';
import type { Sum } from './sums.ts';
import type { WaterfallLayout } from './waterfall-layout.ts';

/** The words below a part of the whole time. */
export interface PlacedSum {
  readonly sum: Sum;
  /** Where they start, in pixels. */
  readonly x: number;
  readonly time: string;
  readonly words: string;
}

const GAP = 14;

/** How short the words of two sums beside each other are, in the order in which it is tried: 0 in full, 1 shortened, 2 without words. */
const LENGTHS = [
  [0, 0],
  [0, 1],
  [1, 1],
  [0, 2],
  [1, 2],
  [2, 2],
] as const;

/** Places the words of the sums: in full, shortened, or only their times, so that none covers another or crosses the commit. */
export function placeSums(
  picture: Picture,
  { sums, scale, width }: WaterfallLayout,
  measure: MeasureText,
): readonly PlacedSum[] {
  const left = sums.filter(({ kind }) => kind !== 'stream');
  const stream = sums.filter(({ kind }) => kind === 'stream');
  const split = scale.split ?? width;
  return [
    ...placeRow(picture, left, { from: 0, to: scale.split === null ? width : split - GAP, measure }),
    ...placeRow(picture, stream, { from: split + 4, to: width, measure }),
  ];
}

interface RowOptions {
  readonly from: number;
  readonly to: number;
  readonly measure: MeasureText;
}

/** Places sums from the left. Each starts where its part does, or behind the one before it; the last one moves to the left where it would leave the bounds. */
function placeRow(picture: Picture, sums: readonly Sum[], { from, to, measure }: RowOptions): readonly PlacedSum[] {
  for (const lengths of LENGTHS) {
    const placed: PlacedSum[] = [];
    let least = from;
    let isRoom = true;
    for (const [at, sum] of sums.entries()) {
      const time = formatTime(sum.to - sum.from);
      const words = wordsOf(picture, sum)[lengths[Math.min(at + 2 - sums.length, 1)] ?? 2] ?? '';
      const width = measure(time, true) + (words === '' ? 0 : measure(` ${words}`));
      const x = Math.min(Math.max(sum.x, least), to - width);
      isRoom &&= x >= least;
      placed.push({ sum, x, time, words });
      least = x + width + GAP;
    }
    if (isRoom) return placed;
  }
  return [];
}

/** Words of a sum, the longest first. */
function wordsOf(picture: Picture, { kind }: Sum): readonly string[] {
  const { end, stream, queued } = picture;
  const entry = answeredStep(picture)?.entry ?? null;
  switch (kind) {
    case 'lost':
      return [queued > 0 ? 'lost to failover and the queue' : 'lost to failover', 'lost'];
    case 'waited':
      return queued > 0 ? ['in the queue', 'queue'] : ['before the hedge', 'before'];
    case 'first': {
      if (end === null && picture.committed === null) return ['so far', 'so far'];
      const what = stream ? 'first token' : 'answer';
      return [entry === null ? `to the ${what}` : `to the ${what} of entry ${entry}`, what];
    }
    case 'stream':
      return end === null ? ['of stream so far', 'stream'] : ['of stream', 'stream'];
    case 'failed':
      return [`until the ${end?.status ?? 'error'}`, `to the ${end?.status ?? 'error'}`];
    case 'cut':
      return ['until the client disconnected', 'to disconnect'];
  }
}
