import type { ReactElement } from 'react';
import type { MeasureText } from '../../../parts/measure-text.ts';
import { BAR, barMiddle, type Geometry, HEAD, lanesEnd } from './geometry.ts';
import type { Picture } from './picture.ts';
import type { PlacedLabel } from './place-label.ts';
import { placeSums } from './place-sums.ts';
import type { Cap, Fall, Segment, WaterfallLayout } from './waterfall-layout.ts';

/** Classes of a segment's fill by its fate: the phases are tones of one hue. */
const HUES = { answered: 'a', running: 'a', failed: 'f', lost: 'l', skipped: 'l' } as const;
const TONES = { queued: 'queue', connecting: 'con', waiting: 'wait', streaming: 'str' } as const;

/** The heads of the picture: who sees what, and the scale with its lines. */
export function Scale({ picture, layout, geometry }: DrawingProps): ReactElement {
  const { ticks, scale, width } = layout;
  const end = lanesEnd(geometry, layout.lanes.length);
  const { split } = scale;
  return (
    <>
      {split !== null && <rect className="seen" x={split} y="0" width={width - split} height={end} />}
      <Heads picture={picture} split={split} compact={geometry.compact} />
      {ticks.map(({ x, label, anchor, line }) => (
        <g key={`${x}-${label}`}>
          <text
            className={`t-tick ${ANCHORS[anchor]}`}
            x={anchor === 'end' && layout.commit !== null ? x - 5 : x}
            y="30"
          >
            {label}
          </text>
          {line && <line className="row" x1={x} x2={x} y1={HEAD - 4} y2={end} />}
        </g>
      ))}
      {Array.from({ length: layout.lanes.length + 1 }, (_, lane) => lanesEnd(geometry, lane)).map((y) => (
        <line key={y} className="row" x1="0" x2={width} y1={y} y2={y} />
      ))}
    </>
  );
}

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

const ANCHORS = { start: '', middle: 'm', end: 'e' } as const;

interface HeadsProps {
  readonly picture: Picture;
  readonly split: number | null;
  readonly compact: boolean;
}

function Heads({ picture, split, compact }: HeadsProps): ReactElement {
  if (split !== null)
    return (
      <>
        <Head x={0} strong="Before commit" rest={compact ? '' : 'the client sees nothing yet'} />
        <Head x={split + 10} strong="After commit" rest={compact ? '' : 'the client reads along'} seen />
      </>
    );
  const { committed, end } = picture;
  if (committed !== null) return <Head x={0} strong="Before commit" rest="the client sees nothing until the answer" />;
  if (end === null) return <Head x={0} strong="Before commit" rest="the client sees nothing yet" />;
  const isCut = end.code === 'client_closed' || end.code === 'run_cancelled';
  return (
    <Head
      x={0}
      strong="Never committed"
      rest={isCut ? 'the client saw nothing' : 'the client saw nothing but the error'}
    />
  );
}

interface HeadProps {
  readonly x: number;
  readonly strong: string;
  readonly rest: string;
  readonly seen?: boolean;
}

function Head({ x, strong, rest, seen = false }: HeadProps): ReactElement {
  return (
    <text x={x} y="11">
      <tspan className={seen ? 't-ok t-b' : 't-ink t-b'}>{strong}</tspan>
      {rest !== '' && (
        <tspan dx="6" className="t-q">
          {rest}
        </tspan>
      )}
    </text>
  );
}

/** The lines along which the request fell from entry to entry. */
export function Falls({ layout, geometry }: Omit<DrawingProps, 'picture'>): ReactElement {
  return (
    <>
      {layout.falls.map((fall) => (
        <FallLine key={`${fall.fromLane}-${fall.toLane}`} fall={fall} geometry={geometry} />
      ))}
    </>
  );
}

/** A difference of places that is drawn straight, in pixels. */
const STRAIGHT = 8;

function FallLine({ fall, geometry }: { readonly fall: Fall; readonly geometry: Geometry }): ReactElement {
  const { fromX, toX, arrow, hedge } = fall;
  const from = barMiddle(geometry, fall.fromLane) + BAR / 2;
  const to = barMiddle(geometry, fall.toLane) - (arrow ? BAR / 2 + 5 : 6);
  const isStraight = Math.abs(toX - fromX) <= STRAIGHT;
  const x = isStraight ? fromX : toX;
  const path = isStraight ? `M${fromX} ${from}V${to}` : `M${fromX} ${from}V${to - 8}H${toX}V${to}`;
  return (
    <>
      <path className={hedge ? 'fall hedge' : 'fall'} d={path} />
      {arrow && <path className="fallhead" d={`M${x - 4} ${to - 1}h8l-4 6z`} />}
    </>
  );
}

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

/** The line at which an answer became the answer. */
export function CommitLine({ layout, geometry }: Omit<DrawingProps, 'picture'>): ReactElement | null {
  if (layout.commit === null) return null;
  const { x } = layout.commit;
  return (
    <>
      <line className="commit" x1={x} x2={x} y1="18" y2={lanesEnd(geometry, layout.lanes.length) + 6} />
      <circle className="flag" cx={x} cy="18" r="3.5" />
    </>
  );
}

const SUM_LINES = { waited: '', lost: 'bad', failed: 'bad', first: 'mid', stream: 'ok', cut: '' } as const;
const SUM_WORDS = { waited: '', lost: 't-bad', failed: 't-bad', first: '', stream: '', cut: '' } as const;
const SUM_TIMES = { waited: 't-ink', lost: '', failed: '', first: 't-ink', stream: 't-ok', cut: 't-ink' } as const;

/** The parts of the whole time, below the lanes. */
export function Sums({ picture, layout, geometry, measure }: DrawingProps & Measuring): ReactElement {
  const y = lanesEnd(geometry, layout.lanes.length) + 10;
  return (
    <>
      {layout.sums.map(({ kind, x, width }) => (
        <line key={kind} className={`br ${SUM_LINES[kind]}`} x1={x} x2={x + Math.max(1, width - 2)} y1={y} y2={y} />
      ))}
      {placeSums(picture, layout, measure).map(({ sum, x, time, words }) => (
        <text key={sum.kind} className={SUM_WORDS[sum.kind]} x={x} y={y + 15}>
          <tspan className={`t-b ${SUM_TIMES[sum.kind]}`}>{time}</tspan>
          {words !== '' && <tspan dx="4">{words}</tspan>}
        </text>
      ))}
    </>
  );
}
