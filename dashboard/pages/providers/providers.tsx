import { Link } from '@tanstack/react-router';
import type { ProviderHealth } from 'spillway/client';
import type { ReactElement } from 'react';
import { useSession } from '../../api/session.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { FailuresTable } from './failures-table.tsx';
import { HealthGrid } from './health-grid.tsx';
import { HealthLegend } from './health-legend.tsx';
import { countOutcomes, entryOf, healthRows, type HealthRow, type OutcomeCount } from './health-rows.ts';
import { KeyPool, ModelFacts } from './key-pool.tsx';
import { type ModelNow, newestFailures } from './models.ts';
import { OutcomesTable } from './outcomes-table.tsx';
import type { ProvidersSearch } from './search.ts';
import { StateTable } from './state-table.tsx';
import { HOURS, useHealth } from './use-health.ts';

/** The most failures that are listed. */
const MOST_FAILURES = 10;

interface ProvidersProps {
  readonly models: readonly ModelNow[];
  readonly search: ProvidersSearch;
}

/** The models of the providers: their attempts by hour, their state, their outcomes and their newest failures. */
export function Providers({ models, search }: ProvidersProps): ReactElement {
  const { range = '24h', provider, entry } = search;
  const { tenant } = useSession();
  const health = useHealth(range, tenant === null);
  const shown = models.filter((model) => provider === undefined || model.provider === provider);
  const open = shown.find((model) => entryOf(model) === entry);
  const failures = newestFailures(
    (open === undefined ? shown : [open]).flatMap(({ keys }) => keys),
    MOST_FAILURES,
  );
  return (
    <>
      {tenant === null && (
        <section>
          <div className="bar">
            <h2>Failed attempts by {range === '24h' ? 'hour' : '4 hours'}</h2>
            <HealthLegend />
          </div>
          <Loaded query={health} what="The attempts by hour" bones={shown.length}>
            {(data) => <HealthGrid rows={rowsOf(data, shown, search)} />}
          </Loaded>
        </section>
      )}
      <section>
        <div className="bar">
          <h2>Now</h2>
        </div>
        <StateTable models={shown} search={search} />
      </section>
      {open !== undefined && (
        <section>
          <div className="bar">
            <h2>{entryOf(open)} by key of the provider</h2>
            <Link to="/providers" search={{ ...search, entry: undefined }} resetScroll={false} className="small">
              Show all models
            </Link>
          </div>
          <ModelFacts model={open} />
          <KeyPool model={open} />
        </section>
      )}
      <div className="half">
        {health.data !== undefined && (
          <section>
            <div className="bar">
              <h2>Outcomes of attempts, {range === '24h' ? '24 hours' : '7 days'}</h2>
            </div>
            <OutcomesTable outcomes={outcomesOf(health.data, search)} />
          </section>
        )}
        <section>
          <div className="bar">
            <h2>Newest failures</h2>
          </div>
          <FailuresTable failures={failures} />
        </section>
      </div>
    </>
  );
}

function rowsOf(
  health: ProviderHealth,
  models: readonly ModelNow[],
  { range = '24h', provider }: ProvidersSearch,
): readonly HealthRow[] {
  const data = health.data.filter((row) => provider === undefined || row.provider === provider);
  // The model `*` stands for those that clients name: these have rows of their own here.
  const named = models.filter(({ model }) => model !== '*');
  return healthRows({ ...health, data }, named, HOURS[range].cell);
}

function outcomesOf({ data }: ProviderHealth, { provider, entry }: ProvidersSearch): readonly OutcomeCount[] {
  return countOutcomes(
    data.filter(
      (row) => (provider === undefined || row.provider === provider) && (entry === undefined || entryOf(row) === entry),
    ),
  );
}
