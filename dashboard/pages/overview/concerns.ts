import type { BudgetShown, ChainStatusList, Key, LimitStatus, StoreStatus, TenantShown } from 'spillway/client';
import { isOut } from '../../live/entries-out.ts';
import { standingOf, type Standing } from '../../live/standing.ts';
import { formatShare } from '../../parts/numbers.ts';
import { reasonWords } from '../../parts/outcomes.ts';

/** A budget that is near its end, with what it is of. */
export interface NearBudget {
  readonly owner: 'key' | 'tenant';
  /** Id of the key; null for a tenant. */
  readonly keyId: string | null;
  readonly name: string;
  readonly period: BudgetShown['period'];
  readonly spent: number;
  readonly amount: number;
  readonly isSpent: boolean;
  /** The share that is spent, in words, without the sign. */
  readonly share: string;
}

/** An entry that is not used now. */
export interface EntryOut {
  readonly provider: string;
  readonly model: string;
  readonly state: LimitStatus['state'];
  /** What happened, in words. */
  readonly words: string;
  /** When it may be tried again, in milliseconds since the epoch; null where that is unknown. */
  readonly retryAt: number | null;
}

/** The models that requests pass over under all keys, as the menu counts them, and those that refuse what others answer. */
export function entriesOutOf(limits: Iterable<LimitStatus>): readonly EntryOut[] {
  const models = Map.groupBy(limits, ({ provider, model }) => `${provider}/${model}`);
  return [...models.values()].flatMap((keys) => {
    const [first] = keys;
    const standing = standingOf(keys);
    if (first === undefined || standing === undefined) return [];
    if (standing.state !== 'refusing' && !keys.every(isOut)) return [];
    const { provider, model } = first;
    const { state, retry_at: retryAt } = standing;
    return [{ provider, model, state, words: stateWords(standing), retryAt }];
  });
}

function stateWords({ state, reason }: Standing): string {
  // The reason of an open circuit breaker is the same for all of them.
  if (state === 'failing') return 'circuit breaker open: it kept failing';
  if (state === 'refusing') return 'refuses what other entries answer; is tried last';
  if (reason !== null) return reasonWords(reason);
  return state === 'limited' ? 'limit used up' : 'cooling down';
}

/** The budgets that have crossed their soft limit, the nearest to the end first. Keys that are revoked or expired spend no more. */
export function nearBudgetsOf(
  keys: readonly Pick<Key, 'id' | 'name' | 'state' | 'budgets'>[],
  tenants: readonly Pick<TenantShown, 'name' | 'budgets'>[],
): readonly NearBudget[] {
  const near = [
    ...keys
      .filter(({ state }) => state === 'active' || state === 'rotating')
      .flatMap(({ id, name, budgets }) =>
        budgets.flatMap((budget) => nearBudget({ owner: 'key', keyId: id, name }, budget)),
      ),
    ...tenants.flatMap(({ name, budgets }) =>
      budgets.flatMap((budget) => nearBudget({ owner: 'tenant', keyId: null, name }, budget)),
    ),
  ];
  return near.toSorted((one, other) => other.spent / other.amount - one.spent / one.amount);
}

function nearBudget(
  owner: Pick<NearBudget, 'owner' | 'keyId' | 'name'>,
  { amount_usd: amount, spent_usd: spent, soft, period }: BudgetShown,
): NearBudget[] {
  if (amount === null || spent === null || !(amount > 0) || spent < soft * amount) return [];
  return [{ ...owner, period, spent, amount, isSpent: spent >= amount, share: formatShare(spent / amount) }];
}

/** What is wrong with the gateway as a whole. */
export interface GatewayConcern {
  readonly kind: 'store_down' | 'rejected' | 'restart';
  readonly title: string;
  readonly words: string;
  /** Since when, in milliseconds since the epoch; null where that is unknown. */
  readonly at: number | null;
}

/** The concerns of the store and the configuration; those of the second one are absent for principals that do not see it. */
export function gatewayConcernsOf(
  store: StoreStatus | null,
  configuration: ChainStatusList['configuration'] | undefined,
): readonly GatewayConcern[] {
  const concerns: GatewayConcern[] = [];
  if (store === 'down')
    concerns.push({
      kind: 'store_down',
      title: 'store down',
      words: 'Requests are served. What is stored is shown once it is back.',
      at: null,
    });
  const rejected = configuration?.rejected ?? null;
  if (rejected !== null)
    concerns.push({
      kind: 'rejected',
      title: 'configuration rejected',
      words: rejected.problems[0] ?? 'The configuration before is served.',
      at: rejected.at,
    });
  const sections = configuration?.restart ?? [];
  if (sections.length > 0)
    concerns.push({
      kind: 'restart',
      title: 'restart needed',
      words: `Changed, and not in effect: ${sections.join(', ')}`,
      at: null,
    });
  return concerns;
}
