import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { createServer } from '../lib/http.ts';
import { createConditions } from './conditions.ts';
import { play } from './play.ts';
import { replyOf, type Script, type ScriptedRequest } from './script.ts';
import { trackSockets } from './sockets.ts';

/** A request that the upstream received, and its result. Times in milliseconds since the epoch, with fractions. */
export interface Hit extends ScriptedRequest {
  readonly at: number;
  /** The number of its socket, from 1 in the order of opening; equal for requests on one reused connection. */
  readonly socket: number;
  /** Bytes of the body, or of `raw`, written so far, without HTTP's framing. `until` does not check its condition when it grows. */
  bytesWritten: number;
  /** When the client closed the connection before the reply was sent whole. */
  closedAt?: number;
  /** When the reply was sent whole. */
  endedAt?: number;
}

/** Options of a scripted upstream. */
export interface UpstreamOptions {
  readonly script: Script;
  /** 127.0.0.1 unless given. */
  readonly host?: string | undefined;
  /** A free port unless given. */
  readonly port?: number | undefined;
  /** How long it keeps an idle connection, as its replies announce, in milliseconds; 30,000 unless given. */
  readonly keepAlive?: number | undefined;
}

/** An HTTP server on loopback that replies by a script and records every request. Dispose closes it; idempotent. */
export interface ScriptedUpstream extends AsyncDisposable {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  readonly hits: readonly Hit[];
  /** Sockets opened and closed so far, and those still open. */
  readonly sockets: { readonly opened: number; readonly closed: number; readonly open: number };
  /** May be replaced at any time; running requests keep their reply. */
  script: Script;
  /** Clears the hits; a list of replies starts again. */
  reset(): void;
  /**
   * Resolves when the condition holds. It is checked after each request, end of a reply and closed socket. Rejects after `timeoutMs`
   * milliseconds (5,000 unless given), and with any error that the condition throws.
   */
  until(condition: (upstream: ScriptedUpstream) => boolean, timeoutMs?: number): Promise<void>;
  /** Destroys every socket and resolves when the port is free; the same promise each time. */
  close(): Promise<void>;
}

const now = (): number => performance.timeOrigin + performance.now();

/** Starts a scripted upstream. Rejects when the port is taken. */
export async function startScriptedUpstream({
  script,
  host = '127.0.0.1',
  port = 0,
  keepAlive = 30_000,
}: UpstreamOptions): Promise<ScriptedUpstream> {
  let hits: Hit[] = [];
  let served = 0;
  let closing: Promise<void> | undefined;
  const conditions = createConditions();

  const server = createServer({ keepAliveTimeout: keepAlive, requestTimeout: 0 }, (request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  const sockets = trackSockets(server, () => conditions.check());

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const disconnected = new AbortController();
    const pieces: Buffer[] = [];
    const at = now();
    const socket = sockets.numberOf(request.socket);
    for await (const piece of request) pieces.push(Buffer.from(piece));
    const hit: Hit = {
      at,
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(pieces),
      socket,
      bytesWritten: 0,
    };
    hits.push(hit);
    response.once('close', () => {
      if (response.writableFinished) hit.endedAt = now();
      else hit.closedAt = now();
      disconnected.abort();
      conditions.check();
    });
    conditions.check();
    const reply = await replyOf(upstream.script, hit, served++);
    await play(reply, { response, hit, signal: disconnected.signal });
  }

  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;

  const upstream: ScriptedUpstream = {
    baseUrl: `http://${isIPv6(host) ? `[${host}]` : host}:${bound}/v1`,
    port: bound,
    script,
    get hits() {
      return hits;
    },
    get sockets() {
      return sockets.counts;
    },
    reset() {
      hits = [];
      served = 0;
    },
    until: (condition, timeoutMs = 5000) => conditions.until(() => condition(upstream), timeoutMs),
    close() {
      closing ??= sockets.close();
      return closing;
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  };
  return upstream;
}
