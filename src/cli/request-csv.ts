import type { RequestRecord } from '../domain/request-list.ts';
import { csvLine } from './csv.ts';

type Cell = string | number | boolean | null;

/** The columns, and what each has of a request. The trail is left out: it is a list. */
const COLUMNS: readonly (readonly [name: string, cell: (request: RequestRecord) => Cell])[] = [
  ['id', ({ id }) => id],
  ['request_id', ({ request_id: id }) => id],
  ['client_request_id', ({ client_request_id: id }) => id],
  ['accepted_at', ({ accepted_at: at }) => new Date(at).toISOString()],
  ['ended_at', ({ ended_at: at }) => new Date(at).toISOString()],
  ['key', ({ key }) => key],
  ['tenant', ({ tenant }) => tenant],
  ['user', ({ user }) => user],
  ['tags', ({ tags }) => tags.join(', ')],
  ['door', ({ door }) => door],
  ['operation', ({ operation }) => operation],
  ['stream', ({ stream }) => stream],
  ['requested_model', ({ requested_model: model }) => model],
  ['chain', ({ chain }) => chain],
  ['provider', ({ provider }) => provider],
  ['model', ({ model }) => model],
  ['status', ({ status }) => status],
  ['code', ({ code }) => code],
  ['attempts', ({ attempts }) => attempts],
  ['queued_ms', ({ queued_ms: ms }) => ms],
  ['committed_ms', ({ committed_ms: ms }) => ms],
  ['overhead_ms', ({ overhead_ms: ms }) => ms],
  ['total_ms', ({ total_ms: ms }) => ms],
  ['input_tokens', ({ usage }) => usage?.input_tokens ?? null],
  ['cached_input_tokens', ({ usage }) => usage?.cached_input_tokens ?? null],
  ['cache_write_tokens', ({ usage }) => usage?.cache_write_tokens ?? null],
  ['audio_input_tokens', ({ usage }) => usage?.audio_input_tokens ?? null],
  ['output_tokens', ({ usage }) => usage?.output_tokens ?? null],
  ['reasoning_tokens', ({ usage }) => usage?.reasoning_tokens ?? null],
  ['audio_output_tokens', ({ usage }) => usage?.audio_output_tokens ?? null],
  ['usage_source', ({ usage }) => usage?.source ?? null],
  ['cost_usd', ({ cost_usd: usd }) => (usd === null ? null : usd.toFixed(9))],
  ['cost_source', ({ cost_source: source }) => source],
  ['cost_approximate', ({ cost_approximate: approximate }) => approximate],
  ['input_bytes', ({ input_bytes: bytes }) => bytes],
  ['output_bytes', ({ output_bytes: bytes }) => bytes],
  ['remote', ({ remote }) => remote],
  ['trace_id', ({ trace_id: id }) => id],
];

/** The line with the names of the columns. */
export const REQUEST_CSV_HEAD = csvLine(COLUMNS.map(([name]) => name));

/** The line of a request. */
export function requestCsv(request: RequestRecord): string {
  return csvLine(COLUMNS.map(([, cell]) => cell(request)));
}
