import type { ServerResponse } from 'node:http';
import type { Sink } from '../sse/pump.ts';
import { bodyWriter, isWrapped } from './chunks.ts';

/**
 * The most bytes that are written to the socket at once. A larger write would report no progress until all of it is sent, so a slow reader would look
 * like a reader that has stopped.
 */
const PIECE_BYTES = 64 * 1024;

/** Makes a sink over a response whose head is written. */
export function responseSink(response: ServerResponse): Sink {
  const body = bodyWriter(response);
  const waiting: Buffer[] = [];
  let ended = false;
  let drained: (() => void) | undefined;
  let progressed: (() => void) | undefined;

  /** Writes waiting pieces as far as the socket takes them. Returns whether it takes more. */
  function advance(): boolean {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift())
      if (!body.write(piece)) return false;
    if (ended) body.end();
    return true;
  }

  function onDrained(): void {
    progressed?.();
    if (advance()) drained?.();
  }

  // The socket outlives the response and serves the next one.
  const source = isWrapped(response) ? response : response.socket;
  source?.on('drain', onDrained);
  response.once('close', () => source?.off('drain', onDrained));

  return {
    write(bytes) {
      if (response.destroyed) return true;
      if (waiting.length === 0 && bytes.length <= PIECE_BYTES) return body.write(bytes);
      const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      const first = waiting.length === 0;
      for (let at = 0; at < all.length; at += PIECE_BYTES) waiting.push(all.subarray(at, at + PIECE_BYTES));
      return first && advance();
    },
    onDrain: (listener) => void (drained = listener),
    onProgress: (listener) => void (progressed = listener),
    onClose(listener) {
      if (response.destroyed) listener();
      else response.once('close', listener);
    },
    end() {
      ended = true;
      if (waiting.length === 0) body.end();
    },
    destroy: () => void response.destroy(),
  };
}
