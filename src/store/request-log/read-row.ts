import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { NameKind, RequestTableRow } from '../tables.ts';
import { parseTrail } from './trail-json.ts';
import type { RequestRow } from './request-row.ts';

/** Columns that are names, and those of them that may be null. */
const REQUIRED_NAMES = ['key', 'door', 'operation', 'code', 'usage_source', 'cost_source'] as const;
const OPTIONAL_NAMES = ['tenant', 'chain', 'provider', 'model'] as const;

type NameColumn = (typeof REQUIRED_NAMES)[number] | (typeof OPTIONAL_NAMES)[number];

/** The columns as they are. */
const PLAIN = [
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

/** A row as it is read: with its names, and its id as a text. */
export type ReadRow = Pick<Selectable<RequestTableRow>, (typeof PLAIN)[number]> &
  Readonly<Record<'key' | 'operation' | 'code', string>> &
  Readonly<Record<(typeof OPTIONAL_NAMES)[number], string | null>> & {
    readonly id: string;
    readonly door: RequestRow['door'];
    readonly usage_source: RequestRow['usageSource'];
    readonly cost_source: RequestRow['costSource'];
  };

/** What is selected of `request` for a ReadRow. Names are looked up for the rows of the result only. */
export const READ_COLUMNS: RawBuilder<ReadRow> = sql<ReadRow>`${sql.join([
  sql`cast(id as text) as id`,
  ...[...REQUIRED_NAMES, ...OPTIONAL_NAMES].map(nameColumn),
  ...PLAIN.map((column) => sql.ref(column)),
])}`;

function nameColumn(column: NameColumn): RawBuilder<unknown> {
  const kind: NameKind = column;
  return sql`(select value from name where no = request.${sql.ref(column)}) as ${sql.ref(kind)}`;
}

/** A row as the rest of the program has it. */
export function fromReadRow(row: ReadRow): RequestRow {
  return {
    id: BigInt(row.id),
    requestId: row.request_id,
    clientRequestId: row.client_request_id ?? undefined,
    acceptedAt: row.accepted_at,
    keyId: row.key,
    tenant: row.tenant ?? '',
    user: row.end_user ?? undefined,
    tags: row.tags === null ? [] : row.tags.slice(1, -1).split('\n'),
    door: row.door,
    operation: row.operation,
    stream: row.stream === 1,
    requestedModel: row.requested_model ?? undefined,
    chain: row.chain ?? undefined,
    provider: row.provider ?? undefined,
    model: row.model ?? undefined,
    status: row.status,
    code: row.code,
    attempts: row.attempts,
    queuedMs: row.queued_ms,
    committedMs: row.committed_ms ?? undefined,
    overheadMs: row.overhead_ms ?? undefined,
    totalMs: row.total_ms,
    tokens: tokensOf(row),
    usageSource: row.usage_source,
    costNano: row.cost_nano ?? undefined,
    costSource: row.cost_source,
    approximate: row.approximate === 1,
    inputBytes: row.input_bytes ?? undefined,
    outputBytes: row.output_bytes ?? undefined,
    remote: row.remote ?? undefined,
    traceId: row.trace_id ?? undefined,
    trail: parseTrail(row.trail),
    omittedSteps: row.omitted_steps,
  };
}

function tokensOf(row: ReadRow): RequestRow['tokens'] {
  if (row.usage_source === 'none') return undefined;
  return {
    input: row.input_tokens ?? undefined,
    cachedInput: row.cached_input_tokens ?? undefined,
    cacheWrite: row.cache_write_tokens ?? undefined,
    audioInput: row.audio_input_tokens ?? undefined,
    output: row.output_tokens ?? undefined,
    reasoning: row.reasoning_tokens ?? undefined,
    audioOutput: row.audio_output_tokens ?? undefined,
  };
}
