import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Session } from '../../src/domain/session.ts';

/** An answer as a page reads it. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The data of tRPC's envelope, or its error. */
  readonly data: unknown;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** What a call is sent with. */
export interface PageCall {
  /** Sent as the body of a POST. A call without it is a GET. */
  readonly input?: unknown;
  /** Added to the browser's own headers; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** A page of the gateway in a browser, which keeps its cookies. */
export interface Page {
  /** By name. */
  readonly cookies: Map<string, string>;
  /** Sends a request as a script of the page does. */
  readonly send: (path: string, call?: PageCall) => Promise<PageAnswer>;
  readonly logIn: (key: string) => Promise<PageAnswer>;
  /** Who the page is, by `sessions.retrieve`. */
  readonly who: (headers?: PageCall['headers']) => Promise<Session>;
}

/** Opens a page at a gateway's URL. `headers`: what a proxy in front of the gateway adds to each request or changes. */
export function openPage(url: string, headers: PageCall['headers'] = {}): Page {
  const cookies = new Map<string, string>();

  async function send(path: string, call: PageCall = {}): Promise<PageAnswer> {
    const body = 'input' in call ? JSON.stringify(call.input ?? null) : undefined;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { host } = new URL(url);
    const all: Readonly<Record<string, string | undefined>> = {
      host,
      'sec-fetch-site': 'same-origin',
      cookie: cookie === '' ? undefined : cookie,
      ...(body === undefined
        ? {}
        : {
            origin: url,
            'x-spillway-dashboard': '1',
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
          }),
      ...headers,
      ...call.headers,
    };
    const { promise, resolve, reject } = Promise.withResolvers<PageAnswer>();
    const sent = httpRequest(
      url + path,
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
      },
      (response) => {
        for (const each of response.headers['set-cookie'] ?? []) keep(each);
        text(response).then(
          (read) =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text: read, ...parsed(read) }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
    return promise;
  }

  function keep(header: string): void {
    const [pair = '', ...attributes] = header.split('; ');
    const [name = '', value = ''] = pair.split('=');
    if (attributes.includes('Max-Age=0')) cookies.delete(name);
    else cookies.set(name, value);
  }

  return {
    cookies,
    send,
    logIn: (key) => send('/trpc/sessions.create', { input: { key } }),
    who: async (own) => (await send('/trpc/sessions.retrieve', { headers: own ?? {} })).data as Session,
  };
}

interface Envelope {
  readonly result?: { readonly data: unknown };
  readonly error?: { readonly message: string; readonly data?: { readonly code: string } };
}

function parsed(read: string): Pick<PageAnswer, 'data' | 'code' | 'message'> {
  if (!read.startsWith('{')) return { data: undefined, code: undefined, message: undefined };
  const { result, error } = JSON.parse(read) as Envelope;
  return { data: result?.data, code: error?.data?.code, message: error?.message };
}
