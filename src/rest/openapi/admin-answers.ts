import { z } from 'zod';
import type { Described } from './described.ts';
import { configuration } from './operators.ts';

const configValue = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.never()), z.object({}), z.null()])
  .meta({ description: 'Null where there is none.' });

const auditEntry = z.object({
  no: z.int(),
  object: z.literal('audit.entry'),
  at: z.number().meta({ description: 'Milliseconds since the epoch.' }),
  actor: z.object({ id: z.string(), name: z.string() }),
  via: z.enum(['api', 'cli', 'gateway']),
  action: z.string(),
  target: z.string(),
  tenant: z.string().nullable(),
  before: z.looseObject({}).nullable(),
  after: z.looseObject({}).nullable(),
  request_id: z.string().nullable(),
  remote: z.string().nullable(),
});

/** The answers about configuration and audit, by name. */
export const ADMIN_ANSWERS = Object.freeze({
  ConfigView: {
    schema: configuration.extend({ object: z.literal('config'), config: z.looseObject({}) }),
    example: {
      object: 'config',
      source: 'spillway.yaml',
      loaded_at: 1_790_000_000_000,
      rejected: null,
      restart: [],
      config: {
        providers: { groq: { preset: 'groq', apiKey: '***' } },
        chains: { default: { entries: [{ provider: 'groq', model: 'llama-3.3-70b-versatile' }] } },
      },
    },
  },
  ConfigCheck: {
    schema: z.object({
      object: z.literal('config.check'),
      ok: z.boolean(),
      problems: z.array(z.object({ path: z.string(), message: z.string(), line: z.int().optional() })),
      changes: z
        .array(z.object({ path: z.string(), before: configValue, after: configValue }))
        .optional()
        .meta({ description: 'What a reload would change, where the text has no problems. Secrets are not compared.' }),
      changes_omitted: z.int().optional().meta({ description: 'Changes beyond 200.' }),
      restart: z.array(z.string()).optional().meta({ description: 'Sections that take effect after a restart.' }),
    }),
    example: {
      object: 'config.check',
      ok: false,
      problems: [
        {
          path: 'chains.default.entries[0]',
          message: "unknown provider 'grok'; did you mean 'groq'?",
          line: 5,
        },
      ],
    },
  },
  AuditList: {
    schema: z.object({
      object: z.literal('list'),
      data: z.array(auditEntry),
      has_more: z.boolean(),
      next: z.int().nullable().meta({ description: 'The value of `before` for the next page.' }),
    }),
    example: {
      object: 'list',
      data: [
        {
          no: 17,
          object: 'audit.entry',
          at: 1_790_000_000_000,
          actor: { id: 'key_9cTz', name: 'ops' },
          via: 'api',
          action: 'keys.create',
          target: 'key_4mXk',
          tenant: 'acme',
          before: null,
          after: { name: 'ci', role: 'caller' },
          request_id: 'req_01a0c0f0e4000123456789abcdef0123',
          remote: '10.0.0.7',
        },
      ],
      has_more: false,
      next: null,
    },
  },
} satisfies Record<string, Described>);
