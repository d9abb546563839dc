import type { RequestList } from 'spillway/client';
import { type ReactElement, useState } from 'react';
import { useLive } from '../../live/use-live.ts';
import { useKeyNames } from '../../api/key-names.ts';
import { NoRequests } from './no-requests.tsx';
import { firstRows, type ListRow, rowOf } from './list-rows.ts';
import { RequestTable } from './request-table.tsx';
import type { RequestsSearch } from './search.ts';

interface RowsProps {
  readonly search: RequestsSearch;
  readonly page: RequestList;
  readonly isNewest: boolean;
  readonly paused: boolean;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

/** The rows of a page; on the newest one with what happens, until it is paused or pointed at. */
export function Rows({ search, page, isNewest, paused, onChange }: RowsProps): ReactElement {
  const keyNames = useKeyNames();
  const running = useLive((live) => live.running);
  const ended = useLive((live) => live.ended);
  const [held, setHeld] = useState<readonly ListRow[] | null>(null);
  const fresh = isNewest ? firstRows({ search, page, live: { running, ended } }) : page.data.map(rowOf);
  const [pausedAt, setPausedAt] = useState<readonly ListRow[] | null>(null);
  if (paused !== (pausedAt !== null)) setPausedAt(paused ? fresh : null);
  const rows = isNewest ? (pausedAt ?? held ?? fresh) : fresh;
  if (rows.length === 0)
    return (
      <>
        <RequestTable rows={rows} keyNames={keyNames} />
        <NoRequests search={search} onChange={onChange} />
      </>
    );
  return (
    <div
      onPointerEnter={({ pointerType }) => {
        // A finger leaves nothing behind that could end the pause.
        if (pointerType === 'mouse') setHeld(fresh);
      }}
      onPointerLeave={() => setHeld(null)}
    >
      <RequestTable rows={rows} keyNames={keyNames} />
    </div>
  );
}
