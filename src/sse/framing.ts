import type { GatewayError } from '../domain/errors.ts';
import type { SseEvent } from '../domain/stream-grammar.ts';

/** What a door writes around the upstream's events. */
export interface Framing {
  /** Before the first event; empty for none. */
  readonly head: string;
  /** After a complete answer, and only then. */
  readonly complete: string;
  /** In place of the end when the stream failed after it had begun. */
  failed(error: GatewayError): string;
}

/**
 * OpenAI's framing: bare data events, `[DONE]` after a complete answer, one error event, in the shape that `bodyOf` gives, after a failed
 * one.
 */
export function restFraming(bodyOf: (error: GatewayError) => object): Framing {
  return {
    head: '',
    complete: 'data: [DONE]\n\n',
    failed: (error) => `data: ${JSON.stringify(bodyOf(error))}\n\n`,
  };
}

/**
 * Milliseconds after which an EventSource may connect again: a day. tRPC's own client runs on one, and its connecting again after a cut
 * would run and bill the generation anew; so long a wait leaves it waiting instead.
 */
const RETRY_MS = 86_400_000;

/**
 * tRPC's framing of the same events: a bare data event is a message there as it stands. Completeness is said by an event `return`, a
 * failure by `serialized-error` in the shape that `shapeOf` gives.
 */
export function trpcFraming(shapeOf: (error: GatewayError) => object): Framing {
  return {
    head: `event: connected\ndata: {}\nretry: ${RETRY_MS}\n\n`,
    complete: 'event: return\ndata: \n\n',
    failed: (error) => `event: serialized-error\ndata: ${JSON.stringify(shapeOf(error))}\n\n`,
  };
}

/** A comment that keeps balancers from cutting a silent stream. One line: a blank one after it may end an event, an empty one, to openai-python. */
export const KEEP_ALIVE = ': keep-alive\n';

/** The bytes in which an event is passed on: its own where they are plain, else written anew as one bare data line. */
export function eventBytes(event: SseEvent): Buffer {
  if (event.plain !== undefined) return event.plain;
  // Line ends in JSON stand only between tokens, so a blank in their place changes nothing.
  const data = event.data.toString('utf8').replaceAll(/[\r\n]+/g, ' ');
  return Buffer.from(`data: ${data}\n\n`);
}
