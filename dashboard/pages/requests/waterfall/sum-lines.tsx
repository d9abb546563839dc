import type { ReactElement } from 'react';
import type { DrawingProps, Measuring } from './drawing.ts';
import { lanesEnd } from './geometry.ts';
import { placeSums } from './place-sums.ts';

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
