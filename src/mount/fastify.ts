import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { Gateway } from '../gateway/gateway.ts';
import { type MountOptions, mountOf } from './mount-options.ts';
import { serveMounted } from './serve-mounted.ts';

/** Options of the plugin, beside Fastify's own `prefix`. */
export interface SpillwayPluginOptions extends MountOptions<FastifyRequest> {
  readonly gateway: Pick<Gateway, 'doors' | 'config'>;
}

/**
 * A plugin for Fastify 5 that serves everything that the gateway serves, below the `prefix` it is registered with. Clients send keys as over HTTP,
 * unless `principal` identifies them. The server's hooks for `onRequest` run before it, and the headers that they set are kept; its parsers of
 * bodies and its later hooks do not run, apart from `onResponse`.
 */
const spillway: FastifyPluginCallback<SpillwayPluginOptions> = (scope, { gateway, principal }, done) => {
  // Segments, not characters: a prefix may have parameters.
  const segments = scope.prefix.split('/').filter((segment) => segment !== '').length;
  scope.addHook('onRequest', (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    // A hijacked reply does not send them itself.
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    const mounted = { mount: mountOf(principal, request), url: withoutSegments(request.raw.url ?? '/', segments) };
    serveMounted(gateway, { request: request.raw, response: raw, mounted });
  });
  for (const url of ['/', '/*']) scope.all(url, unreached);
  done();
};

export default spillway;

/** The hook takes every request before. */
function unreached(): void {}

/** A URL without the first segments of its path. */
function withoutSegments(url: string, count: number): string {
  let from = 0;
  for (let n = 0; n < count; n++) {
    const next = /\/+[^/?]+/y;
    next.lastIndex = from;
    if (!next.test(url)) return '';
    from = next.lastIndex;
  }
  const rest = url.slice(from);
  return rest.startsWith('/') ? rest : `/${rest}`;
}
