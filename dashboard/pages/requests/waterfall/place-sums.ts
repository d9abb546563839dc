import { formatTime } from '../../../parts/numbers.ts';
import { answeredStep, type Picture } from './picture.ts';
import { textWidth } from './place-label.ts';
import type { Sum, WaterfallLayout } from './waterfall-layout.ts';

/** The words below a part of the whole time. */
export interface PlacedSum {
  readonly sum: Sum;
  /** Where they start, in pixels. */
  readonly x: number;
  readonly time: string;
  readonly words: string;
}

const GAP = 14;

/** Places the words of the sums: in full, shortened, or only their times, so that none covers another or crosses the commit. */
export function placeSums(picture: Picture, { sums, scale, width }: WaterfallLayout): readonly PlacedSum[] {
  const left = sums.filter(({ kind }) => kind !== 'stream');
  const stream = sums.filter(({ kind }) => kind === 'stream');
  const split = scale.split ?? width;
  return [...row(picture, left, { from: 0, to: split - 6 }), ...row(picture, stream, { from: split + 4, to: width })];
}

function row(picture: Picture, sums: readonly Sum[], bounds: { from: number; to: number }): readonly PlacedSum[] {
  for (const length of [0, 1, 2] as const) {
    const placed: PlacedSum[] = [];
    let end = bounds.from - GAP;
    for (const sum of sums) {
      const time = formatTime(sum.to - sum.from);
      const words = wordsOf(picture, sum)[length] ?? '';
      const x = Math.max(bounds.from, sum.x, end + GAP);
      end = x + textWidth(`${time} ${words}`);
      placed.push({ sum, x, time, words });
    }
    if (end <= bounds.to) return placed;
    // Where not even the times fit beside each other, the last one moves to the left as far as it can.
    const last = placed.at(-1);
    if (length === 2 && last !== undefined)
      return [{ ...last, x: Math.max(bounds.from, bounds.to - textWidth(last.time)) }];
  }
  return [];
}

/** Words of a sum, the longest first. */
function wordsOf(picture: Picture, { kind }: Sum): readonly string[] {
  const { end, stream, queued, steps } = picture;
  const entry = answeredStep(picture)?.entry ?? null;
  switch (kind) {
    case 'lost': {
      if (!steps.some(({ fate }) => fate === 'failed'))
        return queued > 0 ? ['in the queue', 'queue'] : ['before the hedge', 'hedge'];
      return queued > 0 ? ['lost to failover and the queue', 'lost'] : ['lost to failover', 'lost'];
    }
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
