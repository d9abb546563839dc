import type { RequestTableRow } from '../tables.ts';

/** Columns of `request` that are numbers of names. */
export const REQUIRED_NAMES = ['key', 'door', 'operation', 'code', 'usage_source', 'cost_source'] as const;

/** Those that may be null. */
export const OPTIONAL_NAMES = ['tenant', 'chain', 'provider', 'model'] as const;

/** Columns that are texts. */
export const TEXT_COLUMNS = [
  'request_id',
  'client_request_id',
  'end_user',
  'tags',
  'requested_model',
  'remote',
  'trace_id',
  'trail',
] as const satisfies readonly (keyof RequestTableRow)[];

/** Columns that are numbers, apart from `id`. */
export const NUMBER_COLUMNS = [
  'accepted_at',
  'queued_ms',
  'committed_ms',
  'overhead_ms',
  'total_ms',
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

/** The columns but `id` whose values are written and read as they are. */
export const PLAIN_COLUMNS = [...TEXT_COLUMNS, ...NUMBER_COLUMNS] as const;
