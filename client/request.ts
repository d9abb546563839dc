import { SpillwayError } from './error.ts';

/** The part of `fetch` that the client uses; any implementation that honours the signal fits. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Headers of a request, or a function that makes them for each request. */
export type RequestHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** One call of a procedure. */
export interface Call {
  /** The procedure's own URL. */
  readonly url: string;
  readonly input: unknown;
  readonly headers: RequestHeaders;
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
}

/** The URL of a procedure below a tRPC endpoint, whose own URL may end in a slash or have a query. */
export function procedureUrl(endpoint: string, path: string): string {
  const [base = '', ...query] = endpoint.split('?');
  return [`${base.replace(/\/+$/, '')}/${path}`, ...query].join('?');
}

/** How a call is sent over HTTP. */
export interface HttpForm {
  readonly method: 'GET' | 'POST';
  readonly accept: 'application/json' | 'text/event-stream';
}

/** Sends a call, once. Rejects with the signal's reason, or with `connection_failed` when there is no reply. */
export async function send(call: Call, { method, accept }: HttpForm): Promise<Response> {
  const { input, headers, fetch, signal } = call;
  signal?.throwIfAborted();
  const own = typeof headers === 'function' ? await headers() : headers;
  const json = JSON.stringify(input);
  const url = method === 'GET' && json !== undefined ? withInput(call.url, json) : call.url;
  const body = method === 'POST' ? { body: json } : {};
  const type = method === 'POST' ? { 'content-type': 'application/json' } : {};
  try {
    return await fetch(url, { method, headers: { ...own, ...type, accept }, ...body, signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new SpillwayError({ code: 'connection_failed', message: 'The gateway cannot be reached.', cause });
  }
}

function withInput(url: string, json: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}input=${encodeURIComponent(json)}`;
}

/** Calls a query by GET or a mutation by POST. Resolves with its result; rejects as `send` does, and with the gateway's error. */
export async function callProcedure(call: Call, method: 'GET' | 'POST'): Promise<unknown> {
  const response = await send(call, { method, accept: 'application/json' });
  const body = await envelopeOf(response, call.signal);
  if ('result' in body && isObject(body.result)) return Reflect.get(body.result, 'data');
  throw errorIn(body, response);
}

/** The error in a reply without a result. */
export async function errorOf(response: Response, signal: AbortSignal | undefined): Promise<SpillwayError> {
  return errorIn(await envelopeOf(response, signal), response);
}

function errorIn(body: object, { status }: Response): SpillwayError {
  return SpillwayError.from('error' in body ? body.error : undefined, status);
}

/** tRPC's envelope; an empty object for a body that is none. */
async function envelopeOf(response: Response, signal: AbortSignal | undefined): Promise<object> {
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    const message = 'The connection broke during the reply.';
    throw new SpillwayError({ code: 'connection_failed', message, status: response.status, cause });
  }
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
