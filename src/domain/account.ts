import type { Budget } from './budget.ts';
import type { KeyRole, TenantDefaults } from './key-record.ts';
import type { Limits } from './limits.ts';
import type { Priority } from './overload.ts';

/** A budget as the API spells it. */
export interface BudgetInput {
  /** US dollars, above 0, with at most 9 decimals. */
  readonly amount_usd: number;
  readonly period: Budget['period'];
  /** Name of the IANA database; UTC unless given. */
  readonly time_zone?: string | undefined;
  /** Fraction of the amount whose crossing is reported; 0.8 unless given. */
  readonly soft?: number | undefined;
  /** Patterns over `provider/model`: only what such entries cost counts. */
  readonly models?: readonly string[] | undefined;
  readonly on_unknown_price?: Budget['onUnknownPrice'] | undefined;
  readonly on_overrun?: Budget['onOverrun'] | undefined;
}

/** Limits as the API spells them. */
export interface LimitsInput {
  readonly requests_per_minute?: number | undefined;
  readonly tokens_per_minute?: number | undefined;
  readonly requests_per_day?: number | undefined;
  readonly tokens_per_day?: number | undefined;
  readonly concurrency?: number | undefined;
}

/** What a key may do and spend. An absent member is as its creator has it; null is the same for a new key, and removes the member of a present one. */
export interface KeyScopeInput {
  readonly role?: KeyRole | undefined;
  readonly chains?: readonly string[] | null | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly operations?: readonly string[] | null | undefined;
  /** Whether an admin may read the bodies of requests; a new key may not unless given. */
  readonly bodies?: boolean | null | undefined;
  /** `low`: its new requests are refused first while the gateway is overloaded. */
  readonly priority?: Priority | null | undefined;
  /** Milliseconds since the epoch. */
  readonly expires_at?: number | null | undefined;
  /** A duration from now on, for example `90d`; in place of `expires_at`. */
  readonly expires_in?: string | undefined;
  readonly limits?: LimitsInput | null | undefined;
  readonly budgets?: readonly BudgetInput[] | null | undefined;
  readonly note?: string | null | undefined;
  /** At most 16 pairs. */
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
}

/** Input of `keys.create`. */
export interface KeyInput extends KeyScopeInput {
  readonly name: string;
  /** That of the creator unless given. */
  readonly tenant?: string | null | undefined;
  /** The same request within 24 hours makes no second key. */
  readonly idempotency_key?: string | undefined;
}

/** Input of `keys.update`: members that are absent stay. */
export interface KeyUpdateInput extends KeyScopeInput {
  readonly id: string;
  readonly name?: string | undefined;
  /** The change is refused where the key has another version. */
  readonly if_version?: number | undefined;
}

/** Input of `keys.list`. */
export interface KeyListInput {
  readonly tenant?: string | undefined;
  readonly state?: KeyState | undefined;
  /** A part of the name or the id, in any case. */
  readonly search?: string | undefined;
  /** 50 unless given. */
  readonly limit?: number | undefined;
  /** The id of the last key of the page before. */
  readonly after?: string | undefined;
}

/** Input of `keys.rotate`. */
export interface KeyRotateInput {
  readonly id: string;
  /** How long the former secret is accepted, for example `24h`; 0, not at all, unless given. */
  readonly overlap?: string | number | undefined;
  readonly idempotency_key?: string | undefined;
  readonly if_version?: number | undefined;
}

/** Input of `keys.revoke`. */
export interface KeyRevokeInput {
  readonly id: string;
  /** What happens to running answers; `auth.revokedStreams` unless given. */
  readonly streams?: 'cut' | 'finish' | undefined;
}

/** States of keys. `rotating`: a former secret is accepted beside the newest. */
export const KEY_STATES = Object.freeze(['active', 'rotating', 'expired', 'revoked'] as const);
/** One of these. */
export type KeyState = (typeof KEY_STATES)[number];

/** A limit, and what is left of it; null where that is unknown. */
export interface LimitShown {
  readonly limit: number;
  readonly remaining: number | null;
  /** Milliseconds since the epoch. */
  readonly resets_at: number | null;
}

/** Limits by their names in the API. */
export type LimitsShown = Readonly<Partial<Record<keyof LimitsInput, LimitShown>>>;

