/** Heights of a picture, in pixels. */
export interface Geometry {
  /** Whether names stand above the bars, and labels have their short form. */
  readonly compact: boolean;
  /** Width of the picture itself, without what stands beside it. */
  readonly width: number;
  readonly laneHeight: number;
}

/** Below this width of the whole figure names stand above the bars. */
const COMPACT_BELOW = 1000;
const NAMES = 196;
const FIGURES = 104;
const PADDING = 16;
const COMPACT_PADDING = 12;

/** Height of the scale above the lanes. */
export const HEAD = 40;
/** Height of a bar. */
export const BAR = 20;
/** What stands below the lanes: the sums. */
export const FOOT = 34;

/** The measures of a picture in a figure of this inner width. */
export function geometryOf(figureWidth: number): Geometry {
  const compact = figureWidth < COMPACT_BELOW;
  const beside = compact ? 2 * COMPACT_PADDING : 2 * PADDING + NAMES + FIGURES;
  return { compact, width: Math.max(160, figureWidth - beside), laneHeight: compact ? 62 : 56 };
}

/** The middle of a lane's bar. */
export function barMiddle({ compact, laneHeight }: Geometry, lane: number): number {
  return HEAD + lane * laneHeight + (compact ? 41 : 28);
}

/** Where the lanes end. */
export function lanesEnd({ laneHeight }: Geometry, lanes: number): number {
  return HEAD + lanes * laneHeight;
}
