import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { NameKind, RequestTableRow } from '../tables.ts';
import { OPTIONAL_NAMES, PLAIN_COLUMNS, REQUIRED_NAMES } from './columns.ts';
import { parseTrail } from './trail-json.ts';
import type { RequestRow } from './request-row.ts';

type NameColumn = (typeof REQUIRED_NAMES)[number] | (typeof OPTIONAL_NAMES)[number];

/** A row as it is read: with its names, and its id as a text. */
export type ReadRow = Pick<Selectable<RequestTableRow>, (typeof PLAIN_COLUMNS)[number]> &
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
  ...PLAIN_COLUMNS.map((column) => sql.ref(column)),
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
