import { z } from 'zod';
import { OPERATION_NAMES } from '../domain/operation-names.ts';
import { PRIORITIES } from '../domain/overload.ts';
import { budget, budgetList, limits, patterns } from './allowances.ts';
import { instant } from './instant.ts';
import { isMalformedDigest } from './key-digest.ts';
import { keyName, tenantName } from './names.ts';
import { Secret } from './secret.ts';
import { proxyAccess } from './proxy-schema.ts';
import { name, token } from './texts.ts';
import { durationWithin } from './units.ts';

const gatewayKey = token
  .refine((value) => !isMalformedDigest(value), 'must be a plain key, or sha256: and 64 hexadecimal digits')
  .transform((value) => new Secret(value));

const gatewayKeys = z
  .array(
    z
      .strictObject({
        name: keyName,
        key: gatewayKey,
        role: z
          .enum(['caller', 'viewer', 'admin'])
          .meta({
            description: 'caller (default): calls models. viewer: also reads what operators see. admin: everything.',
          })
          .optional(),
        tenant: tenantName
          .meta({
            description: 'Its limits and budgets hold for the key, too; a viewer or admin sees only what is of it.',
          })
          .optional(),
        chains: z.array(name).optional(),
        models: patterns.optional(),
        operations: z
          .array(z.enum(OPERATION_NAMES))
          .min(1, 'must not be empty')
          .meta({ description: 'What it may request. Default: everything.' })
          .optional(),
        bodies: z
          .boolean()
          .meta({ description: 'Whether an admin may read the bodies of requests. Default: false.' })
          .optional(),
        priority: z
          .enum(PRIORITIES)
          .meta({
            description: 'low: its new requests are refused first while the gateway is overloaded. Default: normal.',
          })
          .optional(),
        expires: instant.optional(),
        limits: limits.optional(),
        budgets: budgetList(budget).optional(),
      })
      .refine(({ role, bodies }) => bodies !== true || role === 'admin', {
        path: ['bodies'],
        message: 'needs role: admin',
      }),
  )
  .meta({ description: 'Keys that the file holds, beside those of the store.' });

/** Schema of the `auth` section: the keys of clients. `none` states that there are none, and parses to undefined. */
export const auth = z.union(
  [
    z.literal('none').transform(() => undefined),
    z.strictObject({
      keys: gatewayKeys.default([]),
      sync: durationWithin(100, 60_000)
        .meta({ description: 'How often changes of keys by other processes are read, 100ms to 1m. Default: 1s.' })
        .optional(),
      maxStale: durationWithin(1000, 30 * 24 * 3600_000)
        .meta({
          description:
            'How long keys of the store are served while it cannot be read. Then only those of the file are. Default: 24h.',
        })
        .optional(),
      proxy: proxyAccess.optional(),
      revokedStreams: z
        .enum(['cut', 'finish'])
        .meta({
          description:
            'Running answers whose key is removed: cut ends them with the error key_revoked, finish lets them end. Default: cut.',
        })
        .optional(),
    }),
  ],
  { error: 'write { keys: [...] }, or none for a gateway without keys' },
);

/** Schema of the `tenants` section: the level above keys, by name. */
export const tenants = z.record(
  tenantName,
  z
    .strictObject({
      limits: limits.optional(),
      budgets: budgetList(budget).optional(),
      defaults: z
        .strictObject({
          keyBudget: budget
            .meta({ description: 'The budget of a new key of the tenant that is made without budgets.' })
            .optional(),
        })
        .optional(),
    })
    .nullable(),
);
