import { Link } from '@tanstack/react-router';
import { type ReactElement, useEffect, useRef } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { formatAmount } from '../../parts/money.ts';
import { formatCount } from '../../parts/numbers.ts';
import { Time } from '../../parts/time.tsx';
import { Trail } from '../../parts/trail.tsx';
import { lastOpened } from './list-memory.ts';
import type { ListRow } from './list-rows.ts';
import { isCancelled } from './waterfall/picture.ts';

interface RequestTableProps {
  readonly rows: readonly ListRow[];
  readonly keyNames: ReadonlyMap<string, string>;
}

/** Requests, a line each. */
export function RequestTable({ rows, keyNames }: RequestTableProps): ReactElement {
  const ref = useRef<HTMLTableElement>(null);
  // Back from a request, the keys go on from its row.
  useEffect(() => {
    // A table that is made anew by a filter leaves the focus in the filter.
    if (document.querySelector('input:focus, select:focus, button:focus, a:focus') !== null) return;
    ref.current?.querySelector<HTMLElement>('tr[aria-current] [data-row]')?.focus();
  }, []);
  return (
    <table ref={ref} className="requests">
      <thead>
        <tr>
          <th title="When it ended; while it runs when it was accepted">Time</th>
          <th>Trail</th>
          <th className="roomy">Chain</th>
          <th>Answered by</th>
          <th className="roomy">Key</th>
          <th className="num roomy">First token, ms</th>
          <th className="num roomy">Total, ms</th>
          <th className="num roomy">In</th>
          <th className="num roomy">Out</th>
          <th className="num">Cost, $</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <RequestLine key={row.id} row={row} keyNames={keyNames} />
        ))}
      </tbody>
    </table>
  );
}

function RequestLine({
  row,
  keyNames,
}: {
  readonly row: ListRow;
  readonly keyNames: RequestTableProps['keyNames'];
}): ReactElement {
  const { id, state, committedMs, totalMs, costUsd, key } = row;
  const isWaiting = state === 'waiting' || state === 'queued';
  return (
    <tr aria-current={id === lastOpened() ? true : undefined}>
      <td className="soft">
        <Link to="/requests/$id" params={{ id }} data-row="">
          <Time at={row.endedAt ?? row.acceptedAt} exact />
        </Link>
      </td>
      <td>
        <Trail steps={row.trail} />
      </td>
      <td className="soft roomy name">{row.chain ?? dash}</td>
      <td className="cut">
        <AnsweredBy row={row} />
      </td>
      <td className="soft roomy name">{key === null ? dash : (keyNames.get(key) ?? row.keyName ?? key)}</td>
      <td className="num roomy">{isWaiting ? <span className="ok">{state}</span> : ms(committedMs)}</td>
      <td className="num roomy">{state === 'streaming' ? <span className="ok">streaming</span> : ms(totalMs)}</td>
      <td className="num roomy">{count(row.inputTokens)}</td>
      <td className="num roomy">{count(row.outputTokens)}</td>
      <td className="num">{costUsd === null ? dash : formatAmount(costUsd, 6)}</td>
    </tr>
  );
}

const dash = <span className="muted">–</span>;

function AnsweredBy({ row }: { readonly row: ListRow }): ReactElement {
  const { provider, model, code, status, committedMs } = row;
  const entry = provider === null || model === null ? null : <EntryName provider={provider} model={model} />;
  if (code === null) return entry ?? dash;
  if (code === 'ok') return entry ?? dash;
  const tone = isCancelled({ code }) ? 'muted' : 'bad';
  return (
    <>
      {committedMs !== null && entry !== null && <>{entry} </>}
      <span className={tone}>
        {status} {code.replaceAll('_', ' ')}
      </span>
    </>
  );
}

function ms(value: number | null): ReactElement | string {
  return value === null ? dash : formatCount(Math.round(value));
}

function count(value: number | null): ReactElement | string {
  return value === null ? dash : formatCount(value);
}
