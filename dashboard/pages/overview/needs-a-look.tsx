import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ChainStatusList } from 'spillway/client';
import { type ReactElement, useMemo } from 'react';
import { keysQuery, tenantsQuery } from '../../api/queries.ts';
import { sessionQuery, useSession } from '../../api/session.ts';
import { useLive } from '../../live/use-live.ts';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { Time } from '../../parts/time.tsx';
import { entriesOutOf, gatewayConcernsOf, type NearBudget, nearBudgetsOf } from './concerns.ts';
import { BudgetConcern, Concern, EntryConcern, MoreConcerns } from './concern.tsx';

const EVERY_MS = 30_000;
/** The most entries, and the most budgets, that are listed. */
const MOST = 6;

/** What heals by itself soon, and what does not: each with a link to the page that says more. */
export function NeedsALook({ chains }: { readonly chains: ChainStatusList | undefined }): ReactElement {
  const limits = useLive(({ limits: rows }) => rows);
  const isKnown = useLive(({ status }) => status === 'live' || status === 'paused');
  const lost = useLive(({ lost: count }) => count);
  // The configuration's page is not for those who see one tenant only.
  const { tenant } = useSession();
  const store = useQuery({ ...sessionQuery, refetchInterval: EVERY_MS }).data?.store ?? null;
  const budgets = useBudgets();
  const out = useMemo(() => entriesOutOf(limits.values()), [limits]);
  const { near } = budgets;
  const gateway = gatewayConcernsOf(store, chains?.configuration);
  const count = out.length + near.length + gateway.length + (lost > 0 ? 1 : 0);
  return (
    <section>
      <div className="bar">
        <h2>Needs a look</h2>
        <span className="small muted">{count}</span>
      </div>
      <ul className="attention">
        {gateway.map(({ kind, title, words, at }) => (
          <Concern
            key={kind}
            glyph={kind === 'restart' ? 'near' : 'bad'}
            title={kind === 'store_down' || tenant !== null ? title : <Link to="/configuration">{title}</Link>}
            words={words}
            right={at === null ? undefined : <Time at={at} />}
          />
        ))}
        {out.slice(0, MOST).map((entry) => (
          <EntryConcern key={`${entry.provider}/${entry.model}`} entry={entry} />
        ))}
        {out.length > MOST && <MoreConcerns to="/chains" count={out.length - MOST} what="entries" />}
        {near.slice(0, MOST).map((budget, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- a key may have two budgets of one period
          <BudgetConcern key={`${budget.owner} ${budget.name} ${at}`} budget={budget} />
        ))}
        {near.length > MOST && <MoreConcerns to="/keys" count={near.length - MOST} what="budgets" />}
        {lost > 0 && (
          <Concern
            glyph="near"
            title="live view incomplete"
            words={`${lost} events were left out, because there were too many. The sums have all requests.`}
          />
        )}
        {count === 0 && (
          <li className="soft nothing">
            {isKnown ? 'Nothing. All entries can be tried.' : 'The state of the entries is not known yet.'}
          </li>
        )}
      </ul>
      {budgets.error !== null && (
        <ErrorPanel what="The budgets could not be read." error={budgets.error} onRetry={budgets.retry} />
      )}
    </section>
  );
}

/** The budgets near their end, with the error of what could not be read. */
function useBudgets(): {
  readonly near: readonly NearBudget[];
  readonly error: Error | null;
  readonly retry: () => void;
} {
  const keys = useQuery({ ...keysQuery, refetchInterval: EVERY_MS });
  const tenants = useQuery({ ...tenantsQuery, refetchInterval: EVERY_MS });
  const near = useMemo(() => nearBudgetsOf(keys.data?.data ?? [], tenants.data?.data ?? []), [keys.data, tenants.data]);
  const retry = (): void => void Promise.all([keys.refetch(), tenants.refetch()]);
  return { near, error: keys.error ?? tenants.error, retry };
}
