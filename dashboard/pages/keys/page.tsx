import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { client } from '../../api/client.ts';
import { tenantsQuery } from '../../api/queries.ts';
import { useIsAdmin, useSession } from '../../api/session.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Pick } from '../../parts/pick.tsx';
import { TextFilter } from '../../parts/text-filter.tsx';
import { CreateKey } from './create-key.tsx';
import { KeyTable } from './key-table.tsx';
import { STATES } from './search.ts';
import { Tenants } from './tenants.tsx';

const route = getRouteApi('/keys');

/** The keys of clients and the tenants that they belong to, with what they spend. */
export function KeysPage(): ReactElement {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { store } = useSession();
  // Keys and tenants are kept in a store: without one only those of the file exist.
  const mayCreate = useIsAdmin() && store !== 'none';
  const [creating, setCreating] = useState(false);
  const keys = useQuery({
    queryKey: ['keys', search],
    queryFn: ({ signal }) => client.keys.list(search, { signal }),
  });
  const tenants = useQuery(tenantsQuery);
  const names = tenants.data?.data.map(({ name }) => name) ?? [];
  const filter = (change: Partial<typeof search>): void =>
    void navigate({ search: { ...search, after: undefined, ...change } });
  return (
    <>
      <div className="head">
        <h1>Keys</h1>
        <div className="tools">
          <TextFilter label="Name or id" value={search.search} onChange={(text) => filter({ search: text })} isSearch />
          {mayCreate && (
            <button type="button" className="btn main" onClick={() => setCreating(true)}>
              Create a key
            </button>
          )}
        </div>
      </div>
      <div className="head">
        <div className="tools">
          <Pick label="state" value={search.state} options={STATES} onPick={(state) => filter({ state })} />
          <Pick label="tenant" value={search.tenant} options={names} onPick={(tenant) => filter({ tenant })} />
        </div>
      </div>
      <Loaded query={keys} what="The keys" bones={8}>
        {(page) => (
          <KeyTable
            page={page}
            isFiltered={Object.values(search).some((value) => value !== undefined)}
            onFirst={search.after === undefined ? undefined : () => filter({})}
            onNext={(after) => filter({ after })}
          />
        )}
      </Loaded>
      <Tenants query={tenants} />
      {mayCreate && <CreateKey open={creating} onClose={() => setCreating(false)} tenants={names} />}
    </>
  );
}
