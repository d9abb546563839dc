import type { AnyTRPCRouter } from '@trpc/server';
import type { Gateway } from '../gateway/gateway.ts';
import { createMergedHandler, type MergedTrpc } from '../web/merged-handler.ts';
import { belowMount, mountOf, type PrefixedMountOptions } from './mount-options.ts';

/** Answers web requests. Never rejects, except with what the application's own tRPC router throws. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** Options of a handler of web requests. */
export interface FetchHandlerOptions<TRouter extends AnyTRPCRouter> extends PrefixedMountOptions<Request> {
  /**
   * The application's own tRPC router, served at `/trpc` below the prefix in place of the gateway's. Streams of the gateway's procedures in it are
   * the provider's bytes, which tRPC's adapter would parse and serialize.
   */
  readonly trpc?: MergedTrpc<TRouter> | undefined;
}

/**
 * Makes a public handler of everything that the gateway serves, for frameworks over `Request` and `Response`: route handlers of Next.js, Hono, SvelteKit.
 * Clients send keys as over HTTP, unless `principal` identifies them. Aborting `request.signal` or cancelling the response's body ends the
 * upstream's work. Throws a TypeError for a prefix without a slash.
 */
export function toFetchHandler<TRouter extends AnyTRPCRouter = AnyTRPCRouter>(
  gateway: Pick<Gateway, 'doors'>,
  { principal, prefix = '', trpc }: FetchHandlerOptions<TRouter> = {},
): FetchHandler {
  const { web } = gateway.doors;
  const below = belowMount(prefix);
  const trimmed = prefix.replace(/\/+$/, '');
  const merged = trpc && createMergedHandler(web, trpc);
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const url = below(pathname + search);
    const answered = merged?.(request, { url, prefix: trimmed });
    return answered ?? web(request, { url, mount: mountOf(principal, request) });
  };
}
