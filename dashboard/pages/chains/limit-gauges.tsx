import type { LimitStatus } from 'spillway/client';
import type { ReactElement } from 'react';
import { LimitGauge } from '../../parts/limit-gauge.tsx';
import { windowWords } from '../../parts/gauged-limit.ts';
import { limitsOf } from './pool.ts';

/** What is used of an entry's limits, or of those of one of its keys. */
export function LimitGauges({ keys }: { readonly keys: readonly LimitStatus[] }): ReactElement {
  const limits = limitsOf(keys);
  if (limits.length === 0)
    return <p className="small muted">{keys.length > 1 ? 'no limit that all keys have' : 'no limit known'}</p>;
  return (
    <div className="gauges">
      {limits.map(({ name, ...limit }) => (
        <LimitGauge key={name} word={windowWords(name)} {...limit} />
      ))}
    </div>
  );
}
