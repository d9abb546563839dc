import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactElement, useEffect, useState } from 'react';
import { client } from '../../api/client.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Glyph } from '../../parts/glyphs.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { FilterBar } from './filter-bar.tsx';
import { exportCommand, firstPage, listInput, RANGE_WORDS } from './filters.ts';
import { FindRequest } from './find-request.tsx';
import { Legend } from './legend.tsx';
import { Rows } from './list.tsx';
import { rememberList } from './list-memory.ts';
import { Pager } from './pager.tsx';
import { RangeBar } from './range-bar.tsx';
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
            <Pager search={search} page={page} isOld={query.isPlaceholderData} onChange={change} />
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
