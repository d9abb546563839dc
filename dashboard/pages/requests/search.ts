import { choiceOf, flagOf, numberOf, textOf } from '../../parts/read-search.ts';
import { timeOfRowId } from './row-id.ts';

/** The lengths of time that one click chooses. */
export const RANGES = ['1h', '24h', '7d', '30d'] as const;

/** One of these. */
export type Range = (typeof RANGES)[number];

/** The range without a choice. */
export const USUAL_RANGE: Range = '24h';

/** Outcomes of an attempt, and `skipped`. */
export const OUTCOMES = [
  'throttled',
  'exhausted',
  'overloaded',
  'gateway_overloaded',
  'unreachable',
  'silent',
  'malformed',
  'invalid_answer',
  'unsuited',
  'unauthorised',
  'unknown_model',
  'refused',
  'invalid_request',
  'cancelled',
  'skipped',
  'answered',
] as const;

/** Classes of HTTP statuses. */
export const STATUSES = ['2xx', '4xx', '5xx'] as const;

/** What the URL of the list holds: which requests, of what time, and from which row on. Names as in `requests.list`. */
export interface RequestsSearch {
  readonly range?: Range | undefined;
  /** An instant of its own in place of a range: RFC 3339, or a date. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly chain?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly key?: string | undefined;
  readonly tenant?: string | undefined;
  readonly outcome?: (typeof OUTCOMES)[number] | undefined;
  readonly code?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly status?: (typeof STATUSES)[number] | undefined;
  readonly operation?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly attempts_min?: number | undefined;
  readonly ms_min?: number | undefined;
  readonly cost_min?: number | undefined;
  readonly user?: string | undefined;
  readonly tag?: string | undefined;
  /** Ids of rows: the pages behind and before them. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** Reads the page's parameters. What `requests.list` would refuse is dropped. */
export function requestsSearch(search: Record<string, unknown>): RequestsSearch {
  const before = rowIdOf(search['before']);
  const attempts = numberOf(search['attempts_min']);
  const range = choiceOf(search['range'], RANGES);
  return {
    range: range === USUAL_RANGE ? undefined : range,
    from: instantOf(search['from']),
    to: instantOf(search['to']),
    chain: nameOf(search['chain']),
    provider: nameOf(search['provider']),
    model: nameOf(search['model']),
    key: nameOf(search['key']),
    tenant: nameOf(search['tenant']),
    outcome: choiceOf(search['outcome'], OUTCOMES),
    code: nameOf(search['code']),
    failed: flagOf(search['failed']),
    status: choiceOf(search['status'], STATUSES),
    operation: nameOf(search['operation']),
    stream: flagOf(search['stream']),
    attempts_min: attempts === undefined || attempts > 1000 ? undefined : Math.floor(attempts),
    ms_min: atMost(numberOf(search['ms_min']), 1e12),
    cost_min: atMost(numberOf(search['cost_min']), 1e6),
    user: nameOf(search['user']),
    tag: nameOf(search['tag']),
    before,
    after: before === undefined ? rowIdOf(search['after']) : undefined,
  };
}

/** The longest text of a filter. */
const LONGEST = 256;

function nameOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && text.length <= LONGEST ? text : undefined;
}

function rowIdOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && timeOfRowId(text) !== null ? text : undefined;
}

function atMost(value: number | undefined, most: number): number | undefined {
  return value === undefined || value > most ? undefined : value;
}

/** A date, or an instant with its zone, as the API reads them; undefined for anything else. */
function instantOf(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined || Number.isNaN(Date.parse(text))) return undefined;
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? text : undefined;
}
