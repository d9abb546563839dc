import { isIP, type LookupFunction, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Endpoint } from '../domain/endpoint.ts';
import { type AbortScope, onAbort, openAbortScope } from '../lib/abort.ts';
import { systemClock } from '../lib/clock.ts';
import { allows, guardedLookup, refusal } from './guard.ts';
import { openTunnel } from './tunnel.ts';
import { makeConnector } from './undici.ts';
import { Unreachable } from './unreachable.ts';

/** What a pool connects by. */
export interface ConnectOptions {
  readonly endpoint: Endpoint;
  readonly lookup?: LookupFunction | undefined;
  /** Whom TLS trusts; the usual authorities unless given. */
  readonly secureContext?: SecureContext | undefined;
  /** The proxy before the place. */
  readonly proxy: URL | undefined;
  /** Told of each connecting before its call returns. Its abort ends the connecting, and does nothing to what is connected. */
  readonly begun: (connecting: AbortScope) => void;
  /** Told once when it is over, whatever came of it. */
  readonly ended: (connecting: AbortScope) => void;
}

/** How long a connection is waited for by nobody but us, in milliseconds: the attempts' own limits are shorter. */
const CONNECT_MS = 60_000;

/**
 * Makes what opens the sockets of one place, each checked: no address that the place does not allow, no certificate that is not good,
 * straight or through the proxy. Behind a proxy, names are the proxy's to resolve; addresses are checked all the same.
 */
export function createConnect(settings: ConnectOptions): buildConnector.connector {
  const { endpoint, lookup, secureContext, proxy, begun, ended } = settings;
  const connect = makeConnector({
    lookup: guardedLookup(endpoint, lookup),
    // Said, because a variable of Node's would turn it off otherwise.
    rejectUnauthorized: true,
    allowH2: false,
    timeout: CONNECT_MS,
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  return (options, callback) => {
    const { hostname, protocol, port } = options;
    if (isIP(hostname) !== 0 && !allows(endpoint, hostname)) return callback(refusal(), null);
    const scope = openAbortScope();
    const late = systemClock.timer(CONNECT_MS, () => scope.abort('connect_timeout'));
    begun(scope);
    const done: buildConnector.Callback = (...result) => {
      late[Symbol.dispose]();
      ended(scope);
      callback(...result);
    };
    if (proxy === undefined) cancellable(connect(options, done), scope, protocol);
    else void throughProxy(proxy);

    async function throughProxy(at: URL): Promise<void> {
      const host = hostname.includes(':') ? `[${hostname}]` : hostname;
      const authority = `${host}:${port === '' ? PORTS[protocol] : port}`;
      const tunnel = await openTunnel({ proxy: at, authority, signal: scope.signal });
      if (tunnel instanceof Error) done(tunnel, null);
      // undici would take it for a connection that broke, and begin anew.
      else if (tunnel.destroyed) done(new Unreachable('The proxy broke the connection off.'), null);
      else if (protocol === 'https:') cancellable(connect({ ...options, httpSocket: tunnel }, done), scope, protocol);
      else done(null, tunnel);
    }
  };
}

const PORTS: Readonly<Record<string, number>> = Object.freeze({ 'http:': 80, 'https:': 443 });

/** Ends the connecting of a socket with its scope. undici's connector gives the socket back, which its types do not tell. */
function cancellable(socket: unknown, scope: AbortScope, protocol: string): void {
  if (!(socket instanceof Socket)) return;
  const listening = onAbort(scope.signal, () => socket.destroy(new Error('given up')));
  socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => listening[Symbol.dispose]());
}
