import { ERRORS, type GatewayError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import { RATE_LIMIT_HEADERS } from '../limits/rate-limit-headers.ts';
import {
  type RequestIds,
  type RequestReport,
  type RequestScope,
  type RunFacts,
  shownRequestId,
} from '../domain/scope.ts';
import { costOfTrail } from '../domain/trail.ts';
import { dollarText } from '../domain/usage.ts';

type Headers = Readonly<Record<string, string>>;

/** Kinds of answers: those of a chain, streams, those about a run, and all of the Messages API, its errors too. */
export type HeaderPlace = 'chains' | 'streams' | 'runs' | 'messages';

/** A response header in the API's description. */
export interface DescribedHeader {
  readonly name: string;
  readonly meaning: string;
  /** A type of JSON Schema. */
  readonly type: 'string' | 'integer';
  /** The answers that may have it, or the statuses of the errors that do; absent for a header of every answer. */
  readonly on?: HeaderPlace | readonly number[];
}

const RATE_LIMIT_MEANING =
  'The limit of the key or its tenant of which the least is left, what is left of it, and until when (`1s`, `6m0s`).';

/**
 * The response headers that the gateway defines or gives a meaning of its own. CORS exposes them to pages of listed origins, and the API's
 * description explains them.
 */
export const RESPONSE_HEADERS = [
  {
    name: 'x-request-id',
    meaning: 'Id of the request: the client’s own if it is sane, else the gateway’s.',
    type: 'string',
  },
  {
    name: 'x-spillway-request-id',
    meaning: 'The gateway’s own id of the request: unique, and ordered by time.',
    type: 'string',
  },
  {
    name: 'request-id',
    meaning: 'The same as `x-request-id`, where clients of Anthropic’s API look for it.',
    type: 'string',
    on: 'messages',
  },
  { name: 'x-spillway-chain', meaning: 'The chain that answered.', type: 'string', on: 'chains' },
  { name: 'x-spillway-provider', meaning: 'The provider that answered.', type: 'string', on: 'chains' },
  { name: 'x-spillway-model', meaning: 'The provider’s model that answered.', type: 'string', on: 'chains' },
  { name: 'x-spillway-attempts', meaning: 'How many attempts were sent.', type: 'integer', on: 'chains' },
  {
    name: 'x-spillway-dropped',
    meaning:
      'Fields of the request that the answering provider has no counterpart for, so that the answer does without.',
    type: 'string',
    on: 'chains',
  },
  {
    name: 'x-spillway-estimated',
    meaning: 'Members of the answer that the gateway has estimated, because no provider gives them.',
    type: 'string',
    on: 'chains',
  },
  {
    name: 'x-spillway-cost',
    meaning:
      'What the request cost in US dollars, on answers in JSON: `0.000123450`, with `;approximate` where that is not exact. Absent where the price is unknown.',
    type: 'string',
    on: 'chains',
  },
  {
    name: 'x-spillway-run',
    meaning: 'Id of the run, whose events can be read again behind the id of any of them.',
    type: 'string',
    on: 'runs',
  },
  {
    name: 'x-spillway-run-scope',
    meaning: '`local` for a new run that only this process knows for now, because the shared state cannot be reached.',
    type: 'string',
    on: 'runs',
  },
  { name: 'retry-after', meaning: 'Seconds to wait before a retry, at least 1.', type: 'integer', on: [402, 429, 503] },
  {
    name: 'x-should-retry',
    meaning: '`false` where a retry does not help, not even after that time.',
    type: 'string',
    on: [402, 422, 429, 503],
  },
  ...RATE_LIMIT_HEADERS.map((name) => ({ name, meaning: RATE_LIMIT_MEANING, type: 'string', on: 'chains' }) as const),
  {
    name: 'x-spillway-budget-remaining',
    meaning: 'US dollars that are left of the key’s tightest budget, without what running requests have reserved.',
    type: 'string',
    on: 'chains',
  },
  {
    name: 'x-spillway-budget-reset',
    meaning: 'When that budget starts anew (RFC 3339); absent for one of all time.',
    type: 'string',
    on: 'chains',
  },
  { name: 'www-authenticate', meaning: '`Bearer`: how to send a key.', type: 'string', on: [401] },
  {
    name: 'x-accel-buffering',
    meaning: '`no` on a stream: proxies must not buffer it.',
    type: 'string',
    on: 'streams',
  },
] as const satisfies readonly DescribedHeader[];

/** The name of one of these headers. */
export type ResponseHeader = (typeof RESPONSE_HEADERS)[number]['name'];

/** Headers of a stream of events, which no proxy may buffer or compress. */
export const STREAM_HEADERS = Object.freeze({
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} satisfies Partial<Record<ResponseHeader | 'content-type' | 'cache-control', string>>);

/** Headers of a JSON body. */
export const JSON_HEADERS: Headers = Object.freeze({ 'content-type': 'application/json; charset=utf-8' });

/** The headers with the ids of a request, which are on every answer. */
export function idHeaders(ids: RequestIds): Record<'x-request-id' | 'x-spillway-request-id', string> {
  return { 'x-request-id': shownRequestId(ids), 'x-spillway-request-id': ids.id };
}

/** Keeps an answer out of all caches. */
export const NOT_STORED: Headers = Object.freeze({ 'cache-control': 'no-store' });

/** Caches keep answers apart by `authorization`, but neither by a cookie nor by the header of a proxy. */
function cachingOf({ via }: Pick<RequestReport, 'via'>): Headers {
  return via === 'session' || via === 'proxy' ? NOT_STORED : NO_HEADERS;
}

/**
 * Headers about the request, on every answer: its ids, those that admission adds, and once an entry has answered, that entry and the number of
 * attempts. `others` are added to them. The object is the caller's own.
 */
export function requestHeaders(scope: RequestScope, others: Headers = NO_HEADERS): Record<string, string> {
  const { run } = scope.report;
  const { served, estimated, headers } = run?.report ?? scope.report;
  const own: Record<string, string> & Partial<Record<ResponseHeader, string>> = {
    ...cachingOf(scope.report),
    ...others,
  };
  for (const name in headers) own[name] = headers[name] ?? '';
  own['x-request-id'] = shownRequestId(scope);
  own['x-spillway-request-id'] = scope.id;
  if (run !== undefined) own['x-spillway-run'] = run.id;
  if (run?.isUnshared === true) own['x-spillway-run-scope'] = 'local';
  if (estimated.length > 0) own['x-spillway-estimated'] = estimated.join(', ');
  if (served === undefined) return own;
  own['x-spillway-chain'] = headerText(served.chain);
  own['x-spillway-provider'] = headerText(served.provider);
  own['x-spillway-model'] = headerText(served.model);
  own['x-spillway-attempts'] = String(served.attempts);
  const cost = costText(run?.report ?? scope.report);
  if (cost !== undefined) own['x-spillway-cost'] = cost;
  if (served.dropped.length > 0) own['x-spillway-dropped'] = served.dropped.map(headerText).join(', ');
  return own;
}

/** What an answer in JSON cost; undefined where that is unknown, and for a stream, whose headers are written before its end. */
function costText({ stream, trail }: RunFacts): string | undefined {
  if (stream) return undefined;
  const { nano, approximate } = costOfTrail(trail);
  if (nano === null) return undefined;
  return approximate ? `${dollarText(nano)};approximate` : dollarText(nano);
}

/** Adds the header in which clients of an operation's API look for the request's id, where they look in another one. */
export function addOperationHeader(headers: Record<string, string>, { idHeader }: Operation, ids: RequestIds): void {
  if (idHeader !== undefined) headers[idHeader] = shownRequestId(ids);
}

const NO_HEADERS: Headers = Object.freeze({});

/** Headers about an error: when to retry, which methods are allowed, how to send a key. */
export function errorHeaders({ code, details }: GatewayError): Record<string, string> {
  const { retryAfter, shouldRetry, allow, headers } = details;
  const own: Partial<Record<ResponseHeader | 'allow', string>> = { ...headers };
  if (retryAfter !== undefined) own['retry-after'] = String(retryAfter);
  if (shouldRetry !== undefined) own['x-should-retry'] = String(shouldRetry);
  if (allow !== undefined) own.allow = allow.join(', ');
  if (ERRORS[code].status === 401) own['www-authenticate'] = 'Bearer';
  return own;
}

/**
 * Whether the reply to a request that reached a door keeps its connection, although the body was not read. Under overload each new connection costs the gateway as much as the
 * refusal.
 */
export function keepsConnection({ code }: GatewayError): boolean {
  return code === 'overloaded';
}

/** A text as a header's value: names may hold any character, headers may not. */
function headerText(text: string): string {
  // Half of a surrogate pair has no encoding.
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}
