const NOTHING = Buffer.alloc(0);

/** Pieces that are joined at once: a tiny piece costs several times its bytes, and keeps the memory of its whole read alive. */
const MOST_PIECES = 256;
/** Bytes that are joined at once. */
const MOST_BYTES = 1024 * 1024;

/**
 * Bytes that arrive in pieces. They are joined while further ones arrive: one copy of a large whole takes long, and a copy at every piece would be
 * quadratic. A single piece is never copied.
 */
export class JoinedBytes {
  /** Bytes held. */
  size = 0;
  /** The whole size where it is known, in bytes. */
  readonly #expected: number;
  #joined = NOTHING;
  #joinedBytes = 0;
  /** What is not joined yet. */
  #pieces: Buffer[] = [];

  /** `expected`: the whole size in bytes, as far as it is known; it costs nothing until the bytes arrive. */
  constructor(expected = 0) {
    this.#expected = expected;
  }

  /** The first byte held; undefined where there is none. */
  get firstByte(): number | undefined {
    return this.#joinedBytes > 0 ? this.#joined[0] : this.#pieces[0]?.[0];
  }

  /** The last byte held; undefined where there is none. */
  get lastByte(): number | undefined {
    return this.#pieces.at(-1)?.at(-1) ?? (this.#joinedBytes > 0 ? this.#joined[this.#joinedBytes - 1] : undefined);
  }

  /** Adds bytes at the end. They must not change any more. */
  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.size += piece.length;
    if (this.#pieces.length >= MOST_PIECES || this.size - this.#joinedBytes >= MOST_BYTES) this.#join();
  }

  /** All bytes as one buffer. */
  all(): Buffer {
    if (this.#joinedBytes === 0) {
      if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
      return this.#pieces[0] ?? NOTHING;
    }
    this.#join();
    return this.#joined.subarray(0, this.size);
  }

  /** Removes all bytes and returns them. */
  take(): Buffer {
    const all = this.all();
    this.clear();
    return all;
  }

  /** Removes all bytes. */
  clear(): void {
    this.#pieces = [];
    this.#joined = NOTHING;
    this.#joinedBytes = 0;
    this.size = 0;
  }

  #join(): void {
    // A first piece that is large is mostly the only one.
    if (this.#joinedBytes === 0 && this.#pieces.length === 1) return;
    if (this.size > this.#joined.length) {
      // What of it is not written yet takes no memory.
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#expected, 2 * this.#joined.length, this.size));
      this.#joined.copy(larger, 0, 0, this.#joinedBytes);
      this.#joined = larger;
    }
    for (const piece of this.#pieces) this.#joinedBytes += piece.copy(this.#joined, this.#joinedBytes);
    this.#pieces = [];
  }
}
