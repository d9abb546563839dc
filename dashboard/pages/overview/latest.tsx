import { Link } from '@tanstack/react-router';
import { type ReactElement, type ReactNode, useState } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { formatAmount } from '../../parts/money.ts';
import { formatCount } from '../../parts/numbers.ts';
import { Time } from '../../parts/time.tsx';
import { Trail } from '../../parts/trail.tsx';
import type { LatestRow } from './latest-rows.ts';
import type { LatestRequests } from './use-latest.ts';

interface LatestProps {
  readonly requests: LatestRequests;
  /** Right of the title. */
  readonly aside: ReactNode;
}

/** The newest requests as they happen. While the pointer is over them, they stay where they are. */
export function Latest({ requests: { rows, isEmpty, error, retry }, aside }: LatestProps): ReactElement {
  const [held, setHeld] = useState<readonly LatestRow[]>();
  const shown = held ?? rows;
  return (
    <section>
      <div className="bar">
        <h2>
          As it happens
          {held !== undefined && held !== rows && <span className="small muted paused">paused</span>}
        </h2>
        {aside}
      </div>
      {error !== null && <ErrorPanel what="The request log could not be read." error={error} onRetry={retry} />}
      <table className="latest" onPointerEnter={() => setHeld(rows)} onPointerLeave={() => setHeld(undefined)}>
        <thead>
          <tr>
            <th className="roomy">Time</th>
            <th>Trail</th>
            <th>Answered by</th>
            <th className="roomy">Key</th>
            <th className="num">
              First token<span className="roomy">, ms</span>
            </th>
            <th className="num">Cost, $</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Row key={row.id} row={row} />
          ))}
          {isEmpty === true && (
            <tr>
              <td colSpan={6} className="muted">
                Nothing yet. Requests appear here within a second.
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function Row({ row }: { readonly row: LatestRow }): ReactElement {
  const { id, at, steps, key, firstToken, cost, running } = row;
  return (
    <tr>
      <td className="roomy soft">
        <Time at={at} />
      </td>
      <td>
        <Trail steps={steps} />
      </td>
      <td className="cut">
        <Link to="/requests/$id" params={{ id }} data-row="">
          <Answer row={row} />
        </Link>
      </td>
      <td className="roomy soft cut">{key}</td>
      <td className="num">{firstToken === null ? <span className="muted">–</span> : formatCount(firstToken)}</td>
      <td className="num">
        {running !== null ? (
          <span className="ok">{running}</span>
        ) : cost === null ? (
          <span className="muted">–</span>
        ) : (
          formatAmount(cost, 6)
        )}
      </td>
    </tr>
  );
}

function Answer({ row: { entry, failure, isClosed } }: { readonly row: LatestRow }): ReactElement {
  if (failure !== null) return <span className="bad">{failure}</span>;
  if (entry !== null) return <EntryName provider={entry.provider} model={entry.model} keyNumber={entry.key} />;
  return <span className="muted">{isClosed ? 'client disconnected' : '–'}</span>;
}
