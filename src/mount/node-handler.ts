import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from '../gateway/gateway.ts';
import { belowMount, mountOf, type PrefixedMountOptions } from './mount-options.ts';
import { serveMounted } from './serve-mounted.ts';

/** Answers requests of a Node server, or of a framework that passes Node's own objects on. Never throws, and never passes a request on. */
export type NodeHandler<TRequest extends IncomingMessage = IncomingMessage> = (
  request: TRequest,
  response: ServerResponse,
) => void;

/**
 * Makes a public handler of everything that the gateway serves, for `http.createServer`, Express and Connect. Clients send keys as over HTTP, unless
 * `principal` identifies them. A client's disconnect ends the upstream's work. Throws a TypeError for a prefix without a slash.
 */
export function toNodeHandler<TRequest extends IncomingMessage = IncomingMessage>(
  gateway: Pick<Gateway, 'doors' | 'config'>,
  { principal, prefix }: PrefixedMountOptions<TRequest> = {},
): NodeHandler<TRequest> {
  const below = belowMount(prefix);
  return (request, response) => {
    const mounted = { mount: mountOf(principal, request), url: below(request.url ?? '/') };
    serveMounted(gateway, { request, response, mounted });
  };
}
