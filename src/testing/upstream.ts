import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createServer } from '../lib/http.ts';
import { type Chunk, type Reply, replyOf, type Script, type ScriptedRequest } from './script.ts';

/** A request that came, and what became of it. Times in milliseconds since the epoch, with fractions. */
export interface Hit extends ScriptedRequest {
  readonly at: number;
  /** Which socket it came on, counted from 1 in the order of opening: equal on a connection that is used again. */
  readonly socket: number;
  /** Bytes of the body, or of `raw`, written so far, without HTTP's framing. `until` is not told when it grows. */
  bytesWritten: number;
  /** When the caller's side closed before the answer was through. */
  closedAt?: number;
  /** When the answer was sent whole. */
  endedAt?: number;
}

/** What a scripted upstream is started with. */
export interface UpstreamOptions {
  readonly script: Script;
  /** 127.0.0.1 unless given. */
  readonly host?: string | undefined;
  /** A free port unless given. */
  readonly port?: number | undefined;
  /** How long it keeps an idle connection, and says so, in milliseconds; 30,000 unless given. */
  readonly keepAlive?: number | undefined;
}

/** An HTTP server on loopback that answers as it is told and records what happens. Dispose closes it; idempotent. */
export interface ScriptedUpstream extends AsyncDisposable {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  readonly hits: readonly Hit[];
  /** Sockets so far, and those still open. */
  readonly sockets: { readonly opened: number; readonly closed: number; readonly open: number };
  /** May be replaced at any time; requests that run keep theirs. */
  script: Script;
  /** Forgets the hits; a list of replies starts again. */
  reset(): void;
  /** Resolves when the condition holds, looked at after everything that happens. Rejects after `timeoutMs` (5,000 unless given), and with what it throws. */
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
  const sockets = new Map<Socket, number>();
  const watchers = new Set<() => void>();
  const count = { opened: 0, closed: 0 };
  const changed = (): void => watchers.forEach((watcher) => watcher());

  const server = createServer({ keepAliveTimeout: keepAlive, requestTimeout: 0 }, (request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.set(socket, ++count.opened);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      count.closed++;
      changed();
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    const pieces: Buffer[] = [];
    const at = now();
    const socket = sockets.get(request.socket) ?? 0;
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
      gone.abort();
      changed();
    });
    changed();
    const reply = await replyOf(upstream.script, hit, served++);
    await play(reply, { response, hit, signal: gone.signal });
  }

  async function closeAll(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    for (const socket of sockets.keys()) socket.destroy();
    await closed;
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
      return { ...count, open: sockets.size };
    },
    reset() {
      hits = [];
      served = 0;
    },
    until(condition, timeoutMs = 5000) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = setTimeout(
        () => reject(new Error(`The condition did not come to hold within ${timeoutMs} ms.`)),
        timeoutMs,
      );
      const watcher = (): void => {
        // What it throws must not come out of whichever event it was looked at in.
        try {
          if (condition(upstream)) resolve();
        } catch (error) {
          reject(error);
        }
      };
      watchers.add(watcher);
      watcher();
      return promise.finally(() => {
        clearTimeout(late);
        watchers.delete(watcher);
      });
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  };
  return upstream;
}

interface Exchange {
  readonly response: ServerResponse;
  readonly hit: Hit;
  readonly signal: AbortSignal;
}

/** Plays a reply; a caller who leaves stops it at once. */
async function play(reply: Reply, exchange: Exchange): Promise<void> {
  const { response, hit, signal } = exchange;
  const { socket } = response;
  try {
    if (reply.delay !== undefined) await wait(reply.delay, undefined, { signal });
    if (reply.raw !== undefined) {
      hit.bytesWritten += Buffer.byteLength(reply.raw);
      socket?.write(reply.raw);
    } else if (reply.head !== false) {
      const json = typeof reply.body === 'object' && !Buffer.isBuffer(reply.body);
      response.writeHead(reply.status ?? 200, {
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...reply.headers,
      });
      response.flushHeaders();
      for (const chunk of chunksOf(reply)) await send(chunk, exchange);
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  switch (reply.end ?? (reply.raw === undefined ? 'done' : 'fin')) {
    case 'done':
      return void response.end();
    case 'fin':
      return void socket?.end();
    case 'rst':
      // A reset throws away what Node holds back to join writes.
      return void socket?.write('', () => socket.resetAndDestroy());
    case 'hang':
      return undefined;
  }
}

function chunksOf({ body, chunks = [] }: Reply): readonly Chunk[] {
  if (body === undefined) return chunks;
  return [typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), ...chunks];
}

async function send(chunk: Chunk, { response, hit, signal }: Exchange): Promise<void> {
  const bare = typeof chunk === 'string' || Buffer.isBuffer(chunk);
  if (!bare && chunk.delay !== undefined) await wait(chunk.delay, undefined, { signal });
  const data = bare ? chunk : chunk.data;
  if (data === undefined || signal.aborted) return;
  hit.bytesWritten += Buffer.byteLength(data);
  if (!response.write(data)) await once(response, 'drain', { signal });
}
