import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Chunk, Reply } from './script.ts';

/** A request that waits for its reply. */
export interface Exchange {
  readonly response: ServerResponse;
  /** Counts the bytes written. */
  readonly hit: { bytesWritten: number };
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/** Sends a scripted reply; stops at once when the client disconnects. */
export async function play(reply: Reply, exchange: Exchange): Promise<void> {
  const { response, signal } = exchange;
  const { socket } = response;
  try {
    await sendBody(reply, exchange);
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
      // A reset drops what Node holds back to join writes, so it waits for an empty write.
      return void socket?.write('', () => socket.resetAndDestroy());
    case 'hang':
      return undefined;
  }
}

async function sendBody(reply: Reply, exchange: Exchange): Promise<void> {
  const { response, hit, signal } = exchange;
  if (reply.delay !== undefined) await wait(reply.delay, undefined, { signal });
  if (reply.raw !== undefined) {
    hit.bytesWritten += Buffer.byteLength(reply.raw);
    response.socket?.write(reply.raw);
  } else if (reply.head !== false) {
    const json = typeof reply.body === 'object' && !Buffer.isBuffer(reply.body);
    response.writeHead(reply.status ?? 200, {
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...reply.headers,
    });
    response.flushHeaders();
    for (const chunk of chunksOf(reply)) await sendChunk(chunk, exchange);
  }
}

function chunksOf({ body, chunks = [] }: Reply): readonly Chunk[] {
  if (body === undefined) return chunks;
  return [typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), ...chunks];
}

async function sendChunk(chunk: Chunk, { response, hit, signal }: Exchange): Promise<void> {
  const bare = typeof chunk === 'string' || Buffer.isBuffer(chunk);
  if (!bare && chunk.delay !== undefined) await wait(chunk.delay, undefined, { signal });
  const data = bare ? chunk : chunk.data;
  if (data === undefined || signal.aborted) return;
  hit.bytesWritten += Buffer.byteLength(data);
  if (!response.write(data)) await once(response, 'drain', { signal });
}
