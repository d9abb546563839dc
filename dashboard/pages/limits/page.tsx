import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { LimitStatus } from 'spillway/client';
import type { ReactElement } from 'react';
import { client } from '../../api/client.ts';
import { LiveStatus } from '../../live/live-status.tsx';
import { useLive } from '../../live/use-live.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { Pick } from '../../parts/pick.tsx';
import { TextFilter } from '../../parts/text-filter.tsx';
import { limitRows, urgencyOf, withLive } from './limit-order.ts';
import { LimitRow } from './limit-row.tsx';
import type { LimitsSearch } from './search.ts';

const route = getRouteApi('/limits');

/** How often the list is read: it says which models there are. What is known of each is live. */
const EVERY_MS = 30_000;

/** What is used of the providers' limits, by model and key, and what is out. */
export function LimitsPage(): ReactElement {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const live = useLive(({ limits }) => limits);
  const query = useQuery({
    queryKey: ['limits', 'list'],
    queryFn: ({ signal }) => client.limits.list(undefined, { signal }),
    refetchInterval: EVERY_MS,
  });
  const all = withLive(query.data?.data ?? [], live);
  const filter = (change: Partial<LimitsSearch>): void =>
    void navigate({ search: { ...search, ...change }, replace: true });
  return (
    <>
      <div className="head">
        <h1>Limits{query.data !== undefined && <span className="soft">{headWords(all)}</span>}</h1>
        <div className="tools">
          <TextFilter label="Model" value={search.q} onChange={(q) => filter({ q })} isSearch />
          <Pick
            label="provider"
            value={search.provider}
            options={[...new Set(all.map(({ provider }) => provider))]}
            onPick={(provider) => filter({ provider })}
          />
          <button
            type="button"
            className="btn"
            aria-pressed={search.near === true}
            onClick={() => filter({ near: search.near === true ? undefined : true })}
          >
            Near or out
          </button>
        </div>
      </div>
      <div className="bar">
        <p className="small soft">
          What is used of the providers’ limits. A limit is configured, learned from a refusal, or observed in the
          headers of replies. Limits of your own keys and tenants are on <Link to="/keys">Keys</Link>.
        </p>
        <LiveStatus />
      </div>
      <Loaded query={query} what="The limits" bones={8}>
        {() => <LimitTable rows={limitRows(all, search)} total={all.length} />}
      </Loaded>
    </>
  );
}

interface LimitTableProps {
  readonly rows: readonly LimitStatus[];
  /** How many rows there are without a filter. */
  readonly total: number;
}

function LimitTable({ rows, total }: LimitTableProps): ReactElement {
  if (rows.length === 0)
    return (
      <Empty title={total === 0 ? 'No chain has an entry, so that no limit counts.' : 'No model matches the filters.'}>
        {total > 0 && <Link to="/limits">Show all models</Link>}
      </Empty>
    );
  return (
    <table className="limits">
      <thead>
        <tr>
          <th>Model</th>
          <th>Limits</th>
          <th className="num roomy">In progress</th>
          <th className="num roomy">Retries refused</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <LimitRow key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function headWords(rows: readonly LimitStatus[]): string {
  const urgencies = rows.map(urgencyOf);
  const count = (urgency: string): string => formatCount(urgencies.filter((each) => each === urgency).length);
  return `${formatCount(rows.length)} models and keys, ${count('out')} out, ${count('near')} near a limit`;
}
