import { z } from 'zod';
import { USAGE_GROUPS } from '../../domain/usage-summary.ts';
import type { Described } from './described.ts';
import { entryState, instant } from './operators.ts';

const attempts = z.object({
  attempts: z.int(),
  success_rate: z.number().nullable().meta({ description: 'From 0 to 1.' }),
});

const providerStatus = z.object({
  id: z.string(),
  object: z.literal('provider.status'),
  provider: z.string(),
  model: z.string().meta({ description: '`*`: all models that only clients name.' }),
  key: z.int().nullable(),
  state: entryState.nullable(),
  reason: z.string().nullable(),
  retry_at: instant,
  running: z.int().nullable(),
  last_minute: attempts,
  last_hour: attempts,
  first_token_ms: z.object({ p50: z.int(), p95: z.int() }).nullable().meta({ description: 'Of the last 100 streams.' }),
  last_failures: z.array(
    z.object({ at: z.int(), outcome: z.string(), status: z.int().nullable(), request_id: z.string().nullable() }),
  ),
  price: z
    .object({ input: z.number(), output: z.number(), source: z.enum(['provider', 'table', 'configured', 'none']) })
    .nullable()
    .meta({ description: 'US dollars per million tokens, for a short prompt.' }),
});

const sums = {
  requests: z.int(),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost_usd: z.number().meta({ description: 'Of all requests whose cost is known.' }),
  estimated_usd: z.number().meta({ description: 'The part of it that is estimated.' }),
  unknown: z.int().meta({ description: 'Requests whose cost is unknown.' }),
};

const times = z.object({ p50: z.int(), p95: z.int() }).nullish();

const usageRow = z.object({
  hour: z.iso.datetime().optional(),
  day: z.iso.date().optional(),
  key: z.string().optional(),
  tenant: z.string().nullish(),
  chain: z.string().optional(),
  provider: z.string().nullish(),
  model: z.string().nullish(),
  code: z.string().optional(),
  ...sums,
  streams: z.int().optional().meta({ description: 'This and what follows is known by hours only.' }),
  attempts: z.int().optional(),
  failovers: z.int().optional(),
  first_token_ms: times,
  duration_ms: times,
});

const someTimes = z.object({ p50: z.number(), p95: z.number() }).nullable();

const recentTimes = z.object({ first_token_ms: someTimes, duration_ms: someTimes, overhead_ms: someTimes });

const recentMinute = z.object({
  minute: z.iso.datetime(),
  requests: z.int(),
  failed: z.int().meta({ description: 'Requests whose code is neither ok nor client_closed.' }),
  failovers: z.int(),
  streams: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_usd: z.number().meta({ description: 'Of all requests whose cost is known.' }),
  unknown: z.int().meta({ description: 'Requests whose cost is unknown.' }),
  ...recentTimes.shape,
});

const SUMS = {
  requests: 1200,
  input_tokens: 480_000,
  cached_input_tokens: 120_000,
  output_tokens: 96_000,
  reasoning_tokens: 0,
  cost_usd: 1.25,
  estimated_usd: 0.01,
  unknown: 0,
};

/** The answers about usage and how the providers work, by name. */
export const USAGE_ANSWERS = Object.freeze({
  ProviderList: {
    schema: z.object({ object: z.literal('list'), data: z.array(providerStatus) }),
    example: {
      object: 'list',
      data: [
        {
          id: 'groq/llama-3.3-70b-versatile',
          object: 'provider.status',
          provider: 'groq',
          model: 'llama-3.3-70b-versatile',
          key: null,
          state: 'cooling_down',
          reason: 'throttled',
          retry_at: 1_790_000_060_000,
          running: 0,
          last_minute: { attempts: 10, success_rate: 0.9 },
          last_hour: { attempts: 400, success_rate: 0.995 },
          first_token_ms: { p50: 210, p95: 480 },
          last_failures: [
            {
              at: 1_790_000_000_000,
              outcome: 'throttled',
              status: 429,
              request_id: 'req_01a0c0f0e4000123456789abcdef0123',
            },
          ],
          price: { input: 0.59, output: 0.79, source: 'table' },
        },
      ],
    },
  },
  ProviderHealth: {
    schema: z.object({
      object: z.literal('list'),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      data: z.array(
        z.object({
          hour: z.iso.datetime(),
          provider: z.string(),
          model: z.string(),
          outcome: z.string(),
          attempts: z.int(),
        }),
      ),
      has_more: z.boolean(),
    }),
    example: {
      object: 'list',
      from: '2026-11-29T10:00:00Z',
      to: '2026-11-30T10:00:00Z',
      data: [
        {
          hour: '2026-11-30T09:00:00Z',
          provider: 'groq',
          model: 'llama-3.3-70b-versatile',
          outcome: 'answered',
          attempts: 398,
        },
        {
          hour: '2026-11-30T09:00:00Z',
          provider: 'groq',
          model: 'llama-3.3-70b-versatile',
          outcome: 'throttled',
          attempts: 2,
        },
      ],
      has_more: false,
    },
  },
  UsageSummary: {
    schema: z.object({
      object: z.literal('list'),
      from: z.union([z.iso.date(), z.iso.datetime()]),
      to: z.union([z.iso.date(), z.iso.datetime()]),
      time_zone: z.literal('UTC'),
      by: z.array(z.enum(USAGE_GROUPS)),
      data: z.array(usageRow),
      has_more: z.boolean(),
      total: z.object(sums),
    }),
    example: {
      object: 'list',
      from: '2026-11-01',
      to: '2026-12-01',
      time_zone: 'UTC',
      by: ['key'],
      data: [{ key: 'key_4mXk', ...SUMS }],
      has_more: false,
      total: SUMS,
    },
  },
  RecentUsage: {
    schema: z.object({
      object: z.literal('usage.recent'),
      since: z
        .int()
        .nullable()
        .meta({ description: 'Since when requests are counted, in milliseconds since the epoch.' }),
      data: z
        .array(recentMinute)
        .nullable()
        .meta({ description: 'The last minute is not over. Null for a tenant whose requests are not counted.' }),
      total: recentTimes.nullable().meta({ description: 'Of the requests of all minutes. Null where data is.' }),
      in_progress: z.int(),
      streams_open: z.int(),
    }),
    example: {
      object: 'usage.recent',
      since: 1_790_000_000_000,
      data: [
        {
          minute: '2026-09-21T14:13:00Z',
          requests: 42,
          failed: 1,
          failovers: 3,
          streams: 30,
          input_tokens: 16_800,
          output_tokens: 3360,
          cost_usd: 0.04,
          unknown: 0,
          first_token_ms: { p50: 240, p95: 610 },
          duration_ms: { p50: 1900, p95: 6200 },
          overhead_ms: { p50: 0.412, p95: 1.3 },
        },
      ],
      total: {
        first_token_ms: { p50: 240, p95: 610 },
        duration_ms: { p50: 1900, p95: 6200 },
        overhead_ms: { p50: 0.412, p95: 1.3 },
      },
      in_progress: 5,
      streams_open: 4,
    },
  },
} satisfies Record<string, Described>);
