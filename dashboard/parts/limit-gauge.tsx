import type { ReactElement } from 'react';
import { Gauge } from './gauge.tsx';
import { formatCount } from './numbers.ts';

interface LimitGaugeProps {
  /** What is limited: `tokens/min`. */
  readonly word: string;
  /** Null where that is unknown. */
  readonly used: number | null;
  /** The part of `used` that is only reserved. */
  readonly reserved?: number;
  readonly limit: number;
}

/** A limit as a gauge, with its numbers above it. A limit of 0 counts as used up. */
export function LimitGauge({ word, used, reserved = 0, limit }: LimitGaugeProps): ReactElement {
  return (
    <div className="lim">
      <span>{word}</span>
      <span>
        {used === null ? '–' : formatCount(used)} of {formatCount(limit)}
      </span>
      {used !== null && <Gauge share={limit === 0 ? 1 : used / limit} reserved={limit === 0 ? 0 : reserved / limit} />}
    </div>
  );
}
