import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { RequestList } from 'spillway/client';
import { type ReactElement, useEffect, useState } from 'react';
import { client } from '../../api/client.ts';
import { GATEWAY_URL } from '../../api/gateway-url.ts';
import { useLive } from '../../live/use-live.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Glyph } from '../../parts/glyphs.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { FilterBar } from './filter-bar.tsx';
import { exportCommand, firstPage, listInput, RANGE_WORDS, setFilters } from './filters.ts';
import { FindRequest } from './find-request.tsx';
import { useKeyNames } from './key-names.ts';
import { rememberList } from './list-memory.ts';
import { firstRows, type ListRow, rowOf } from './list-rows.ts';
import { Pager } from './pager.tsx';
import { RangeBar } from './range-bar.tsx';
import { RequestTable } from './request-table.tsx';
import { type RequestsSearch, USUAL_RANGE } from './search.ts';

const route = getRouteApi('/requests');

/** How often the newest page is read again: requests of other replicas have no events here. In milliseconds. */
const REREAD_MS = 15_000;

/** The request log: filters, pages of rows, and on the newest one the requests as they happen. */
export function RequestsPage(): ReactElement {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [paused, setPaused] = useState(false);
  useEffect(() => rememberList(search), [search]);
  const change = (changes: Partial<RequestsSearch>): void =>
    void navigate({ search: { ...firstPage(search), ...changes } });
  const isNewest = search.before === undefined && search.after === undefined && search.to === undefined;
  const query = useQuery({
    queryKey: ['requests', search],
    queryFn: ({ signal }) => client.requests.list(listInput(search, Date.now()), { signal }),
    refetchInterval: isNewest && !paused ? REREAD_MS : false,
  });
  return (
    <>
      <div className="head">
        <h1>
          Requests
          <span className="soft">{rangeWords(search)}, newest first</span>
        </h1>
        <div className="tools requests-tools">
          <RangeBar search={search} onChange={change} />
          <FindRequest />
          {isNewest && (
            <button type="button" className="btn" aria-pressed={paused} onClick={() => setPaused(!paused)}>
              <Glyph kind={paused ? 'skipped' : 'running'} />
              {paused ? 'Resume live' : 'Pause live'}
            </button>
          )}
        </div>
      </div>
      <div className="head">
        <FilterBar search={search} onChange={change} />
        <Legend />
      </div>
      <Loaded query={query} what="The requests" bones={12}>
        {(page) => (
          <>
            {/* What is held under the pointer belongs to this list only. */}
            <Rows
              key={JSON.stringify(search)}
              search={search}
              page={page}
              isNewest={isNewest}
              paused={paused}
              onChange={change}
            />
            <Pager search={search} page={page} onChange={change} />
            <details className="small soft">
              <summary>Export as CSV or JSON lines</summary>
              <CodeBlock text={exportCommand(search)} what="Command" />
            </details>
          </>
        )}
      </Loaded>
    </>
  );
}

function rangeWords({ range, from, to }: RequestsSearch): string {
  return from === undefined && to === undefined ? RANGE_WORDS[range ?? USUAL_RANGE] : 'your own range';
}

interface RowsProps {
  readonly search: RequestsSearch;
  readonly page: RequestList;
  readonly isNewest: boolean;
  readonly paused: boolean;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

function Rows({ search, page, isNewest, paused, onChange }: RowsProps): ReactElement {
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

function NoRequests({ search, onChange }: Pick<RowsProps, 'search' | 'onChange'>): ReactElement {
  const filters = setFilters(search);
  if (filters.length > 0) {
    const none = Object.fromEntries(filters.map((filter) => [filter, undefined]));
    return (
      <Empty title="No request of this time matches the filters.">
        <button type="button" className="btn" onClick={() => onChange(none)}>
          Remove the filters
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="There are no requests of this time. Send one:">
      <CodeBlock text={curl()} what="Command" />
    </Empty>
  );
}

function curl(): string {
  const body = `{ "messages": [{ "role": "user", "content": "Hello" }] }`;
  return `curl ${GATEWAY_URL}/v1/chat/completions \\\n  -H "authorization: Bearer $SPILLWAY_KEY" \\\n  --json '${body}'`;
}

function Legend(): ReactElement {
  return (
    <div className="legend roomy">
      <span>
        <Glyph kind="ok" />
        answered
      </span>
      <span>
        <Glyph kind="bad" />
        failed
      </span>
      <span>
        <Glyph kind="skipped" />
        skipped
      </span>
      <span>
        <Glyph kind="running" />
        in progress
      </span>
    </div>
  );
}
