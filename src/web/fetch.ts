import type { Principal } from '../domain/principal.ts';
import type { WebHandler } from './handler.ts';

/** A gateway as a `fetch`, for any client in the same process: it serves all that HTTP serves, and uses no socket. */
export type GatewayFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Makes the `fetch` of one principal, which needs no key. Like `fetch`, it rejects with the signal's reason when the caller aborts, and resolves with a
 * response for every error of the gateway. The host of the URL does not matter.
 */
export function createFetch(handler: WebHandler, principal: Principal): GatewayFetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const { pathname, search } = new URL(request.url);
    const response = await handler(request, { url: pathname + search, principal });
    request.signal.throwIfAborted();
    return response;
  };
}
