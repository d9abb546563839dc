import { z } from 'zod';
import { KEY_STATES } from '../../domain/account.ts';
import { BUDGET_PERIODS } from '../../domain/budget.ts';
import { PRIORITIES } from '../../domain/overload.ts';
import type { Described } from './described.ts';
import { instant } from './operators.ts';

const dollars = z.number().nullable().meta({ description: 'US dollars; null where it is unknown or hidden.' });
const texts = z.array(z.string()).nullable().meta({ description: 'Null stands for no restriction.' });

const limit = z.object({ limit: z.int(), remaining: z.int().nullable(), resets_at: instant }).optional();
const limits = z.object({
  requests_per_minute: limit,
  tokens_per_minute: limit,
  requests_per_day: limit,
  tokens_per_day: limit,
  concurrency: limit,
});

const policies = {
  on_unknown_price: z.enum(['skip', 'allow']),
  on_overrun: z.enum(['finish', 'cut']),
};
const budget = z.object({
  amount_usd: dollars,
  period: z.enum(BUDGET_PERIODS),
  time_zone: z.string(),
  soft: z.number(),
  models: texts,
  ...policies,
  spent_usd: dollars,
  reserved_usd: dollars,
  remaining_usd: dollars,
  resets_at: instant,
});

const members = {
  id: z.string(),
  object: z.literal('key'),
  name: z.string(),
  role: z.string(),
  tenant: z.string().nullable(),
  state: z.enum(KEY_STATES),
  source: z
    .enum(['file', 'store', 'gateway'])
    .meta({ description: 'Keys of the file cannot be changed by the API. gateway: a local client without a key.' }),
  chains: texts,
  models: texts,
  operations: texts,
  bodies: z.boolean().meta({ description: 'Whether it may read the bodies of requests.' }),
  priority: z
    .enum(PRIORITIES)
    .meta({ description: 'low: its new requests are refused first while the gateway is overloaded.' }),
  expires_at: instant,
  limits,
  budgets: z.array(budget),
  note: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  prefix: z.string().nullable().meta({ description: 'The first characters of the newest secret.' }),
  suffix: z.string().nullable().meta({ description: 'The last characters of the newest secret.' }),
  former_secret_ends_at: instant,
  created_at: instant,
  created_by: z.string().nullable(),
  revoked_at: instant,
  last_used_at: instant,
  version: z.int().nullable(),
};
const key = z.object(members);

const writtenBudget = z.object({
  amount_usd: z.number(),
  period: z.enum(BUDGET_PERIODS),
  time_zone: z.string().optional(),
  soft: z.number().optional(),
  models: z.array(z.string()).optional(),
  on_unknown_price: policies.on_unknown_price.optional(),
  on_overrun: policies.on_overrun.optional(),
});
const tenant = z.object({
  id: z.string(),
  object: z.literal('tenant'),
  name: z.string(),
  source: z.enum(['file', 'store']),
  limits,
  budgets: z.array(budget),
  defaults: z.object({ key_budget: writtenBudget.nullable() }),
  created_at: instant,
  version: z.int().nullable(),
});

const BUDGET = Object.freeze({
  amount_usd: 50,
  period: 'month',
  time_zone: 'UTC',
  soft: 0.8,
  models: null,
  on_unknown_price: 'skip',
  on_overrun: 'finish',
  spent_usd: 12.5,
  reserved_usd: 0.25,
  remaining_usd: 37.25,
  resets_at: 1_791_590_400_000,
});
const LIMITS = Object.freeze({ requests_per_minute: { limit: 60, remaining: 42, resets_at: 1_790_000_060_000 } });
const KEY = Object.freeze({
  id: 'key_abcdefghijklmnopqrstuvwx',
  object: 'key',
  name: 'ci',
  role: 'caller',
  tenant: 'acme',
  state: 'active',
  source: 'store',
  chains: ['default'],
  models: ['groq/*'],
  operations: null,
  bodies: false,
  priority: 'normal',
  expires_at: null,
  limits: LIMITS,
  budgets: [BUDGET],
  note: null,
  metadata: {},
  prefix: 'sp_AbCd',
  suffix: 'wXyZ',
  former_secret_ends_at: null,
  created_at: 1_790_000_000_000,
  created_by: 'cli:root',
  revoked_at: null,
  last_used_at: 1_790_000_000_000,
  version: 1,
});
const TENANT = Object.freeze({
  id: 'acme',
  object: 'tenant',
  name: 'acme',
  source: 'store',
  limits: {},
  budgets: [BUDGET],
  defaults: { key_budget: { amount_usd: 100, period: 'month' } },
  created_at: 1_790_000_000_000,
  version: 1,
});

/** The answers of the procedures of keys and tenants, by name. */
export const ACCOUNT_ANSWERS = Object.freeze({
  Key: { schema: key, example: KEY },
  KeyWithSecret: {
    schema: z.object({ ...members, secret: z.string().meta({ description: 'Shown in this answer only.' }) }),
    example: { ...KEY, secret: 'sp_...' },
  },
  KeyList: {
    schema: z.object({
      object: z.literal('list'),
      data: z.array(key),
      has_more: z.boolean(),
      last_id: z.string().nullable(),
    }),
    example: { object: 'list', data: [KEY], has_more: false, last_id: KEY.id },
  },
  OwnKey: {
    schema: z.object({ ...members, tenant_limits: limits, tenant_budgets: z.array(budget) }),
    example: { ...KEY, tenant_limits: {}, tenant_budgets: [] },
  },
  Tenant: { schema: tenant, example: TENANT },
  TenantList: {
    schema: z.object({ object: z.literal('list'), data: z.array(tenant) }),
    example: { object: 'list', data: [TENANT] },
  },
  TenantRemoved: {
    schema: z.object({ id: z.string(), object: z.literal('tenant.removed'), removed: z.literal(true) }),
    example: { id: 'acme', object: 'tenant.removed', removed: true },
  },
} as const satisfies Readonly<Record<string, Described>>);

/** Examples of the bodies of these procedures, by the names of their schemas. */
export const ACCOUNT_REQUESTS = Object.freeze({
  KeyCreateRequest: { name: 'ci', chains: ['default'], budgets: [{ amount_usd: 50, period: 'month' }] },
  KeyUpdateRequest: { note: 'for the nightly build', if_version: 1 },
  KeyRotateRequest: { overlap: '24h' },
  KeyRevokeRequest: { streams: 'cut' },
  TenantCreateRequest: { name: 'acme', budgets: [{ amount_usd: 2000, period: 'month', time_zone: 'Europe/Berlin' }] },
  TenantUpdateRequest: { limits: { concurrency: 64 } },
});
