import type { Readable } from 'node:stream';

/** Bytes of all bodies that are read in one turn of the event loop; about 10 ms. One socket alone brings up to 2 MB in a turn (libuv). */
const TURN_BYTES = 2 * 1024 * 1024;

/**
 * Spreads the reading of bodies over turns of the event loop, so that many large ones at once do not delay other requests: once a turn has read 2 MB,
 * the bodies that still bring bytes are paused until the next one.
 */
export class BodyTurns {
  /** Bytes read in this turn. */
  #bytes = 0;
  readonly #paused = new Set<Readable>();

  /** Counts bytes that were read of a body. */
  read(body: Readable, bytes: number): void {
    if (this.#bytes === 0) setImmediate(() => this.#nextTurn());
    this.#bytes += bytes;
    if (this.#bytes < TURN_BYTES) return;
    body.pause();
    this.#paused.add(body);
  }

  /** The body is read, or not wanted: it is not resumed any more. */
  end(body: Readable): void {
    this.#paused.delete(body);
  }

  #nextTurn(): void {
    this.#bytes = 0;
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const body of paused) body.resume();
  }
}
