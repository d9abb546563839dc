import type { RequestTableRow } from '../tables.ts';

/** Columns of `request` that are numbers of names. */
export const REQUIRED_NAMES = ['key', 'door', 'operation', 'code', 'usage_source', 'cost_source'] as const;

/** Those that may be null. */
export const OPTIONAL_NAMES = ['tenant', 'chain', 'provider', 'model'] as const;

/** The other columns but `id`, whose values are written and read as they are. */
export const PLAIN_COLUMNS = [
  'request_id',
  'client_request_id',
  'accepted_at',
  'queued_ms',
  'committed_ms',
  'overhead_ms',
  'total_ms',
  'end_user',
  'tags',
  'requested_model',
  'remote',
  'trace_id',
  'trail',
  'omitted_steps',
  'stream',
  'approximate',
  'status',
  'attempts',
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'audio_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'cost_nano',
  'input_bytes',
  'output_bytes',
] as const satisfies readonly (keyof RequestTableRow)[];
