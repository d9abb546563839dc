import type { ReactElement } from 'react';
import type { DrawingProps } from './drawing.ts';
import type { Fall } from './falls.ts';
import { BAR, barMiddle, type Geometry } from './geometry.ts';

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
