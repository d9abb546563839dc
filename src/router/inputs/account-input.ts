import { z } from 'zod';
import { budgetInput, budgetList, limitsInput, patterns } from '../../config/allowances.ts';
import { keyName, tenantName } from '../../config/names.ts';
import { parseDuration } from '../../config/units.ts';
import {
  KEY_STATES,
  type KeyInput,
  type KeyListInput,
  type KeyRevokeInput,
  type KeyRotateInput,
  type KeyRotation,
  type KeyUpdate,
  type KeyUpdateInput,
  type NewKey,
  type NewTenant,
  type TenantInput,
  type TenantUpdateInput,
} from '../../domain/account.ts';
import { OPERATION_NAMES } from '../../domain/operation-names.ts';
import { PRIORITIES } from '../../domain/overload.ts';
import { typed } from './fields.ts';

/** The longest life of a key that is given as a duration, in milliseconds: 100 years. */
const LONGEST_LIFE_MS = 100 * 365 * 24 * 3600_000;
/** The longest overlap of a rotation, in milliseconds: 90 days. */
const LONGEST_OVERLAP_MS = 90 * 24 * 3600_000;
/** The last instant of a JavaScript date, in milliseconds since the epoch. */
const LAST_INSTANT = 8_640_000_000_000_000;
const MAX_LIST = 100;
const MAX_PAIRS = 16;
const MAX_NOTE_LENGTH = 1024;
const MAX_METADATA_KEY = 64;
const MAX_METADATA_VALUE = 512;

