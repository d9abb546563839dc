import { isIP, type LookupFunction, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Endpoint } from '../domain/endpoint.ts';
import { type AbortScope, onAbort, openAbortScope } from '../lib/abort.ts';
import { systemClock } from '../lib/clock.ts';
import { allows, guardedLookup, refusal } from './guard.ts';
import { openTunnel } from './tunnel.ts';
import { makeConnector, skipContinue } from './undici.ts';
import { Unreachable } from './unreachable.ts';

/** How a pool connects. */
export interface ConnectOptions {
  readonly endpoint: Endpoint;
  readonly lookup?: LookupFunction | undefined;
  /** The authorities that TLS trusts; Node's own unless given. */
  readonly secureContext?: SecureContext | undefined;
  /** The proxy in front of the endpoint; undefined to connect directly. */
  readonly proxy: URL | undefined;
  /** Called with each connection attempt before its call returns. Aborting the scope ends the attempt; an open connection is not affected. */
  readonly onStart: (connecting: AbortScope) => void;
  /** Called once when the attempt is over, whatever its result. */
  readonly onEnd: (connecting: AbortScope) => void;
}

/** The longest time to connect, in milliseconds. It only bounds the resources: the attempts' own timeouts are shorter. */
const CONNECT_MS = 60_000;

/**
 * Makes the connector that opens the sockets of one endpoint, directly or through the proxy. Each socket is checked: only addresses that
 * the endpoint allows, only valid certificates. With a proxy, the proxy resolves the names; literal addresses are still checked.
 */
export function createConnect(settings: ConnectOptions): buildConnector.connector {
  const { endpoint, lookup, secureContext, proxy, onStart, onEnd } = settings;
  const connect = makeConnector({
    lookup: guardedLookup(endpoint, lookup),
    // Explicit, because the variable NODE_TLS_REJECT_UNAUTHORIZED would otherwise turn it off.
    rejectUnauthorized: true,
    allowH2: false,
    timeout: CONNECT_MS,
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  return (options, callback) => {
    const { hostname, protocol, port } = options;
    if (isIP(hostname) !== 0 && !allows(endpoint, hostname)) return callback(refusal(), null);
    const scope = openAbortScope();
    // The real clock, as undici's own timeout beside it: it bounds sockets, and no outcome that tests observe depends on it.
    const timeout = systemClock.timer(CONNECT_MS, () => scope.abort('connect_timeout'));
    onStart(scope);
    const done: buildConnector.Callback = (...result) => {
      timeout[Symbol.dispose]();
      onEnd(scope);
      callback(...result);
      const [, socket] = result;
      // undici has made the connection's parser by now, and it has read nothing yet.
      if (socket instanceof Socket) skipContinue(socket);
    };
    if (proxy === undefined) destroyOnAbort(connect(options, done), scope, protocol);
    else void throughProxy(proxy);

    async function throughProxy(proxyUrl: URL): Promise<void> {
      const host = hostname.includes(':') ? `[${hostname}]` : hostname;
      const authority = `${host}:${port === '' ? PORTS[protocol] : port}`;
      const tunnel = await openTunnel({ proxy: proxyUrl, authority, signal: scope.signal });
      if (tunnel instanceof Error) done(tunnel, null);
      // undici would treat it as a broken connection and connect again.
      else if (tunnel.destroyed) done(new Unreachable('The proxy closed the connection.'), null);
      else if (protocol === 'https:')
        destroyOnAbort(connect({ ...options, httpSocket: tunnel }, done), scope, protocol);
      else done(null, tunnel);
    }
  };
}

const PORTS: Readonly<Record<string, number>> = Object.freeze({ 'http:': 80, 'https:': 443 });

/** Destroys a socket that is still connecting when the scope is aborted. undici's connector returns the socket, which its types do not declare. */
function destroyOnAbort(socket: unknown, scope: AbortScope, protocol: string): void {
  if (!(socket instanceof Socket)) return;
  const listening = onAbort(scope.signal, () => socket.destroy(new Error('aborted')));
  socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => listening[Symbol.dispose]());
}
