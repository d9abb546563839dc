import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ProviderList } from 'spillway/client';
import type { ReactElement } from 'react';
import { providersQuery } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Pick } from '../../parts/pick.tsx';
import { Segments } from '../../parts/segments.tsx';
import { type ModelNow, modelsOf } from './models.ts';
import { Providers } from './providers.tsx';
import type { ProvidersSearch } from './search.ts';

const route = getRouteApi('/providers');

const STATE_EVERY_MS = 10_000;
const RANGE_OPTIONS = [
  { value: '24h', word: '24 h' },
  { value: '7d', word: '7 d' },
] as const;

/** How the providers work: what became of attempts by hour, the state of each model, and the newest failures. */
export function ProvidersPage(): ReactElement {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { range = '24h', provider } = search;
  // Attempts by hour are those of all tenants together.
  const { tenant } = useSession();
  const query = useQuery({ ...providersQuery, select: modelsIn, refetchInterval: STATE_EVERY_MS });
  const models = query.data ?? [];
  const set = (change: ProvidersSearch): void => void navigate({ search: { ...search, ...change }, replace: true });
  return (
    <>
      <div className="head">
        <h1>Providers</h1>
        <div className="tools">
          <Pick
            label="Provider"
            value={provider}
            options={[...new Set(models.map((model) => model.provider))]}
            onPick={(chosen) => set({ provider: chosen, entry: undefined })}
          />
          {tenant === null && (
            <Segments
              label="Time range"
              value={range}
              options={RANGE_OPTIONS}
              onChoose={(chosen) => set({ range: chosen === '24h' ? undefined : chosen })}
            />
          )}
        </div>
      </div>
      <Loaded query={query} what="The providers" bones={6}>
        {(data) => (data.length === 0 ? <NoProviders /> : <Providers models={data} search={search} />)}
      </Loaded>
    </>
  );
}

function modelsIn({ data }: ProviderList): readonly ModelNow[] {
  return modelsOf(data);
}

function NoProviders(): ReactElement {
  return (
    <Empty title="No chain that you may use has an entry.">
      <Link to="/configuration">Read the configuration</Link>
    </Empty>
  );
}
