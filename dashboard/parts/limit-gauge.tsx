import type { ReactElement } from 'react';
import { Gauge } from './gauge.tsx';
import { type GaugedLimit, windowWords } from './gauged-limit.ts';
import { formatCount } from './numbers.ts';

/** A limit as a gauge, with its numbers above it. Of a limit of nothing all is used. */
export function LimitGauge({ limit }: { readonly limit: GaugedLimit }): ReactElement {
  const { name, used, reserved, limit: most } = limit;
  return (
    <div className="lim">
      <span>{windowWords(name)}</span>
      <span>
        {formatCount(used)} of {formatCount(most)}
      </span>
      <Gauge share={most === 0 ? 1 : used / most} reserved={most === 0 ? 0 : reserved / most} />
    </div>
  );
}
