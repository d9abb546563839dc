import { z } from 'zod';
import { ORDER_POLICIES } from '../../domain/chain.ts';
import { WINDOW_NAMES } from '../../domain/limits.ts';
import type { Described } from './described.ts';

/** The state of the configuration. */
export const configuration = z.object({
  source: z.string(),
  loaded_at: z.int().meta({ description: 'Milliseconds since the epoch.' }),
  rejected: z
    .object({ at: z.int(), problems: z.array(z.string()) })
    .nullable()
    .meta({ description: 'A newer configuration that was rejected, with its problems.' }),
  restart: z.array(z.string()).meta({ description: 'Changed sections that take effect after a restart.' }),
});

/** Whether a model can be used. */
export const entryState = z.enum(['ready', 'cooling_down', 'failing', 'limited', 'refusing']);
/** An instant that may be unknown. */
export const instant = z.int().nullable().meta({ description: 'Milliseconds since the epoch.' });

const chainStatus = z.object({
  id: z.string(),
  object: z.literal('chain.status'),
  entries: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      state: entryState,
      reason: z.string().nullable(),
      retry_at: instant,
    }),
  ),
});

const limit = z.object({
  id: z.string(),
  object: z.literal('limit'),
  provider: z.string(),
  model: z.string(),
  key: z.int().nullable().meta({ description: 'Position in the provider’s pool of keys, counted from 1.' }),
  state: entryState,
  reason: z.string().nullable().meta({ description: 'The outcome of an attempt, or the exhausted window.' }),
  retry_at: instant,
  windows: z.array(
    z.object({
      window: z.enum(WINDOW_NAMES),
      limit: z.number(),
      source: z.enum(['configured', 'learned', 'observed']),
      used: z.int().meta({ description: 'Running requests included.' }),
      reserved: z.int().meta({ description: 'The part of `used` that running requests have reserved.' }),
      resets_at: instant,
    }),
  ),
  running: z.int(),
  concurrency: z.int().nullable(),
  concurrency_source: z
    .enum(['configured', 'adapted'])
    .nullable()
    .meta({ description: 'adapted: found out by how the provider has answered.' }),
  first_token_ms: z.int().nullable(),
  retries_refused: z.int(),
});

const plannedEntry = z.object({
  provider: z.string(),
  model: z.string(),
  key: z.int().nullable(),
  action: z.enum(['try', 'wait', 'last_resort', 'skip']),
  code: z.string().nullable().meta({ description: 'What stands against it, as in the trail of a request.' }),
  reason: z.string(),
  tokens: z.int().meta({ description: 'The tokens that would be reserved.' }),
  retry_at: instant,
});

/** The answers for operators, by name: the state of chains, limits and the configuration. */
export const OPERATORS = Object.freeze({
  ChainStatusList: {
    schema: z.object({ object: z.literal('list'), configuration, data: z.array(chainStatus) }),
    example: {
      object: 'list',
      configuration: { source: 'spillway.yaml', loaded_at: 1_790_000_000_000, rejected: null, restart: [] },
      data: [
        {
          id: 'default',
          object: 'chain.status',
          entries: [
            {
              provider: 'groq',
              model: 'llama-3.3-70b-versatile',
              state: 'cooling_down',
              reason: 'throttled',
              retry_at: 1_790_000_060_000,
            },
          ],
        },
      ],
    },
  },
  LimitList: {
    schema: z.object({ object: z.literal('list'), data: z.array(limit) }),
    example: {
      object: 'list',
      data: [
        {
          id: 'groq/llama-3.3-70b-versatile',
          object: 'limit',
          provider: 'groq',
          model: 'llama-3.3-70b-versatile',
          key: null,
          state: 'limited',
          reason: 'requestsPerDay',
          retry_at: 1_790_000_086_400,
          windows: [
            {
              window: 'requestsPerDay',
              limit: 1000,
              source: 'observed',
              used: 1000,
              reserved: 0,
              resets_at: 1_790_086_400_000,
            },
          ],
          running: 0,
          concurrency: null,
          concurrency_source: null,
          first_token_ms: 210,
          retries_refused: 0,
        },
      ],
    },
  },
  ChainPlan: {
    schema: z.object({
      object: z.literal('chain.plan'),
      chain: z.string(),
      policy: z.enum(ORDER_POLICIES),
      data: z.array(plannedEntry),
    }),
    example: {
      object: 'chain.plan',
      chain: 'default',
      policy: 'ordered',
      data: [
        {
          provider: 'groq',
          model: 'llama-3.3-70b-versatile',
          key: null,
          action: 'try',
          code: null,
          reason: 'In the order of the chain.',
          tokens: 12,
          retry_at: null,
        },
      ],
    },
  },
  Health: {
    schema: z.object({
      status: z.literal('ok'),
      configuration: configuration.optional().meta({ description: 'For admins only.' }),
    }),
    example: { status: 'ok' },
  },
} satisfies Record<string, Described>);
