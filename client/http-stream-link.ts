import { TRPCClientError, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { SpillwayError } from './error.ts';
import { openStream } from './open-stream.ts';
import { type Fetch, procedureUrl, type RequestHeaders } from './request.ts';

/** Options of the link. */
export interface HttpStreamLinkOptions {
  /** Where the tRPC door stands, e.g. `http://127.0.0.1:4141/trpc`. */
  readonly url: string;
  readonly headers?: RequestHeaders | undefined;
  /** The global one unless given. */
  readonly fetch?: Fetch | undefined;
}

/**
 * A terminating link for tRPC's client that asks subscriptions by POST: inputs of any size, none of them in a URL, and each asked once.
 * A stream that breaks, or ends without its `return` event, is an error and is never asked again; tRPC's own link would ask again by
 * itself. What the gateway sent stands in the error's `data`, what the client itself found in its `cause`, a SpillwayError.
 */
export function httpStreamLink<TRouter extends AnyTRPCRouter = AnyTRPCRouter>(
  options: HttpStreamLinkOptions,
): TRPCLink<TRouter> {
  const { url, headers = {}, fetch = globalThis.fetch } = options;
  return () =>
    ({ op }) =>
      observable((observer) => {
        if (op.type !== 'subscription') throw new Error('httpStreamLink is for subscriptions; split off the rest.');
        const left = new AbortController();
        // Who leaves is told the end at once and no error, as by tRPC's own link.
        const leave = (): void => {
          observer.complete();
          left.abort();
        };
        const stopped = (): void => {
          observer.next({ result: { type: 'stopped' } });
          observer.next({ result: { type: 'state', state: 'idle', error: null } });
        };
        const leaveBySignal = (): void => {
          stopped();
          leave();
        };
        observer.next({ result: { type: 'state', state: 'connecting', error: null } });
        const run = async (): Promise<void> => {
          const onOpen = (): void => {
            observer.next({ result: { type: 'started' } });
            observer.next({ result: { type: 'state', state: 'pending', error: null } });
          };
          const call = {
            url: procedureUrl(url, op.path),
            input: op.input,
            headers,
            fetch,
            onOpen,
            signal: left.signal,
          };
          for await (const data of openStream(call)) observer.next({ result: { type: 'data', data } });
          stopped();
          observer.complete();
        };
        if (op.signal?.aborted === true) leaveBySignal();
        else op.signal?.addEventListener('abort', leaveBySignal, { once: true });
        run()
          .catch((error: unknown) => observer.error(toTrpcClientError<TRouter>(error)))
          .finally(() => op.signal?.removeEventListener('abort', leaveBySignal));
        return leave;
      });
}

function toTrpcClientError<TRouter extends AnyTRPCRouter>(error: unknown): TRPCClientError<TRouter> {
  const sent = error instanceof SpillwayError ? error.shape : undefined;
  if (sent !== undefined) return TRPCClientError.from({ error: sent });
  return TRPCClientError.from(error instanceof Error ? error : new Error(String(error)));
}
