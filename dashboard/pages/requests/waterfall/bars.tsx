import type { ReactElement } from 'react';
import { ANCHORS } from './drawing.ts';
import { BAR } from './geometry.ts';
import type { PlacedLabel } from './place-label.ts';
import type { Cap, Segment } from './lane-layout.ts';

/** Classes of a segment's fill by its fate: the phases are tones of one hue. */
const HUES = { answered: 'a', running: 'a', failed: 'f', lost: 'l', skipped: 'l' } as const;
const TONES = { queued: 'queue', connecting: 'con', waiting: 'wait', streaming: 'str' } as const;

/** A part of a bar. */
export function SegmentBar({ segment, y }: { readonly segment: Segment; readonly y: number }): ReactElement {
  const { phase, fate, x, width } = segment;
  const className = phase === 'queued' ? 'queue' : `${HUES[fate]}-${TONES[phase]}`;
  // An outline needs half a pixel on each side; a solid part has none.
  const inset = phase === 'streaming' ? 0 : 0.5;
  return (
    <rect
      className={className}
      x={x + inset}
      y={y - BAR / 2 + inset}
      width={Math.max(1, width - 2 * inset)}
      height={BAR - 2 * inset}
      rx="2"
    />
  );
}

/** The mark at the end of a bar. */
export function CapMark({ cap, y }: { readonly cap: Cap; readonly y: number }): ReactElement {
  const className = { failed: 'f-cap', cut: 'l-cap', answer: 'a-str' }[cap.kind];
  return <rect className={className} x={cap.x - 5} y={y - BAR / 2} width="5" height={BAR} rx="1" />;
}

/** The words beside a mark, or within a bar. */
export function LabelText({ label, tone, y }: LabelTextProps): ReactElement {
  const { strong, rest, x, anchor, ground } = label;
  const colour = ground === 'solid' ? 't-on' : ground === 'bar' ? 't-ink' : tone;
  return (
    <text className={`${colour} ${ANCHORS[anchor]} ${ground === 'page' ? 'halo' : ''}`} x={x} y={y + 4}>
      <tspan className={tone === 't-q' && ground === 'page' ? 't-ink' : 't-b'}>{strong}</tspan>
      {rest !== '' && <tspan dx="5">{rest}</tspan>}
    </text>
  );
}

interface LabelTextProps {
  readonly label: PlacedLabel;
  readonly tone: 't-bad' | 't-q';
  readonly y: number;
}
