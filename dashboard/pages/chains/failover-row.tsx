import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { Time } from '../../parts/time.tsx';
import { Trail } from '../../parts/trail.tsx';
import { type Failover, whyWords } from './failovers.ts';

/** A request that its first choice did not answer. The row leads to it. */
export function FailoverRow({ failover }: { readonly failover: Failover }): ReactElement {
  const { requestId, chain, at, steps, answered, lostMs } = failover;
  return (
    <tr>
      <td>
        <Link to="/requests/$id" params={{ id: requestId }} className="soft" data-row="">
          <Time at={at} />
        </Link>
      </td>
      <td>
        <Trail steps={steps} />
      </td>
      <td className="soft roomy">{chain}</td>
      <td className={answered === null ? 'cut bad' : 'cut'}>{whyWords(failover)}</td>
      <td className="roomy">
        {answered === null ? (
          <span className="bad">no entry</span>
        ) : (
          <EntryName provider={answered.provider} model={answered.model} keyNumber={answered.key} />
        )}
      </td>
      <td className="num roomy">{lostMs === null ? '–' : formatCount(lostMs)}</td>
    </tr>
  );
}
