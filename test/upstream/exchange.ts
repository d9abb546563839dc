import type { Endpoint } from '../../src/domain/endpoint.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import type { Pools } from '../../src/upstream/pools.ts';
import type { TransportFailure, UpstreamRequest } from '../../src/upstream/transport.ts';

/** The result of one exchange. */
export interface Exchanged {
  readonly status: number | undefined;
  readonly body: string;
  /** The body in the pieces in which it was passed on. */
  readonly pieces: readonly string[];
  readonly failure: TransportFailure | undefined;
}

/** An endpoint as a configuration would make it. */
export function endpointAt(origin: string, more: Partial<Endpoint> = {}): Endpoint {
  const endpoint = { origin, private: true, ca: undefined, ...more };
  return { ...endpoint, id: `${origin} ${String(endpoint.private)} ${endpoint.ca ?? ''}` };
}

/** Sends one request for `/` to an endpoint; resolves when the exchange is over, or when its signal has ended it. */
export function send(pools: Pools, endpoint: Endpoint, signal = new AbortController().signal): Promise<Exchanged> {
  return sendBody(pools, endpoint, { body: Buffer.from('{}'), signal });
}

/** How a body is sent. */
interface Sending {
  readonly body: UpstreamRequest['body'];
  readonly signal?: AbortSignal;
}

/** The same with a body of its own. */
export function sendBody(
  pools: Pools,
  endpoint: Endpoint,
  { body, signal = new AbortController().signal }: Sending,
): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  let status: number | undefined;
  const pieces: string[] = [];
  const settle = (failure?: TransportFailure): void => resolve({ status, body: pieces.join(''), pieces, failure });
  const exchange = createTransport(pools)(
    { endpoint, path: '/', method: 'POST', headers: { 'x-key': 'secret' }, body },
    {
      started: () => undefined,
      head: (head) => void (status = head.status),
      data: (bytes) => void pieces.push(bytes.toString()),
      end: () => settle(),
      failed: settle,
    },
  );
  const abort = (): void => {
    exchange.abort(new Error('aborted'));
    settle();
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort);
  return promise;
}

/** Pools that are closed at the end of their block. */
export function using(pools: Pools): Pools & AsyncDisposable {
  return { ...pools, [Symbol.asyncDispose]: () => pools.close() };
}
