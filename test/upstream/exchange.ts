import type { Endpoint } from '../../src/domain/endpoint.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import type { Pools } from '../../src/upstream/pools.ts';
import type { TransportFailure } from '../../src/upstream/transport.ts';

/** What came of one exchange. */
export interface Exchanged {
  readonly status: number | undefined;
  readonly body: string;
  /** The body as it was handed on. */
  readonly pieces: readonly string[];
  readonly failure: TransportFailure | undefined;
}

/** A place as a configuration would make it. */
export function endpointAt(origin: string, more: Partial<Endpoint> = {}): Endpoint {
  const endpoint = { origin, private: true, ca: undefined, ...more };
  return { ...endpoint, id: `${origin} ${String(endpoint.private)} ${endpoint.ca ?? ''}` };
}

/** Asks a place once for `/`; resolves when the exchange is over, or its signal has ended it. */
export function ask(pools: Pools, endpoint: Endpoint, signal = new AbortController().signal): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  let status: number | undefined;
  const pieces: string[] = [];
  const tell = (failure?: TransportFailure): void => resolve({ status, body: pieces.join(''), pieces, failure });
  const exchange = createTransport(pools)(
    { endpoint, path: '/', method: 'POST', headers: { 'x-key': 'secret' }, body: Buffer.from('{}') },
    {
      started: () => undefined,
      head: (head) => void (status = head.status),
      data: (bytes) => void pieces.push(bytes.toString()),
      end: () => tell(),
      failed: tell,
    },
  );
  const leave = (): void => {
    exchange.abort(new Error('left'));
    tell();
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave);
  return promise;
}

/** Pools that are closed with their block. */
export function using(pools: Pools): Pools & AsyncDisposable {
  return { ...pools, [Symbol.asyncDispose]: () => pools.close() };
}
