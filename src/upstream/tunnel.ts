import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { onAbort } from '../lib/abort.ts';
import { bareHost } from '../lib/bare-host.ts';
import { request as httpRequest } from '../lib/http.ts';
import { Unreachable } from './unreachable.ts';

/** What a tunnel is opened with. */
export interface TunnelOptions {
  readonly proxy: URL;
  /** The target of the tunnel: host and port. */
  readonly authority: string;
  /** Ends the CONNECT request; an open tunnel is not affected. */
  readonly signal: AbortSignal;
}

/**
 * Opens a tunnel through a proxy by CONNECT, for http as well as for https, so that replies inside it are the provider's and never the
 * proxy's. Never rejects: a proxy that refuses or cannot be reached resolves to an error without its address and credentials.
 */
export function openTunnel({ proxy, authority, signal }: TunnelOptions): Promise<Socket | Unreachable> {
  const { promise, resolve } = Promise.withResolvers<Socket | Unreachable>();
  const secure = proxy.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const request = send({
    agent: false,
    rejectUnauthorized: true,
    hostname: bareHost(proxy.hostname),
    port: proxy.port === '' ? (secure ? 443 : 80) : proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...credentialsOf(proxy) },
  });
  const listening = onAbort(signal, () => request.destroy(new Error('aborted')));
  request.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
    listening[Symbol.dispose]();
    // Node has removed its own listener, and an `error` event without a listener ends the process.
    socket.on('error', () => undefined);
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      return resolve(socket.setNoDelay(true).setKeepAlive(true, 60_000));
    }
    socket.destroy();
    resolve(new Unreachable(`The proxy refused the connection (${statusCode}).`));
  });
  request.once('error', (cause) => {
    listening[Symbol.dispose]();
    const code = 'code' in cause ? String(cause.code) : cause.name;
    resolve(new Unreachable(`The proxy cannot be reached (${code}).`, { cause }));
  });
  request.end();
  return promise;
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
