import type { Gateway } from '../gateway/gateway.ts';
import { belowPrefix, mountOf, type PrefixedMountOptions } from './mount-options.ts';

/** Answers web requests. Never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * Makes a public handler of everything that the gateway serves, for frameworks over `Request` and `Response`: route handlers of Next.js, Hono, SvelteKit.
 * Clients send keys as over HTTP, unless `principal` identifies them. Aborting `request.signal` or cancelling the response's body ends the
 * upstream's work. Throws a TypeError for a prefix without a slash.
 */
export function toFetchHandler(
  gateway: Pick<Gateway, 'doors'>,
  { principal, prefix }: PrefixedMountOptions<Request> = {},
): FetchHandler {
  const { web } = gateway.doors;
  const below = belowPrefix(prefix);
  return (request) => {
    const { pathname, search } = new URL(request.url);
    return web(request, { url: below(pathname + search), mount: mountOf(principal, request) });
  };
}
