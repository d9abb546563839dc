import type { GatewayError } from '../domain/errors.ts';
import type { StreamEnd } from '../domain/event-stream.ts';
import type { Operation } from '../domain/operation.ts';
import type { RequestIds } from '../domain/scope.ts';
import type { SseEvent } from '../domain/stream-grammar.ts';

/** What an API surface writes around the upstream's events. */
export interface Framing {
  /** Written before the first event; empty for none. */
  readonly head: string;
  /** Whether the events keep their `event:` lines or are written without them. */
  readonly names: 'keep' | 'strip';
  /** Written after a complete answer, and only then. */
  readonly complete: string;
  /** Written in place of the end when the stream failed after it had begun. */
  failed(end: FailedEnd): string;
  /** Written in a silence of the stream, between two events. */
  readonly keepAlive: string;
}

/** The end of a stream that failed. */
export type FailedEnd = Extract<StreamEnd, { readonly kind: 'failed' }>;

/**
 * The framing of an operation's own API: the events as they are, its end mark after a complete answer, and after a failed one an error event
 * with the API's error body, named where the API names its events.
 */
export function restFraming(
  { stream, errorEvents }: Pick<Operation, 'stream' | 'errorEvents'>,
  ids: RequestIds,
): Framing {
  return {
    head: '',
    names: 'keep',
    complete: stream?.end ?? '',
    keepAlive: stream?.keepAlive ?? KEEP_ALIVE,
    failed: ({ error, events }) => events ?? errorEvents(error, ids),
  };
}

/**
 * Milliseconds after which an EventSource may reconnect: a day. tRPC's own client runs on an EventSource. If it reconnected after a cut, it
 * would run and bill the generation again; the long delay keeps it waiting instead.
 */
const RETRY_MS = 86_400_000;
/** The same for a stream that can be resumed: to connect again costs nothing there. */
const RESUME_MS = 500;

/**
 * tRPC's framing of the same events: a bare data event is a message there as it stands. An `event:` line of the provider's would be a
 * control message of the protocol, so names are stripped. Completeness is the event `return`, a failure the event `serialized-error` in the
 * shape that `shapeOf` gives. `hasIds`: whether the events have ids, from which a client may resume.
 */
export function trpcFraming(shapeOf: (error: GatewayError) => object, hasIds = false): Framing {
  return {
    head: `event: connected\ndata: {}\nretry: ${hasIds ? RESUME_MS : RETRY_MS}\n\n`,
    names: 'strip',
    complete: 'event: return\ndata: \n\n',
    keepAlive: KEEP_ALIVE,
    failed: ({ error }) => `event: serialized-error\ndata: ${JSON.stringify(shapeOf(error))}\n\n`,
  };
}

/** A comment that keeps load balancers from cutting a silent stream. One line: openai-python may take a blank line after it for the end of an empty event. */
export const KEEP_ALIVE = ': keep-alive\n';

const LARGE_BYTES = 64 * 1024;
const END_OF_EVENT = Buffer.from('\n\n');

/** The bytes in which an event is passed on: its own when they are plain, otherwise written anew as its name, if any, and one data line. */
export function eventBytes({ name, data, plain }: SseEvent): Buffer {
  if (plain !== undefined) return plain;
  const nameLine = name === undefined ? '' : `event: ${name.replaceAll(/[\r\n]+/g, '')}\n`;
  // To decode and encode a large event takes long.
  if (data.length > LARGE_BYTES && !data.includes('\n') && !data.includes('\r'))
    return Buffer.concat([Buffer.from(`${nameLine}data: `), data, END_OF_EVENT]);
  // Line ends in JSON stand only between tokens, so a blank in their place changes nothing.
  const text = data.toString('utf8').replaceAll(/[\r\n]+/g, ' ');
  return Buffer.from(`${nameLine}data: ${text}\n\n`);
}

/** An event of an API that names its events by their type, whose data is a JSON text without line ends. It is plain, so that it passes as it is. */
export function namedEvent(name: string, json: string): SseEvent {
  const plain = Buffer.from(`event: ${name}\ndata: ${json}\n\n`);
  return { name, data: plain.subarray(name.length + NAMED_FRAME_BYTES, -END_OF_EVENT.length), plain };
}

/** An event without a name whose data is a JSON text without line ends. */
export function bareEvent(json: string): SseEvent {
  const plain = Buffer.from(`data: ${json}\n\n`);
  return { name: undefined, data: plain.subarray(DATA_BYTES, -END_OF_EVENT.length), plain };
}

/** Of `event: `, a line end and `data: `. */
const NAMED_FRAME_BYTES = 14;
const DATA_BYTES = 6;
