import { type Operation, type OperationResultObserver, TRPCClientError, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { SpillwayError } from './error.ts';
import { openStream } from './open-stream.ts';
import { type Fetch, procedureUrl, type RequestHeaders } from './request.ts';

/** Options of the link. */
export interface HttpStreamLinkOptions {
  /** URL of the tRPC endpoint, e.g. `http://127.0.0.1:4141/trpc`. */
  readonly url: string;
  readonly headers?: RequestHeaders | undefined;
  /** The global `fetch` unless given. */
  readonly fetch?: Fetch | undefined;
}

/**
 * A terminating link for tRPC's client that sends subscriptions by POST: inputs of any size, none of them in a URL, and each sent once.
 * A stream that breaks, or ends without its `return` event, is an error and is never retried; tRPC's own link would retry it. The gateway's error is
 * in the error's `data`, the client's own in its `cause`, a SpillwayError.
 */
export function httpStreamLink<TRouter extends AnyTRPCRouter = AnyTRPCRouter>(
  options: HttpStreamLinkOptions,
): TRPCLink<TRouter> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        if (op.type !== 'subscription')
          throw new Error('httpStreamLink is for subscriptions only; send other calls through splitLink.');
        return subscribe<TRouter>(op, observer, options);
      });
}

/** Runs one subscription. The result unsubscribes. */
function subscribe<TRouter extends AnyTRPCRouter>(
  { path, input, signal }: Operation,
  observer: OperationResultObserver<TRouter, unknown>,
  { url, headers = {}, fetch = globalThis.fetch }: HttpStreamLinkOptions,
): () => void {
  const controller = new AbortController();
  // An unsubscribed observer gets the end at once and no error, as from tRPC's own link.
  const unsubscribe = (): void => {
    observer.complete();
    controller.abort();
  };
  const stopped = (): void => {
    observer.next({ result: { type: 'stopped' } });
    observer.next({ result: { type: 'state', state: 'idle', error: null } });
  };
  const onAbort = (): void => {
    stopped();
    unsubscribe();
  };
  const onOpen = (): void => {
    observer.next({ result: { type: 'started' } });
    observer.next({ result: { type: 'state', state: 'pending', error: null } });
  };
  const run = async (): Promise<void> => {
    let id: string | undefined;
    const onId = (eventId: string): void => void (id = eventId);
    const call = { url: procedureUrl(url, path), input, headers, fetch, onOpen, onId, signal: controller.signal };
    // A tracked event is delivered as by tRPC's own link.
    for await (const data of openStream(call))
      observer.next({ result: id === undefined ? { type: 'data', data } : { type: 'data', id, data: { id, data } } });
    stopped();
    observer.complete();
  };
  observer.next({ result: { type: 'state', state: 'connecting', error: null } });
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  run()
    .catch((error: unknown) => observer.error(toTrpcClientError<TRouter>(error)))
    .finally(() => signal?.removeEventListener('abort', onAbort));
  return unsubscribe;
}

function toTrpcClientError<TRouter extends AnyTRPCRouter>(error: unknown): TRPCClientError<TRouter> {
  const sent = error instanceof SpillwayError ? error.shape : undefined;
  if (sent !== undefined) return TRPCClientError.from({ error: sent });
  return TRPCClientError.from(error instanceof Error ? error : new Error(String(error)));
}
