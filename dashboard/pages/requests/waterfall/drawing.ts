import type { MeasureText } from '../../../parts/measure-text.ts';
import type { Geometry } from './geometry.ts';
import type { Picture } from './picture.ts';
import type { WaterfallLayout } from './waterfall-layout.ts';

/** What parts of the picture are drawn with. */
export interface DrawingProps {
  readonly picture: Picture;
  readonly layout: WaterfallLayout;
  readonly geometry: Geometry;
}

/** What measures the texts of the picture. */
export interface Measuring {
  readonly measure: MeasureText;
}

/** Classes of texts by their anchor. */
export const ANCHORS = { start: '', middle: 'm', end: 'e' } as const;
