import type {
  BudgetInput,
  BudgetShown,
  Key,
  LimitsInput,
  LimitsShown,
  LimitShown,
  TenantShown,
} from '../domain/account.ts';
import type { Budget, BudgetOwner } from '../domain/budget.ts';
import type { KeyRecord, Tenant, TenantRecord } from '../domain/key-record.ts';
import type { Limits } from '../domain/limits.ts';
import type { Principal } from '../domain/principal.ts';
import type { Standing, Standings } from '../domain/standing.ts';
import { dollarsOf } from '../domain/usage.ts';
import { secretsAt, stateOf } from './state-of.ts';

/** What keys and tenants are shown with. */
export interface ShowTools {
  readonly standings: Standings;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The API's names of limits, and our own. */
const LIMIT_NAMES = Object.freeze([
  ['requests_per_minute', 'requestsPerMinute'],
  ['tokens_per_minute', 'tokensPerMinute'],
  ['requests_per_day', 'requestsPerDay'],
  ['tokens_per_day', 'tokensPerDay'],
  ['concurrency', 'concurrency'],
] as const satisfies readonly (readonly [keyof LimitsInput, keyof Limits])[]);

/** A key of the store, as the API shows it: without any secret. */
export function showKey(record: KeyRecord, { standings, now }: ShowTools): Key {
  const { former, newest } = secretsAt(record, now);
  return {
    ...showShared(record, standings),
    state: stateOf(record, now),
    source: 'store',
    note: record.note ?? null,
    metadata: record.metadata ?? {},
    prefix: newest?.prefix ?? null,
    suffix: newest?.suffix ?? null,
    former_secret_ends_at: former?.endsAt ?? null,
    created_at: record.createdAt,
    created_by: record.createdBy,
    revoked_at: record.revokedAt ?? null,
    version: record.version,
  };
}

/** A principal that has no record, as the API shows it. */
export function showPrincipal(principal: Principal, source: Key['source'], { standings, now }: ShowTools): Key {
  const { expiresAt } = principal;
  return {
    ...showShared(principal, standings),
    state: expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active',
    source,
    note: null,
    metadata: {},
    prefix: null,
    suffix: null,
    former_secret_ends_at: null,
    created_at: null,
    created_by: null,
    revoked_at: null,
    version: null,
  };
}

/** What is shown of records and of principals alike. */
function showShared(key: KeyRecord | Principal, standings: Standings) {
  const standing = standings.of({ kind: 'key', id: key.id });
  return {
    id: key.id,
    object: 'key',
    name: key.name,
    role: key.role,
    tenant: orNull(key.tenant),
    chains: key.chains ?? null,
    models: key.models ?? null,
    operations: key.operations ?? null,
    bodies: key.bodies ?? false,
    priority: key.priority ?? 'normal',
    expires_at: key.expiresAt ?? null,
    limits: showLimits(key.limits, standing),
    budgets: showBudgets(key.budgets, standing),
    last_used_at: standing.lastUsedAt ?? null,
  } as const satisfies Partial<Key>;
}

/** A tenant, as the API shows it. */
export function showTenant(tenant: Tenant | TenantRecord, { standings }: Pick<ShowTools, 'standings'>): TenantShown {
  const { name, limits, budgets, defaults } = tenant;
  const standing = standings.of({ kind: 'tenant', id: name });
  const keyBudget = defaults?.keyBudget;
  return {
    id: name,
    object: 'tenant',
    name,
    source: 'version' in tenant ? 'store' : 'file',
    limits: showLimits(limits, standing),
    budgets: showBudgets(budgets, standing),
    defaults: { key_budget: keyBudget === undefined ? null : writtenBudget(keyBudget) },
    created_at: 'createdAt' in tenant ? tenant.createdAt : null,
    version: 'version' in tenant ? tenant.version : null,
  };
}

/** Limits and budgets of a tenant for one of its keys. Amounts are for those who manage keys, and null for others. */
export function showAllowance(
  tenant: Tenant | undefined,
  owner: BudgetOwner,
  { standings, amounts }: Pick<ShowTools, 'standings'> & { readonly amounts: boolean },
): { readonly limits: LimitsShown; readonly budgets: readonly BudgetShown[] } {
  const standing = standings.of(owner);
  const budgets = showBudgets(tenant?.budgets, standing);
  const hidden = { amount_usd: null, spent_usd: null, reserved_usd: null, remaining_usd: null };
  return {
    limits: showLimits(tenant?.limits, standing),
    budgets: amounts ? budgets : budgets.map((budget) => ({ ...budget, ...hidden })),
  };
}

function showLimits(limits: Limits | undefined, standing: Standing): LimitsShown {
  const shown: Partial<Record<keyof LimitsInput, LimitShown>> = {};
  for (const [name, own] of LIMIT_NAMES) {
    const limit = limits?.[own];
    if (limit === undefined) continue;
    const left = standing.limit(own, limits ?? {});
    shown[name] = { limit, remaining: left?.remaining ?? null, resets_at: left?.resetsAt ?? null };
  }
  return shown;
}

function showBudgets(budgets: readonly Budget[] | undefined, standing: Standing): readonly BudgetShown[] {
  return (budgets ?? []).map((budget) => {
    const { spentNano, reservedNano, resetsAt } = standing.budget(budget);
    const left = Math.max(0, budget.amountNano - spentNano - reservedNano);
    return {
      amount_usd: dollarsOf(budget.amountNano),
      period: budget.period,
      time_zone: budget.timeZone,
      soft: budget.soft,
      models: budget.models ?? null,
      on_unknown_price: budget.onUnknownPrice,
      on_overrun: budget.onOverrun,
      spent_usd: dollarsOf(spentNano),
      reserved_usd: dollarsOf(reservedNano),
      remaining_usd: dollarsOf(left),
      resets_at: resetsAt ?? null,
    };
  });
}

/** A budget as the API takes it. */
function writtenBudget(budget: Budget): BudgetInput {
  return {
    amount_usd: dollarsOf(budget.amountNano),
    period: budget.period,
    time_zone: budget.timeZone,
    soft: budget.soft,
    ...(budget.models === undefined ? {} : { models: budget.models }),
    on_unknown_price: budget.onUnknownPrice,
    on_overrun: budget.onOverrun,
  };
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}
