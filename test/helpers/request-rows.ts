import { firstIdAt } from '../../src/lib/time-ids.ts';
import { NUMBER_COLUMNS, TEXT_COLUMNS } from '../../src/store/request-log/columns.ts';
import { NAME_COLUMNS, type PackedRows } from '../../src/store/request-log/packed-rows.ts';
import { fromReadRow, type ReadRow } from '../../src/store/request-log/read-row.ts';
import type { RequestRow } from '../../src/store/request-log/request-row.ts';
import { NOW } from './store.ts';

/** The n-th row of a log: a request that ended n milliseconds after `NOW`, with the given members. */
export function requestRow(n: number, members: Partial<RequestRow> = {}): RequestRow {
  return {
    id: firstIdAt(NOW + n),
    requestId: `req_${String(n).padStart(32, '0')}`,
    clientRequestId: undefined,
    acceptedAt: NOW + n - 20.5,
    keyId: 'key_a',
    tenant: 'acme',
    user: undefined,
    tags: [],
    door: 'rest',
    operation: 'chat.completions.create',
    stream: false,
    requestedModel: 'default',
    chain: 'default',
    provider: 'groq',
    model: 'llama',
    status: 200,
    code: 'ok',
    attempts: 1,
    queuedMs: 0,
    committedMs: undefined,
    overheadMs: undefined,
    totalMs: 20.5,
    tokens: {
      input: 10,
      cachedInput: 4,
      cacheWrite: undefined,
      audioInput: undefined,
      output: 20,
      reasoning: 0,
      audioOutput: undefined,
    },
    usageSource: 'provider',
    costNano: 1_000_000_007,
    costSource: 'table',
    approximate: false,
    inputBytes: 100,
    outputBytes: 200,
    remote: '10.0.0.7',
    traceId: undefined,
    trail: [{ provider: 'groq', model: 'llama', outcome: 'answered', started_ms: 1, duration_ms: 18, cost_nano: 7 }],
    omittedSteps: 0,
    ...members,
  };
}

/** Rows as the store reads them again. */
export function unpackRows({ ids, names, nameIndexes, texts, numbers }: PackedRows): RequestRow[] {
  return Array.from(ids, (id, row) => {
    const columns: Record<string, unknown> = { id: String(id) };
    for (const [at, name] of NAME_COLUMNS.entries())
      columns[name] = names[nameIndexes[row * NAME_COLUMNS.length + at] ?? -1]?.[1] ?? null;
    for (const [at, name] of TEXT_COLUMNS.entries()) columns[name] = texts[row * TEXT_COLUMNS.length + at];
    for (const [at, name] of NUMBER_COLUMNS.entries()) {
      const value = numbers[row * NUMBER_COLUMNS.length + at];
      columns[name] = Number.isNaN(value) ? null : value;
    }
    return fromReadRow(columns as unknown as ReadRow);
  });
}
