import { GatewayError } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';

/** Limits on the bytes of one body. */
export interface PieceLimits {
  readonly clock: Clock;
  /** The largest body, in bytes. */
  readonly limit: number;
  /** The longest pause between two reads, in milliseconds. */
  readonly idle: number;
}

/** Milliseconds that each megabyte of a body may take, and once more at the start, if no shorter pause is too long. */
const MS_PER_MB = 10_000;
const MB = 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** The bytes of a body that have arrived. They are joined while further ones arrive, because a copy of a whole large body takes long. */
export class BodyPieces {
  readonly #limits: PieceLimits;
  readonly #declared: number;
  readonly #startedAt: number;
  #size = 0;
  /** Pieces that are not joined yet. */
  #pieces: Buffer[] = [];
  #joined = NOTHING;
  #joinedBytes = 0;

  /** `declared`: the body's length by its head, in bytes; 0 where that does not say it. */
  constructor(limits: PieceLimits, declared: number) {
    this.#limits = limits;
    this.#declared = declared;
    this.#startedAt = limits.clock.now();
  }

  /** Throws `request_too_large` and `request_timeout` for a piece too many, or too late. */
  add(piece: Buffer): void {
    const { clock, limit, idle } = this.#limits;
    this.#size += piece.length;
    if (this.#size > limit) throw tooLarge(limit);
    if (clock.now() - this.#startedAt > Math.min(idle, MS_PER_MB) + (this.#size / MB) * MS_PER_MB)
      throw tooSlow(`The body was received more slowly than 1 MB in ${MS_PER_MB} ms.`);
    this.#pieces.push(piece);
    if (this.#size - this.#joinedBytes >= MB) this.#join();
  }

  /** Forgets what has arrived. */
  drop(): void {
    this.#pieces = [];
    this.#joined = NOTHING;
  }

  /** The whole body. */
  all(): Buffer {
    const [first] = this.#pieces;
    if (this.#joinedBytes === 0)
      return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.#join();
    return this.#joined.subarray(0, this.#size);
  }

  #join(): void {
    if (this.#size > this.#joined.length) {
      const expected = this.#declared > this.#size ? this.#declared : 2 * this.#joined.length;
      const capacity = Math.max(this.#size, Math.min(this.#limits.limit, expected));
      // What of it is not written yet takes no memory, so that a declared length costs nothing until the bytes arrive.
      const larger = Buffer.allocUnsafeSlow(capacity);
      this.#joined.copy(larger, 0, 0, this.#joinedBytes);
      this.#joined = larger;
    }
    for (const piece of this.#pieces) this.#joinedBytes += piece.copy(this.#joined, this.#joinedBytes);
    this.#pieces = [];
  }
}

/** The error for a body past its limit, in bytes. */
export function tooLarge(limit: number): GatewayError {
  return new GatewayError('request_too_large', { message: `The body is larger than ${limit} bytes.` });
}

/** The error for a body that is received too slowly. */
export function tooSlow(message: string): GatewayError {
  return new GatewayError('request_timeout', { message });
}
