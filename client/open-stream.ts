import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { SpillwayError } from './error.ts';
import { type Call, errorOf, send } from './request.ts';

/** One subscription, to be asked by POST. */
export interface StreamCall extends Call {
  /** Called when the gateway has begun to answer. */
  readonly onOpen?: (() => void) | undefined;
}

/** A stream of a client's: for `for await`, once. Leaving or disposing it ends the request. */
export interface ClientStream<Item> extends AsyncIterableIterator<Item, undefined, undefined>, AsyncDisposable {}

/** How long the response may linger after the stream's own end, in milliseconds, so that its connection can be used again. */
const LINGER_MS = 1000;

/** The largest event, in characters: as large as the gateway's own, an image in base64. */
const MAX_EVENT = 16 * 1024 * 1024;

/**
 * Asks a subscription by POST, so that its input may have any size, and reads it at the reader's own pace: at most one read of the
 * network waits in memory, and a reader who waits makes the vendor wait. Nothing is sent before the first `next`. Leaving the iteration,
 * by `break`, `throw` or the signal, ends the request and with it the upstream's. It is asked once and never again: whatever keeps the
 * stream from its own end throws a SpillwayError, an abort the signal's reason.
 */
export function openStream<Item>(call: StreamCall): ClientStream<Item> {
  const controller = new AbortController();
  const items = read<Item>(call, controller);
  const leave = (): Promise<IteratorResult<Item, undefined>> => {
    // A `next` that is still waiting would hold back the generator's own return, and with it the abort.
    controller.abort();
    return items.return(undefined);
  };
  const stream: ClientStream<Item> = {
    next: () => items.next(),
    return: leave,
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await leave();
    },
  };
  return stream;
}

async function* read<Item>(call: StreamCall, controller: AbortController): AsyncGenerator<Item, undefined> {
  const { signal } = call;
  const leave = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  let through = false;
  try {
    signal?.throwIfAborted();
    const reader = await open(call, controller.signal);
    // For a fetch whose body does not listen to the signal.
    controller.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
    const events: EventSourceMessage[] = [];
    let tooLarge = false;
    const parser = createParser({
      onEvent: (event) => void events.push(event),
      onError: ({ type }) => void (tooLarge ||= type === 'max-buffer-size-exceeded'),
      maxBufferSize: MAX_EVENT,
    });
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await next(reader);
      if (done) break;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const { event, data } of events.splice(0)) {
        // What was read before the abort is not for him who has left.
        signal?.throwIfAborted();
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is what the procedure promises
        if (event === undefined || event === 'message') yield parsed(data) as Item;
        else if (event === 'return') {
          through = true;
          return void finish(reader, controller);
        } else if (event === 'serialized-error') throw SpillwayError.from(parsed(data));
      }
      if (tooLarge)
        throw new SpillwayError({ code: 'invalid_reply', message: `An event is larger than ${MAX_EVENT} characters.` });
    }
    throw incomplete();
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    // Who has left by `return` while a `next` was waiting is owed no error.
    if (controller.signal.aborted) return undefined;
    throw error;
  } finally {
    signal?.removeEventListener('abort', leave);
    if (!through) controller.abort();
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

async function next(reader: Reader): Promise<Awaited<ReturnType<Reader['read']>>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw incomplete(cause);
  }
}

/** After the stream's own end only the response's end is left; reading it lets the connection be used again. */
async function finish(reader: Reader, controller: AbortController): Promise<void> {
  const late = setTimeout(() => controller.abort(), LINGER_MS);
  const rest = await reader.read().catch(() => undefined);
  clearTimeout(late);
  if (rest?.done !== true) controller.abort();
}

function incomplete(cause?: unknown): SpillwayError {
  const message = 'The stream ended without saying that it was complete.';
  return new SpillwayError({ code: 'incomplete_stream', message, cause });
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new SpillwayError({ code: 'invalid_reply', message: 'An event of the stream is not JSON.', cause });
  }
}
