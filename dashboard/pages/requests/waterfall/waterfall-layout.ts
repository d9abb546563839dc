import { type Fall, fallsOf } from './falls.ts';
import type { Lane } from './lanes.ts';
import type { Picture } from './picture.ts';
import { type LaneLayout, layOutLane } from './lane-layout.ts';
import { type Sum, sumsOf } from './sums.ts';
import { type Tick, TimeScale } from './time-scale.ts';

/** Where the commit stands, as a share of the width. */
export const COMMIT_SHARE = 0.62;
/** The shortest time after a commit that is worth a scale of its own, in milliseconds. */
const MIN_STREAM_MS = 1;

/** Everything that is drawn of a request, in pixels. */
export interface WaterfallLayout {
  readonly width: number;
  readonly scale: TimeScale;
  readonly ticks: readonly Tick[];
  /** The place of the commit, and whether the scale changes there; null without a commit. */
  readonly commit: { readonly x: number; readonly splits: boolean } | null;
  readonly lanes: readonly LaneLayout[];
  readonly falls: readonly Fall[];
  readonly sums: readonly Sum[];
}

/** Places the lanes of a request within this width, in pixels. */
export function layOut(picture: Picture, lanes: readonly Lane[], width: number): WaterfallLayout {
  const scale = scaleOf(picture, width);
  const layouts = lanes.map((lane, at) => layOutLane(picture, lane, { scale, width, isFirst: at === 0 }));
  const { committed } = picture;
  return {
    width,
    scale,
    ticks: scale.ticks(),
    commit: committed === null ? null : { x: scale.xOf(committed), splits: scale.split !== null },
    lanes: layouts,
    falls: fallsOf(layouts, scale),
    sums: sumsOf(picture, scale),
  };
}

/** One scale, or one on each side of the commit of a stream: a long answer would squeeze what was before it into nothing. */
function scaleOf(picture: Picture, width: number): TimeScale {
  const { committed, stream, total, end } = picture;
  const isOpen = end === null;
  if (committed === null || !stream || committed <= 0 || (!isOpen && total - committed < MIN_STREAM_MS))
    return new TimeScale([{ from: 0, to: isOpen ? openEnd(total) : Math.max(total, 0.1), left: 0, right: width }]);
  const split = width * COMMIT_SHARE;
  const to = isOpen ? committed + openEnd(total - committed) : total;
  return new TimeScale([
    { from: 0, to: committed, left: 0, right: split },
    { from: committed, to, left: split, right: width },
  ]);
}

const OPEN_ENDS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600] as const;

/** The end of the scale of what is still running: it changes seldom, so that only bars grow. */
function openEnd(ms: number): number {
  const seconds = OPEN_ENDS_S.find((end) => end * 1000 >= ms * 1.05);
  return seconds === undefined ? ms * 1.5 : seconds * 1000;
}