/** A duration in words, from `min` to `max` milliseconds; also in days. */
function lasting(min: number, max: number, description: string) {
  return z
    .union([z.string(), z.number()])
    .meta({ description })
    .transform((value, context) => {
      const ms = typeof value === 'number' ? value : parseDuration(value);
      if (ms !== undefined && ms >= min && ms <= max) return Math.ceil(ms);
      const message =
        ms === undefined ? 'must be a duration, for example 24h or 90d' : `must be from ${min} to ${max} ms`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

const id = z.string().min(1).max(128).meta({ description: 'The id of the key.' });
const ifVersion = z
  .int()
  .min(1)
  .optional()
  .meta({ description: 'The change is refused with `conflict` where the version is another one.' });
const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({ description: 'The same request within 24 hours takes effect once, and gets the same answer.' });
const names = z.array(z.string().min(1).max(256)).min(1, 'must not be empty').max(MAX_LIST);

const metadata = z
  .record(z.string().min(1).max(MAX_METADATA_KEY), z.string().max(MAX_METADATA_VALUE))
  .refine((pairs) => Object.keys(pairs).length <= MAX_PAIRS, `must have at most ${MAX_PAIRS} pairs`);

const scope = {
  role: z
    .enum(['caller', 'viewer', 'admin'])
    .optional()
    .meta({ description: 'caller, unless given: calls models. viewer: reads what operators see. admin: everything.' }),
  chains: names.nullish().meta({ description: 'Chains, aliases and provider/model; all unless given.' }),
  models: patterns.nullish().meta({ description: 'Patterns over provider/model: other entries are skipped.' }),
  operations: z.array(z.enum(OPERATION_NAMES)).min(1).nullish().meta({ description: 'Operations; all unless given.' }),
  bodies: z.boolean().nullish().meta({ description: 'Whether an admin may read the bodies of requests.' }),
  priority: z
    .enum(PRIORITIES)
    .nullish()
    .meta({ description: 'low: refused first while the gateway is overloaded; normal unless given.' }),
  expires_at: z.int().min(0).max(LAST_INSTANT).nullish().meta({ description: 'Milliseconds since the epoch.' }),
  expires_in: lasting(1, LONGEST_LIFE_MS, 'In place of expires_at: 90d.').optional(),
  limits: limitsInput.nullish(),
  budgets: budgetList(budgetInput).nullish(),
  note: z.string().max(MAX_NOTE_LENGTH).nullish().meta({ description: 'For people.' }),
  metadata: metadata.nullish().meta({ description: `At most ${MAX_PAIRS} pairs of texts.` }),
};

function oneExpiry({
  expires_at,
  expires_in,
}: {
  expires_at?: number | null | undefined;
  expires_in?: number | undefined;
}): boolean {
  return expires_at === undefined || expires_at === null || expires_in === undefined;
}
const ONE_EXPIRY = { path: ['expires_in'], message: 'cannot be combined with expires_at; send one of them' };

/** Input of a new key. */
export const keyInput = typed<NewKey, KeyInput>(
  z
    .strictObject({
      name: keyName,
      tenant: tenantName.nullish().meta({ description: 'Its tenant; that of the creator unless given.' }),
      ...scope,
      idempotency_key: idempotencyKey,
    })
    .refine(oneExpiry, ONE_EXPIRY)
    .meta({ id: 'KeyCreateRequest' }),
);

/** Input of a changed key. */
export const keyUpdateInput = typed<KeyUpdate, KeyUpdateInput>(
  z
    .strictObject({ id, name: keyName.optional(), ...scope, if_version: ifVersion })
    .refine(oneExpiry, ONE_EXPIRY)
    .meta({ id: 'KeyUpdateRequest', required: [] }),
);

/** Input of the list of keys. */
export const keyListInput = typed<KeyListInput | undefined>(
  z
    .strictObject({
      tenant: z.string().max(128).optional(),
      state: z.enum(KEY_STATES).optional(),
      search: z.string().max(128).optional().meta({ description: 'A part of the name or of the id, in any case.' }),
      limit: z.int().min(1).max(1000).optional().meta({ description: 'The largest number of keys; 50 unless given.' }),
      after: z.string().min(1).max(128).optional().meta({ description: 'The id behind which the list begins.' }),
    })
    .optional(),
);

/** Input that names a key. */
export const keyId = z.strictObject({ id });

/** Input of a rotation. */
export const keyRotateInput = typed<KeyRotation, KeyRotateInput>(
  z
    .strictObject({
      id,
      overlap: lasting(
        0,
        LONGEST_OVERLAP_MS,
        'How long the former secret is accepted, for example 24h; not at all unless given.',
      ).optional(),
      idempotency_key: idempotencyKey,
      if_version: ifVersion,
    })
    .meta({ id: 'KeyRotateRequest', required: [] }),
);

/** Input of a revocation. */
export const keyRevokeInput = typed<KeyRevokeInput>(
  z
    .strictObject({
      id,
      streams: z
        .enum(['cut', 'finish'])
        .optional()
        .meta({ description: 'What happens to running answers; `auth.revokedStreams` unless given.' }),
    })
    .meta({ id: 'KeyRevokeRequest', required: [] }),
);

const tenantMembers = {
  name: tenantName,
  limits: limitsInput.nullish(),
  budgets: budgetList(budgetInput).nullish(),
  defaults: z
    .strictObject({ key_budget: budgetInput.nullish() })
    .transform(({ key_budget }) => ({ keyBudget: key_budget ?? undefined }))
    .nullish()
    .meta({ description: 'What a new key of the tenant gets unless it is given.' }),
};

/** Input of a new tenant. */
export const tenantInput = typed<NewTenant, TenantInput>(
  z.strictObject(tenantMembers).meta({ id: 'TenantCreateRequest' }),
);

/** Input of a changed tenant. */
export const tenantUpdateInput = typed<NewTenant, TenantUpdateInput>(
  z.strictObject({ ...tenantMembers, if_version: ifVersion }).meta({ id: 'TenantUpdateRequest', required: [] }),
);

/** Input that names a tenant. */
export const tenantNameInput = z.strictObject({
  name: z.string().min(1).max(128).meta({ description: 'The name of the tenant.' }),
});
