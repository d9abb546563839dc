import type { ReactElement } from 'react';
import { ANCHORS, type DrawingProps } from './drawing.ts';
import { HEAD, lanesEnd } from './geometry.ts';
import { isCancelled, type Picture } from './picture.ts';

/** The heads of the picture: what the client sees, and the scale with its lines. */
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
  return (
    <Head
      x={0}
      strong="Never committed"
      rest={isCancelled(end) ? 'the client saw nothing' : 'the client saw nothing but the error'}
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
