import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../domain/errors.ts';
import type { BytesReply, DoorReply, StreamReply } from '../door/request.ts';
import type { Clock } from '../lib/clock.ts';
import { endSink, pump } from '../sse/pump.ts';
import { linger } from './linger.ts';
import { refusal } from './early-error.ts';
import { responseSink } from './response-sink.ts';

/** Writes a door's reply to the caller's socket and takes the reply out of Fastify's hands. Never throws. */
export type WriteReply = (reply: FastifyReply, answer: DoorReply) => void;

/** A body that needs no watching, in bytes. */
const SMALL_BYTES = 64 * 1024;

/** Makes the writer; a reader who takes nothing for `writeIdle` milliseconds is dropped. */
export function createWriteReply(clock: Clock, writeIdle: number): WriteReply {
  function write(reply: FastifyReply, answer: DoorReply): void {
    reply.hijack();
    if (reply.raw.destroyed) return leave(answer);
    // A hijacked reply passes no hook of Fastify's, so what plugins have set is carried over by hand.
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    if (answer.kind === 'stream') writeStream(reply, answer);
    else writeBytes(reply, answer);
  }

  function writeStream({ raw: response }: FastifyReply, { status, headers, stream, framing }: StreamReply): void {
    // The head, and what of the stream is there already, leave in one packet.
    const { socket } = response;
    response.writeHead(status, headers);
    socket?.cork();
    response.flushHeaders();
    process.nextTick(() => socket?.uncork());
    pump(stream, responseSink(response), { framing, clock, writeIdle });
  }

  function writeBytes({ raw: response, request }: FastifyReply, { status, headers, body }: BytesReply): void {
    // What is left of an unread body would be taken for the next request, so the connection goes with it.
    const unread = !(request.raw.complete && request.raw.readableDidRead) && hasBody(request);
    const all: Record<string, string | number> = { ...headers };
    if (unread) all['connection'] = 'close';
    if (status !== 204) all['content-length'] = body.length;
    response.writeHead(status, all);
    if (request.method === 'HEAD') return void response.end();
    if (unread && response.socket !== null && body.length <= SMALL_BYTES) {
      response.write(body);
      request.raw.resume();
      return linger(response.socket, clock);
    }
    // A small one is the kernel's to hold, whoever reads it.
    if (body.length <= SMALL_BYTES) return void response.end(body);
    const sink = responseSink(response);
    sink.write(body);
    endSink(sink, { clock, writeIdle });
  }

  return (reply, answer) => {
    try {
      write(reply, answer);
    } catch (thrown) {
      leave(answer);
      // Nothing is known to throw here; should it, one caller hears of it, or is cut off where half an answer has gone.
      if (reply.raw.headersSent) reply.raw.destroy();
      else writeBytes(reply, refusal(GatewayError.from(thrown), reply.request.url));
    }
  };
}

function leave(answer: DoorReply): void {
  if (answer.kind === 'stream') void answer.stream[Symbol.asyncDispose]();
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
