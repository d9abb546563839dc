import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { type ClientStream, clientStream, follow } from './client-stream.ts';
import { SpillwayError } from './error.ts';
import { type Call, errorOf, send } from './request.ts';

/** One call of a subscription, sent by POST. */
export interface StreamCall extends Call {
  /** Called when the gateway has begun to answer. */
  readonly onOpen?: (() => void) | undefined;
  /** Called with the id of an event that has one, before the event is delivered. */
  readonly onId?: ((id: string) => void) | undefined;
}

/** How long the response may stay open after the stream's own end, in milliseconds, so that its connection can be used again. */
const LINGER_MS = 1000;

/** The largest event, in characters: the gateway's own limit, an image in base64. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024;

/**
 * Calls a subscription by POST, so that its input may have any size, and reads it at the reader's own pace: at most one read of the
 * network waits in memory, and a reader that pauses makes the provider pause. Nothing is sent before the first `next`. Ending the iteration,
 * by `break`, `throw` or the signal, ends the request and with it the upstream's. The request is sent once and never again: whatever keeps the
 * stream from its own end throws a SpillwayError, an abort the signal's reason.
 */
export function openStream<Item>(call: StreamCall): ClientStream<Item> {
  const controller = new AbortController();
  return clientStream(read<Item>(call, controller), controller);
}

async function* read<Item>(call: StreamCall, controller: AbortController): AsyncGenerator<Item, undefined> {
  const { signal } = call;
  const unfollow = follow(signal, controller);
  let complete = false;
  try {
    signal?.throwIfAborted();
    const reader = await open(call, controller.signal);
    // For a fetch whose body ignores the signal.
    controller.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
    for await (const events of eventsOf(reader)) {
      for (const { event, data, id } of events) {
        // Events that were read before an abort are not delivered after it.
        signal?.throwIfAborted();
        if (event === 'return') {
          complete = true;
          return void finish(reader, controller);
        }
        if (event === 'serialized-error') throw SpillwayError.from(parsed(data));
        if (event !== undefined && event !== 'message') continue;
        if (id !== undefined) call.onId?.(id);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is what the procedure promises
        yield parsed(data) as Item;
      }
    }
    throw incomplete();
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    // After `return` during a pending `next` an error would be the abort's own.
    if (controller.signal.aborted) return undefined;
    throw error;
  } finally {
    unfollow();
    if (!complete) controller.abort();
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function open(call: StreamCall, signal: AbortSignal): Promise<Reader> {
  const response = await send({ ...call, signal }, { method: 'POST', accept: 'text/event-stream' });
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || !type.startsWith('text/event-stream') || response.body === null)
    throw await errorOf(response, signal);
  call.onOpen?.();
  return response.body.getReader();
}

/** The events of a body, read by read. Ends with the body; throws `incomplete_stream` when it breaks, `invalid_reply` for an event past the limit. */
async function* eventsOf(reader: Reader): AsyncGenerator<readonly EventSourceMessage[], undefined> {
  const events: EventSourceMessage[] = [];
  let tooLarge = false;
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    onError: ({ type }) => void (tooLarge ||= type === 'max-buffer-size-exceeded'),
    maxBufferSize: MAX_EVENT_CHARS,
  });
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await next(reader);
    if (done) return undefined;
    parser.feed(decoder.decode(value, { stream: true }));
    yield events.splice(0);
    if (tooLarge) {
      const message = `An event is larger than ${MAX_EVENT_CHARS} characters.`;
      throw new SpillwayError({ code: 'invalid_reply', message });
    }
  }
}

async function next(reader: Reader): Promise<Awaited<ReturnType<Reader['read']>>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw incomplete(cause);
  }
}

/** Reads the end of the response, which follows the stream's own end: its connection can then be used again. */
async function finish(reader: Reader, controller: AbortController): Promise<void> {
  const timeout = setTimeout(() => controller.abort(), LINGER_MS);
  const rest = await reader.read().catch(() => undefined);
  clearTimeout(timeout);
  if (rest?.done !== true) controller.abort();
}

function incomplete(cause?: unknown): SpillwayError {
  const message = 'The stream ended without its end event.';
  return new SpillwayError({ code: 'incomplete_stream', message, cause });
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new SpillwayError({ code: 'invalid_reply', message: 'An event of the stream is not JSON.', cause });
  }
}
