import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { AuditList } from 'spillway/client';
import type { ReactElement } from 'react';
import { client } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Pick } from '../../parts/pick.tsx';
import { TextFilter } from '../../parts/text-filter.tsx';
import { ACTIONS } from './actions.ts';
import { AuditRow } from './audit-row.tsx';

const route = getRouteApi('/audit');

/** The changes of operators: by which key, and what was before and after. */
export function AuditPage(): ReactElement {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery({
    queryKey: ['audit', search],
    queryFn: ({ signal }) => client.audit.list(search, { signal }),
  });
  const filter = (change: Partial<typeof search>): void =>
    void navigate({ search: { ...search, before: undefined, ...change } });
  return (
    <>
      <div className="head">
        <h1>
          Audit<span className="soft">changes by operators, newest first</span>
        </h1>
        <div className="tools">
          <TextFilter
            label="Key id or tenant"
            value={search.target}
            onChange={(target) => filter({ target })}
            isSearch
          />
        </div>
      </div>
      <div className="head">
        <div className="tools">
          <Pick label="action" value={search.action} options={ACTIONS} onPick={(action) => filter({ action })} />
          <TextFilter label="Actor’s key id" value={search.actor} onChange={(actor) => filter({ actor })} />
        </div>
      </div>
      <Loaded query={query} what="The audit trail" bones={8}>
        {(page) => (
          <>
            <AuditTable page={page} isFiltered={Object.values(search).some((value) => value !== undefined)} />
            <div className="head">
              <span />
              <div className="tools">
                {search.before !== undefined && (
                  <button type="button" className="btn" onClick={() => filter({ before: undefined })}>
                    Newest
                  </button>
                )}
                {page.next !== null && (
                  <button type="button" className="btn" onClick={() => filter({ before: page.next ?? undefined })}>
                    Older
                  </button>
                )}
              </div>
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

interface AuditTableProps {
  readonly page: AuditList;
  readonly isFiltered: boolean;
}

function AuditTable({ page, isFiltered }: AuditTableProps): ReactElement {
  const { store } = useSession();
  return (
    <>
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <th>Action</th>
            <th>Target</th>
            <th className="roomy">Actor</th>
            <th className="roomy">Via</th>
            <th className="roomy">Tenant</th>
          </tr>
        </thead>
        <tbody>
          {page.data.map((entry) => (
            <AuditRow key={entry.no} entry={entry} />
          ))}
        </tbody>
      </table>
      {page.data.length === 0 && (
        <Empty title={isFiltered ? 'No change matches.' : 'Nothing was changed yet.'}>
          <p className="small muted">
            Changes of keys, tenants and sessions are recorded here, and each reading of a request’s body.
            {store === 'none' && ' Without a store they last until the gateway ends.'}
          </p>
        </Empty>
      )}
    </>
  );
}
