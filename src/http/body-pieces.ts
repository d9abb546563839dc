import { GatewayError } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { JoinedBytes } from '../lib/joined-bytes.ts';

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

/** The bytes of a body that have arrived, within its limits. */
export class BodyPieces {
  readonly #limits: PieceLimits;
  readonly #startedAt: number;
  readonly #bytes: JoinedBytes;
  #passed = 0;

  /** `declared`: the body's length by its head, in bytes; 0 where that does not say it. */
  constructor(limits: PieceLimits, declared: number) {
    this.#limits = limits;
    this.#startedAt = limits.clock.now();
    this.#bytes = new JoinedBytes(declared);
  }

  /** Throws `request_too_large` and `request_timeout` for a piece too many, or too late. */
  add(piece: Buffer): void {
    this.#check(this.#bytes.size + piece.length);
    this.#bytes.add(piece);
  }

  /** Counts a piece that is not kept: it is compressed. Throws as `add` does. */
  pass(piece: Buffer): void {
    this.#passed += piece.length;
    this.#check(this.#passed);
  }

  #check(size: number): void {
    const { clock, limit, idle } = this.#limits;
    if (size > limit) throw tooLarge(limit);
    if (clock.now() - this.#startedAt > Math.min(idle, MS_PER_MB) + (size / MB) * MS_PER_MB)
      throw tooSlow(`The body was received more slowly than 1 MB in ${MS_PER_MB} ms.`);
  }

  /** Forgets what has arrived. */
  drop(): void {
    this.#bytes.clear();
  }

  /** Removes and returns the whole body. */
  take(): Buffer {
    return this.#bytes.take();
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
