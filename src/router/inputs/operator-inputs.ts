import { z } from 'zod';
import type { AuditInput } from '../../domain/audit-list.ts';
import type { ConfigCheckInput } from '../../domain/config-view.ts';
import type { ProviderHealthInput } from '../../domain/provider-health.ts';
import { USAGE_GROUPS, type UsageInput } from '../../domain/usage-summary.ts';
import { typed } from './fields.ts';

/** The longest configuration that is checked, in characters. */
const LONGEST_CONFIG = 262_144;
/** The longest name of a key, a tenant or an action. */
const LONGEST_NAME = 256;

const filter = z.string().min(1).max(LONGEST_NAME).optional();

const day = (description: string) =>
  z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date like 2026-11-30, or an instant like 2026-11-30T09:00:00Z',
    })
    .optional()
    .meta({ description });

const group = z.enum(USAGE_GROUPS, {
  error: `must be one of ${USAGE_GROUPS.join(', ')}`,
});

/** Input of the sums of usage. */
export const usageInput = typed<UsageInput | undefined>(
  z
    .strictObject({
      from: day(
        'The first day, or an instant in it; with `by` hour or code, the first hour. Default: 30 days, or 24 hours, before `to`.',
      ),
      to: day(
        'The day behind the last one, or an instant in the last day; with `by` hour or code the hour. Default: tomorrow, or the next hour.',
      ),
      by: z
        .array(group)
        .refine((groups) => new Set(groups).size === groups.length, 'must name each only once')
        .refine((groups) => !groups.includes('hour') || !groups.includes('day'), 'must not have both hour and day')
        .optional()
        .meta({
          description:
            'What usage is summed by; one row for all unless given. Hours and codes are kept for 90 days, without keys.',
        }),
      time_zone: z
        .literal('UTC', { error: 'must be UTC: usage is kept by UTC days' })
        .optional()
        .meta({ description: 'Of the days.' }),
      tenant: filter.meta({ description: 'Only the usage of this tenant.' }),
      key: filter.meta({ description: 'Only the usage of the key of this id.' }),
      limit: z.int().min(1).max(1000).optional().meta({ description: 'The most rows. Default: 1000.' }),
    })
    .optional(),
);

/** Input of the attempts by hour. */
export const providerHealthInput = typed<ProviderHealthInput | undefined>(
  z
    .strictObject({
      from: day('The first hour, or an instant in it. Default: 24 hours before `to`. At most 7 days before it.'),
      to: day('The hour behind the last one, or an instant in the last hour. Default: the next hour.'),
      provider: filter.meta({ description: 'Only attempts at this provider.' }),
      model: filter.meta({ description: 'Only attempts at this model.' }),
    })
    .optional(),
);

/** Input of the audit trail. */
export const auditInput = typed<AuditInput | undefined>(
  z
    .strictObject({
      actor: filter.meta({ description: 'Only changes by the principal of this id.' }),
      target: filter.meta({ description: 'Only changes of the key of this id, or the tenant of this name.' }),
      action: filter.meta({ description: 'Only this action, such as keys.create.' }),
      tenant: filter.meta({ description: 'Only changes within this tenant.' }),
      before: z.int().min(1).optional().meta({ description: 'Entries older than the one of this number.' }),
      limit: z.int().min(1).max(200).optional().meta({ description: 'The most entries. Default: 50.' }),
    })
    .optional(),
);

/** Input of a check of a configuration. */
export const configCheckInput = typed<ConfigCheckInput>(
  z
    .strictObject({
      text: z.string().max(LONGEST_CONFIG).meta({ description: 'The configuration.' }),
      format: z.enum(['yaml', 'json']).optional().meta({ description: 'Default: yaml.' }),
    })
    .meta({ id: 'ConfigCheckRequest' }),
);
