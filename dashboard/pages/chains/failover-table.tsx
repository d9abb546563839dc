import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useMemo, useState } from 'react';
import { LiveStatus } from '../../live/live-status.tsx';
import { useLive } from '../../live/use-live.ts';
import { FirstRequest } from '../../parts/first-request.tsx';
import { Status } from '../../parts/status.tsx';
import { FailoverNews } from './failover-news.tsx';
import { FailoverRow } from './failover-row.tsx';
import { type ChainOrder, failoverOfLive, failoverOfRecord, mergeFailovers } from './failovers.ts';
import { loggedFailoversQuery } from './queries.ts';

/** The most failovers that are shown. */
const MOST = 12;

interface FailoverTableProps {
  readonly order: ChainOrder;
  /** Whether there was no request at all in the last 24 hours. */
  readonly isUnused: boolean;
}

/** Failovers as they happen, the newest first. The pointer over the table, or the focus in it, stops it. */
export function FailoverTable({ order, isUnused }: FailoverTableProps): ReactElement {
  const ended = useLive((live) => live.ended);
  const logged = useQuery(loggedFailoversQuery);
  const live = useMemo(() => ended.flatMap((request) => failoverOfLive(request, order) ?? []), [ended, order]);
  const now = useMemo(
    () =>
      mergeFailovers(
        live,
        (logged.data?.data ?? []).flatMap((row) => failoverOfRecord(row, order) ?? []),
        MOST,
      ),
    [live, logged.data, order],
  );
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const isStopped = isPointed || isFocused;
  const [rows, setRows] = useState(now);
  if (!isStopped && rows !== now) setRows(now);
  return (
    <section
      aria-labelledby="failovers"
      onPointerEnter={({ pointerType }) => setPointed(pointerType === 'mouse')}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      <div className="bar">
        <h2 id="failovers">Failovers as they happen</h2>
        {isStopped ? (
          <span className="small soft">
            <Status kind="skipped">paused while you are here</Status>
          </span>
        ) : (
          <LiveStatus />
        )}
      </div>
      <FailoverNews failovers={live} />
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <th>Trail</th>
            <th className="roomy">Chain</th>
            <th>Why</th>
            <th className="roomy">Answered by</th>
            <th className="num roomy">Lost, ms</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((failover) => (
            <FailoverRow key={failover.requestId} failover={failover} />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && logged.data !== undefined && <NoFailovers order={order} isUnused={isUnused} />}
      {rows.length === 0 && logged.error !== null && (
        <p className="empty">Earlier failovers could not be read from the request log. New ones are shown.</p>
      )}
    </section>
  );
}

function NoFailovers({ order, isUnused }: FailoverTableProps): ReactElement {
  const [chain] = order.keys();
  return (
    <div className="empty">
      <p>No request has failed over{isUnused ? ': there was none in the last 24 hours.' : '.'}</p>
      {isUnused && chain !== undefined && <FirstRequest model={chain} />}
    </div>
  );
}
