import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DoorReply } from '../door/request.ts';
import type { Clock } from '../lib/clock.ts';
import { endSink, pump } from '../sse/pump.ts';
import { responseSink } from './response-sink.ts';

/** Writes a door's reply to the caller's socket and takes the reply out of Fastify's hands. */
export type WriteReply = (reply: FastifyReply, answer: DoorReply) => void;

/** A body that needs no watching, in bytes. */
const SMALL_BYTES = 64 * 1024;

/** Makes the writer; a reader who takes nothing for `writeIdle` milliseconds is dropped. */
export function createWriteReply(clock: Clock, writeIdle: number): WriteReply {
  return (reply, answer) => {
    reply.hijack();
    const response = reply.raw;
    if (response.destroyed) {
      if (answer.kind === 'stream') void answer.stream[Symbol.asyncDispose]();
      return;
    }
    // A hijacked reply passes no hook of Fastify's, so what plugins have set is carried over by hand.
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) response.setHeader(name, value);
    const { status, headers } = answer;
    if (answer.kind === 'stream') {
      // The head, and what of the stream is there already, leave in one packet.
      const { socket } = response;
      socket?.cork();
      response.writeHead(status, headers);
      response.flushHeaders();
      process.nextTick(() => socket?.uncork());
      return pump(answer.stream, responseSink(response), { framing: answer.framing, clock, writeIdle });
    }
    const { body } = answer;
    // What is left of an unread body would be taken for the next request, so the connection goes with it.
    const unread = reply.request.raw.readableEnded || hasNoBody(reply.request) ? {} : { connection: 'close' };
    response.writeHead(status, { ...headers, ...unread, 'content-length': body.length });
    if (reply.request.method === 'HEAD') return void response.end();
    // A small one is the kernel's to hold, whoever reads it.
    if (body.length <= SMALL_BYTES) return void response.end(body);
    const sink = responseSink(response);
    sink.write(body);
    endSink(sink, { clock, writeIdle });
  };
}

function hasNoBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}
