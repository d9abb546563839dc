import type { MeasureText } from '../../../parts/measure-text.ts';
import type { LaneLayout } from './lane-layout.ts';
import type { WaterfallLayout } from './waterfall-layout.ts';
import type { Label } from './words.ts';

/** A label with its place: in pixels, its start or its end there. */
export interface PlacedLabel {
  readonly strong: string;
  readonly rest: string;
  readonly x: number;
  readonly anchor: 'start' | 'end';
  /** On which ground it stands: the page, a pale bar, or the solid part of a bar. */
  readonly ground: 'page' | 'bar' | 'solid';
}

const GAP = 12;
/** Between the strong words and the rest. */
const WORD_GAP = 5;

/** What a label is placed by. */
export interface LabelParts {
  readonly layout: Pick<WaterfallLayout, 'width' | 'scale'>;
  readonly lane: Omit<LaneLayout, 'lane'>;
  readonly label: Label | null;
  readonly measure: MeasureText;
}

/**
 * Places the label of a lane: beside its mark, else within its bar, each in full, then shortened. Labels never cross the commit. Null where there is no room: then only the
 * readout has the words.
 */
export function placeLabel({ layout, lane, label, measure }: LabelParts): PlacedLabel | null {
  if (label === null) return null;
  const { segments, diamond, cap } = lane;
  const streaming = segments.find(({ phase }) => phase === 'streaming');
  if (streaming !== undefined && cap === null) {
    const room = { x: streaming.x + 10, width: streaming.width - 20, anchor: 'start', ground: 'solid' } as const;
    return fit(label, [room], measure);
  }
  const at = cap?.x ?? diamond;
  if (at === null) return null;
  const { split } = layout.scale;
  const edge = split !== null && at <= split ? split - 6 : layout.width;
  const beside = { x: at + GAP, width: edge - at - GAP, anchor: 'start', ground: 'page' } as const;
  if (diamond !== null) {
    const before = { x: at - GAP, width: at - GAP, anchor: 'end', ground: 'page' } as const;
    return fit(label, [beside, before], measure);
  }
  const bar = segments.filter(({ phase }) => phase === (streaming === undefined ? 'waiting' : 'streaming')).at(-1);
  const ground = streaming === undefined ? 'bar' : 'solid';
  const within = { x: at - 14, width: (bar?.width ?? 0) - 20, anchor: 'end', ground } as const;
  const crosses = split !== null && at > split && (bar?.x ?? 0) < split;
  return fit(label, crosses ? [within] : [beside, within], measure);
}

type Room = Omit<PlacedLabel, 'strong' | 'rest'> & { readonly width: number };

function fit({ strong, rest, short }: Label, rooms: readonly Room[], measure: MeasureText): PlacedLabel | null {
  for (const words of [rest, short, '']) {
    const needed = measure(strong, true) + (words === '' ? 0 : WORD_GAP + measure(words));
    const room = rooms.find(({ width }) => width >= needed);
    if (room === undefined) continue;
    // A comma stands before the rest only.
    const alone = words === '' ? strong.replace(/,$/, '') : strong;
    return { strong: alone, rest: words, x: room.x, anchor: room.anchor, ground: room.ground };
  }
  return null;
}

/** A text that fits, cut in the middle where it must be: its end stays, and more of it than of its start. */
export function cutMiddle(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text;
  for (let most = text.length - 1; most > 3; most -= 1) {
    const end = Math.ceil((most - 1) * 0.65);
    const cut = `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
    if (fits(cut)) return cut;
  }
  return '…';
}
