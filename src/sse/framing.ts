import type { SseEvent } from '../domain/stream-grammar.ts';
import type { VendorError } from '../domain/vendor-error.ts';

/** What a door writes around the upstream's events. */
export interface Framing {
  /** Before the first event; empty for none. */
  readonly head: string;
  /** After a complete answer, and only then. */
  readonly complete: string;
  /** In place of the end when the stream failed after it had begun. */
  failed(error: VendorError): string;
}

/** OpenAI's framing: bare data events, `[DONE]` after a complete answer, one error event after a failed one. */
export const REST_FRAMING: Framing = Object.freeze({
  head: '',
  complete: 'data: [DONE]\n\n',
  failed: (error: VendorError) => `data: ${JSON.stringify({ error })}\n\n`,
});

/** A comment that keeps balancers from cutting a silent stream. One line: with a blank line openai-python reads an empty event. */
export const KEEP_ALIVE = ': keep-alive\n';

/** The bytes in which an event is passed on: its own where they are plain, else written anew as one bare data line. */
export function eventBytes(event: SseEvent): Buffer {
  if (event.plain !== undefined) return event.plain;
  // Line ends in JSON stand only between tokens, so a blank in their place changes nothing.
  const data = event.data.toString('utf8').replaceAll(/[\r\n]+/g, ' ');
  return Buffer.from(`data: ${data}\n\n`);
}
