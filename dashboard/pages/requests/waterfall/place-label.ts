import type { LaneLayout, WaterfallLayout } from './waterfall-layout.ts';
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

/** About how wide a character is, in pixels, at 12 px. Fonts differ: it is rather too wide. */
const CHARACTER = 6.5;
const GAP = 12;
/** Between the strong words and the rest. */
const WORD_GAP = 5;

/** About how wide a text is, in pixels. */
export function textWidth(text: string): number {
  return text.length * CHARACTER;
}

/**
 * Places the label of a lane: beside its mark, else within its bar, each in full, then shortened. Labels never cross the commit. Null where there is no room: then only the
 * readout has the words.
 */
export function placeLabel(layout: WaterfallLayout, lane: LaneLayout, label: Label | null): PlacedLabel | null {
  if (label === null) return null;
  const { segments, diamond, cap } = lane;
  const streaming = segments.find(({ phase }) => phase === 'streaming');
  if (streaming !== undefined && cap === null) {
    const room = { x: streaming.x + 10, width: streaming.width - 20, anchor: 'start', ground: 'solid' } as const;
    return fit(label, [room]);
  }
  const at = cap?.x ?? diamond;
  if (at === null) return null;
  const split = layout.scale.split;
  const edge = split !== null && at <= split ? split - 6 : layout.width;
  const beside = { x: at + GAP, width: edge - at - GAP, anchor: 'start', ground: 'page' } as const;
  if (diamond !== null) {
    const before = { x: at - GAP, width: at - GAP, anchor: 'end', ground: 'page' } as const;
    return fit(label, [beside, before]);
  }
  const bar = segments.filter(({ phase }) => phase === (streaming === undefined ? 'waiting' : 'streaming')).at(-1);
  const ground = streaming === undefined ? 'bar' : 'solid';
  const within = { x: at - 14, width: (bar?.width ?? 0) - 20, anchor: 'end', ground } as const;
  return fit(label, [beside, within]);
}

type Room = Omit<PlacedLabel, 'strong' | 'rest'> & { readonly width: number };

function fit({ strong, rest, short }: Label, rooms: readonly Room[]): PlacedLabel | null {
  for (const words of [rest, short, '']) {
    const needed = textWidth(strong) + (words === '' ? 0 : WORD_GAP + textWidth(words));
    const room = rooms.find(({ width }) => width >= needed);
    if (room !== undefined) return { strong, rest: words, x: room.x, anchor: room.anchor, ground: room.ground };
  }
  return null;
}

/** A text of at most so many characters, cut in the middle: its end stays, and more of it than of its start. */
export function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.ceil((most - 1) * 0.65);
  return `${text.slice(0, Math.max(0, most - 1 - end))}…${text.slice(text.length - end)}`;
}
