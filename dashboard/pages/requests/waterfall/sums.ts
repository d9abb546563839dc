import { answeredStep, isCancelled, type Picture } from './picture.ts';
import type { TimeScale } from './time-scale.ts';

/** A part of the whole time. The parts follow each other and add up to the total. `waited`: for the queue, or for an attempt that was too slow. */
export interface Sum {
  readonly kind: 'lost' | 'waited' | 'first' | 'stream' | 'failed' | 'cut';
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly width: number;
}

/** The parts of a request's time. */
export function sumsOf(picture: Picture, scale: TimeScale): readonly Sum[] {
  const { committed, total, end, stream } = picture;
  const sum = (kind: Sum['kind'], from: number, to: number): Sum => {
    const x = scale.xOf(from);
    return { kind, from, to, x, width: scale.xOf(to) - x };
  };
  if (committed === null) {
    const kind = end === null ? 'first' : isCancelled(end) ? 'cut' : 'failed';
    return [sum(kind, 0, total)];
  }
  const lost = lostMs(picture);
  const firstEnd = stream && scale.split !== null ? committed : total;
  return [
    ...(lost > 0 ? [sum(hasFailedBefore(picture, lost) ? 'lost' : 'waited', 0, lost)] : []),
    sum('first', lost, firstEnd),
    ...(firstEnd < total ? [sum('stream', firstEnd, total)] : []),
  ];
}

/** Whether an attempt had failed by then, in milliseconds since the accept. */
export function hasFailedBefore({ steps }: Pick<Picture, 'steps'>, ms: number): boolean {
  return steps.some(({ fate, to }) => fate === 'failed' && to <= ms + 1);
}

/** Milliseconds before the attempt that answered began, where another one had failed, was too slow, or the request had to wait; else 0. */
export function lostMs(picture: Picture): number {
  const answered = answeredStep(picture);
  if (answered === undefined) return 0;
  const waited = picture.queued > 0 || answered.hedge;
  if (!waited && !hasFailedBefore(picture, answered.from)) return 0;
  return Math.min(answered.from, picture.committed ?? answered.from);
}
