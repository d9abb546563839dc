import type { LimitStatus } from 'spillway/client';
import { Fragment, type ReactElement } from 'react';
import { Gauge } from '../../parts/gauge.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { windowWords } from '../../parts/window-words.ts';
import { limitsOf, shareUsed } from './pool.ts';

/** What is used of an entry's limits, or of those of one of its keys. */
export function LimitGauges({ keys }: { readonly keys: readonly LimitStatus[] }): ReactElement {
  const limits = limitsOf(keys);
  if (limits.length === 0)
    return <p className="small muted">{keys.length > 1 ? 'no limit that all keys have' : 'no limit known'}</p>;
  return (
    <div className="lim">
      {limits.map((limit) => (
        <Fragment key={limit.name}>
          <span>{windowWords(limit.name)}</span>
          <span>
            {formatCount(limit.used)} of {formatCount(limit.limit)}
          </span>
          <Gauge share={shareUsed(limit)} reserved={limit.limit === 0 ? 0 : limit.reserved / limit.limit} />
        </Fragment>
      ))}
    </div>
  );
}
