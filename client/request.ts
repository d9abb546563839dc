import { SpillwayError } from './error.ts';

/** The part of `fetch` that is used; any implementation that honours the signal fits. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Headers of a request, or what makes them for each. */
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

/** The URL of a procedure behind a tRPC door, whose own URL may end in a slash or have a query. */
export function procedureUrl(door: string, path: string): string {
  const [place = '', ...query] = door.split('?');
  return [`${place.replace(/\/+$/, '')}/${path}`, ...query].join('?');
}

/** How a call goes over HTTP. */
export interface Sending {
  readonly method: 'GET' | 'POST';
  readonly accept: 'application/json' | 'text/event-stream';
}

/** Sends a call, once. Rejects with the signal's reason, or with `connection_failed` when no reply comes. */
export async function send(call: Call, { method, accept }: Sending): Promise<Response> {
  const { url, input, headers, fetch, signal } = call;
  signal?.throwIfAborted();
  const own = typeof headers === 'function' ? await headers() : headers;
  const json = JSON.stringify(input);
  const mark = url.includes('?') ? '&' : '?';
  const asked = method === 'GET' && json !== undefined ? `${url}${mark}input=${encodeURIComponent(json)}` : url;
  const body = method === 'POST' ? { body: json } : {};
  const type = method === 'POST' ? { 'content-type': 'application/json' } : {};
  try {
    return await fetch(asked, { method, headers: { ...own, ...type, accept }, ...body, signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new SpillwayError({ code: 'connection_failed', message: 'The gateway cannot be reached.', cause });
  }
}

/** Calls a query by GET or a mutation by POST. Resolves with its result; rejects as `send` does, and with the gateway's error. */
export async function ask(call: Call, method: 'GET' | 'POST'): Promise<unknown> {
  const response = await send(call, { method, accept: 'application/json' });
  const body = await envelope(response, call.signal);
  if ('result' in body && isObject(body.result)) return Reflect.get(body.result, 'data');
  throw sentError(body, response);
}

/** The error in a reply that is not what was asked for. */
export async function errorOf(response: Response, signal: AbortSignal | undefined): Promise<SpillwayError> {
  return sentError(await envelope(response, signal), response);
}

function sentError(body: object, { status }: Response): SpillwayError {
  return SpillwayError.from('error' in body ? body.error : undefined, status);
}

/** tRPC's envelope; empty for a body that is none. */
async function envelope(response: Response, signal: AbortSignal | undefined): Promise<object> {
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new SpillwayError({
      code: 'connection_failed',
      message: 'The reply broke off.',
      status: response.status,
      cause,
    });
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
