import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../domain/errors.ts';
import type { BytesReply, DoorReply, StreamReply } from '../door/request.ts';
import type { Clock } from '../lib/clock.ts';
import { endSink, pump } from '../sse/pump.ts';
import { isWrapped } from './chunks.ts';
import { earlyErrorReply } from './early-error.ts';
import { lingeringClose } from './lingering-close.ts';
import { responseSink } from './response-sink.ts';

/** Writes a door's reply to the client's socket, past Fastify's own reply. Never throws. */
export type WriteReply = (reply: FastifyReply, answer: DoorReply) => void;

/** The largest body that is written without a watchdog, in bytes: the kernel's buffers hold it, however slow the reader. */
const SMALL_BYTES = 64 * 1024;

/** Makes the writer. It drops a reader that takes nothing for `writeIdle` milliseconds. */
export function createWriteReply(clock: Clock, writeIdle: number): WriteReply {
  function write(reply: FastifyReply, answer: DoorReply): void {
    reply.hijack();
    if (reply.raw.destroyed) return cancel(answer);
    // A hijacked reply passes no hook of Fastify's, so headers that plugins have set are copied here.
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    if (answer.kind === 'stream') writeStream(reply, answer);
    else writeBytes(reply, answer);
  }

  function writeStream({ raw: response }: FastifyReply, { status, headers, stream, framing }: StreamReply): void {
    // The head and the events that are ready are sent in one packet.
    const { socket } = response;
    response.writeHead(status, listOf(headers));
    socket?.cork();
    response.flushHeaders();
    process.nextTick(() => socket?.uncork());
    pump(stream, responseSink(response), { framing, clock, writeIdle });
  }

  function writeBytes({ raw: response, request }: FastifyReply, answer: BytesReply): void {
    const { status, headers, body, keepsConnection = false } = answer;
    // The rest of an unread body would be taken for the next request, so the connection is closed.
    const unread = !(request.raw.complete && (keepsConnection || request.raw.readableDidRead)) && hasBody(request);
    const all = listOf(headers);
    if (unread && headers['connection'] === undefined) all.push('connection', 'close');
    // Written headers replace those of the same name that were set, here those of CORS.
    const { vary } = headers;
    const set = response.getHeader('vary');
    if (vary !== undefined && typeof set === 'string' && !vary.includes(set)) all.push('vary', set);
    if (status !== 204 && status !== 304) all.push('content-length', String(body.length));
    response.writeHead(status, all);
    if (request.method === 'HEAD') return void response.end();
    if (unread) request.raw.resume();
    if (unread && response.socket !== null && body.length <= SMALL_BYTES && !isWrapped(response)) {
      response.write(body);
      return lingeringClose(response.socket, clock);
    }
    if (body.length <= SMALL_BYTES) return void response.end(body);
    const sink = responseSink(response);
    sink.write(body);
    endSink(sink, { clock, writeIdle });
  }

  return (reply, answer) => {
    try {
      write(reply, answer);
    } catch (thrown) {
      cancel(answer);
      // Nothing is known to throw here. If something does, one client gets an error, or is cut off after half an answer.
      if (reply.raw.headersSent) reply.raw.destroy();
      else writeBytes(reply, earlyErrorReply(GatewayError.from(thrown), reply.request.url));
    }
  };
}

/** Names and values in turn, which Node writes as they are. */
function listOf(headers: Readonly<Record<string, string>>): string[] {
  const list: string[] = [];
  for (const name in headers) list.push(name, headers[name] ?? '');
  return list;
}

function cancel(answer: DoorReply): void {
  if (answer.kind === 'stream') void answer.stream[Symbol.asyncDispose]();
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
