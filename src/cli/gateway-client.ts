import { memberOf } from '../lib/record.ts';
import { UsageError } from './usage-error.ts';

/** A request of the REST API. */
export interface GatewayRequest {
  /** GET unless given. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/v1`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
}

/** Sends a request. `Answer` is what the gateway documents for it, and is not checked. Rejects with a UsageError. */
export type Send = <Answer extends object>(request: GatewayRequest) => Promise<Answer>;

/** Makes the function that sends requests to a running gateway, under the key in `SPILLWAY_KEY`. Throws a UsageError for a wrong URL. */
export function gatewayClient(url: string): Send {
  const base = url.replace(/\/+$/, '').replace(/\/v1$/, '');
  if (!/^https?:$/.test(URL.parse(base)?.protocol ?? ''))
    throw new UsageError(`--url: '${url}' is not a URL; write http://HOST:PORT`);
  const key = process.env['SPILLWAY_KEY'];

  return async <Answer extends object>({ method = 'GET', path, query = {}, body }: GatewayRequest) => {
    const parameters = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const search = parameters.size === 0 ? '' : `?${parameters.toString()}`;
    const response = await fetch(`${base}/v1${path}${search}`, {
      method,
      headers: {
        ...(key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      const code = error instanceof Error ? memberOf(Object(error.cause), 'code') : undefined;
      throw new UsageError(`${base} cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`);
    });
    const answer: unknown = await response.json().catch(() => undefined);
    const message = memberOf(memberOf(answer, 'error'), 'message');
    if (!response.ok)
      throw new UsageError(typeof message === 'string' ? message : `${base} answered with status ${response.status}`);
    if (typeof answer !== 'object' || answer === null)
      throw new UsageError(`${base} answered with no JSON; is it a Spillway gateway?`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the gateway documents it
    return answer as Answer;
  };
}