/** A budget, and how it stands; null where that is unknown, or hidden from the reader. */
export interface BudgetShown {
  readonly amount_usd: number | null;
  readonly period: Budget['period'];
  readonly time_zone: string;
  readonly soft: number;
  readonly models: readonly string[] | null;
  readonly on_unknown_price: Budget['onUnknownPrice'];
  readonly on_overrun: Budget['onOverrun'];
  readonly spent_usd: number | null;
  readonly reserved_usd: number | null;
  readonly remaining_usd: number | null;
  /** Milliseconds since the epoch; null for all time. */
  readonly resets_at: number | null;
}

/** A key, without its secret. Times in milliseconds since the epoch; null stands for no restriction, or for unknown. */
export interface Key {
  readonly id: string;
  readonly object: 'key';
  readonly name: string;
  readonly role: string;
  readonly tenant: string | null;
  readonly state: KeyState;
  /** `file` keys cannot be changed by the API. */
  readonly source: 'file' | 'store' | 'gateway';
  readonly chains: readonly string[] | null;
  readonly models: readonly string[] | null;
  readonly operations: readonly string[] | null;
  readonly bodies: boolean;
  readonly priority: Priority;
  readonly expires_at: number | null;
  readonly limits: LimitsShown;
  readonly budgets: readonly BudgetShown[];
  readonly note: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** The first and the last characters of the newest secret. */
  readonly prefix: string | null;
  readonly suffix: string | null;
  /** When the former secret of a rotation ends. */
  readonly former_secret_ends_at: number | null;
  readonly created_at: number | null;
  readonly created_by: string | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
  readonly version: number | null;
}

/** A key with its secret, which is shown this once. */
export interface KeyWithSecret extends Key {
  readonly secret: string;
}

/** A page of keys. */
export interface KeyList {
  readonly object: 'list';
  readonly data: readonly Key[];
  readonly has_more: boolean;
  readonly last_id: string | null;
}

/** The key of the request, with its tenant's limits and budgets. */
export interface OwnKey extends Key {
  /** Of its tenant; amounts are shown to viewers and admins only. */
  readonly tenant_limits: LimitsShown;
  readonly tenant_budgets: readonly BudgetShown[];
}

/** Input of `tenants.create`. */
export interface TenantInput {
  readonly name: string;
  readonly limits?: LimitsInput | null | undefined;
  readonly budgets?: readonly BudgetInput[] | null | undefined;
  readonly defaults?: { readonly key_budget?: BudgetInput | null | undefined } | null | undefined;
}

/** Input of `tenants.update`: members that are absent stay, null removes one. */
export interface TenantUpdateInput extends TenantInput {
  readonly if_version?: number | undefined;
}

/** A tenant. */
export interface TenantShown {
  readonly id: string;
  readonly object: 'tenant';
  readonly name: string;
  readonly source: 'file' | 'store';
  readonly limits: LimitsShown;
  readonly budgets: readonly BudgetShown[];
  readonly defaults: { readonly key_budget: BudgetInput | null };
  readonly created_at: number | null;
  readonly version: number | null;
}

/** All tenants that the reader may see. */
export interface TenantList {
  readonly object: 'list';
  readonly data: readonly TenantShown[];
}

/** A tenant that was removed. */
export interface TenantRemoved {
  readonly id: string;
  readonly object: 'tenant.removed';
  readonly removed: true;
}

/** What the input of a key or a tenant says of limits and money, once it is checked. Null removes a member. */
export interface CheckedAllowance {
  readonly limits?: Limits | null | undefined;
  readonly budgets?: readonly Budget[] | null | undefined;
}

/** Checked members that a key and a creator may have. */
export interface CheckedScope extends Omit<KeyScopeInput, 'limits' | 'budgets' | 'expires_in'>, CheckedAllowance {
  /** Milliseconds from now on. */
  readonly expires_in?: number | undefined;
}

/** Checked input of `keys.create`. */
export interface NewKey extends CheckedScope, Pick<KeyInput, 'name' | 'tenant' | 'idempotency_key'> {}

/** Checked input of `keys.update`. */
export interface KeyUpdate extends CheckedScope, Pick<KeyUpdateInput, 'id' | 'name' | 'if_version'> {}

/** Checked input of `keys.rotate`; the overlap in milliseconds. */
export interface KeyRotation extends Omit<KeyRotateInput, 'overlap'> {
  readonly overlap?: number | undefined;
}

/** Checked input of `tenants.create` and `tenants.update`. */
export interface NewTenant extends CheckedAllowance, Pick<TenantUpdateInput, 'name' | 'if_version'> {
  readonly defaults?: TenantDefaults | null | undefined;
}
