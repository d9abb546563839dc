import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Chunk, type Reply, replyOf, type Script, type ScriptedRequest } from './script.ts';

/** A request that came, and what became of it. Times in milliseconds since the epoch, with fractions. */
export interface Hit extends ScriptedRequest {
  readonly at: number;
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
  /** Resolves when the condition holds, looked at after everything that happens. Rejects after `timeoutMs` (5,000 unless given). */
  until(condition: (upstream: ScriptedUpstream) => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

const now = (): number => performance.timeOrigin + performance.now();

/** Starts a scripted upstream. Rejects when the port is taken. */
export async function startScriptedUpstream({
  script,
  host = '127.0.0.1',
  port = 0,
}: UpstreamOptions): Promise<ScriptedUpstream> {
  let hits: Hit[] = [];
  let served = 0;
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  const count = { opened: 0, closed: 0 };
  const changed = (): void => watchers.forEach((watcher) => watcher());

  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    count.opened++;
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
    for await (const piece of request) pieces.push(Buffer.from(piece));
    const hit: Hit = {
      at,
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(pieces),
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
    await play(reply, response, gone.signal);
  }

  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;

  const upstream: ScriptedUpstream = {
    baseUrl: `http://${host}:${bound}/v1`,
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
        if (condition(upstream)) resolve();
      };
      watchers.add(watcher);
      watcher();
      return promise.finally(() => {
        clearTimeout(late);
        watchers.delete(watcher);
      });
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  };
  return upstream;
}

/** Plays a reply; a caller who leaves stops it at once. */
async function play(reply: Reply, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const { socket } = response;
  try {
    if (reply.delay !== undefined) await wait(reply.delay, undefined, { signal });
    if (reply.raw !== undefined) socket?.write(reply.raw);
    else if (reply.head !== false) {
      const json = typeof reply.body === 'object' && !Buffer.isBuffer(reply.body);
      response.writeHead(reply.status ?? 200, {
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...reply.headers,
      });
      response.flushHeaders();
      for (const chunk of chunksOf(reply)) await send(chunk, response, signal);
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
      return void socket?.resetAndDestroy();
    case 'hang':
      return undefined;
  }
}

function chunksOf({ body, chunks = [] }: Reply): readonly Chunk[] {
  if (body === undefined) return chunks;
  return [typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), ...chunks];
}

async function send(chunk: Chunk, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const bare = typeof chunk === 'string' || Buffer.isBuffer(chunk);
  if (!bare && chunk.delay !== undefined) await wait(chunk.delay, undefined, { signal });
  const data = bare ? chunk : chunk.data;
  if (data !== undefined && !response.write(data)) await once(response, 'drain', { signal });
}
