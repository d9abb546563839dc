import type { Flow } from './transport.ts';

/** Gathers the pieces that one read of a socket brings: chunks of HTTP, of which a stream has one per event. */
export interface Gathering {
  /** Adds a piece. It is passed on once the current code has run. */
  add(piece: Buffer): void;
  /** Calls `then` when all pieces are passed on: at once, unless they have to wait for the next turn of the event loop. */
  flush(then: () => void): void;
}

/** Longest time that the large reads of one turn of the event loop may take, in milliseconds, before the rest waits for the next turn. */
const TURN_MS = 10;
/** So little of a turn that is left is not used. */
const SLACK_MS = 1;
/** A smaller read takes too little time to be measured: one turn has at most 32 of them (libuv). */
const LARGE_READ_BYTES = 4096;
/** So much of the first large read shows how long its bytes take: a whole read of libuv, since what is passed on in two parts is written twice. */
const FIRST_PART_BYTES = 64 * 1024;

/**
 * Makes a gathering that passes the pieces added in one tick on as one buffer. All work per piece, from here to the client's socket, is
 * then done once: a stream of 64 events that arrive together takes 0.85 times the CPU (docs/performance.md). Several pieces are copied; a
 * single one is not. A socket is read up to 32 times in one turn of the event loop. Where the bytes take long, `flow` pauses it and the rest
 * is passed on in the next turns, in parts, so that other requests run in between. `now`: milliseconds of a clock that never goes back.
 */
export function createGathering(
  onBytes: (bytes: Buffer) => void,
  flow: Flow,
  now: () => number = () => performance.now(),
): Gathering {
  return new TurnGathering(onBytes, flow, now);
}

class TurnGathering implements Gathering {
  readonly #onBytes: (bytes: Buffer) => void;
  readonly #flow: Flow;
  readonly #now: () => number;
  readonly #run = (): void => this.#pass();
  readonly #nextTurn = (): void => this.#beginTurn();
  #pieces: Buffer[] = [];
  /** Milliseconds that large reads of this turn have taken; undefined while there was none. */
  #spent: number | undefined;
  /** Bytes that are read in a millisecond, by those passed on last. */
  #perMs = FIRST_PART_BYTES / TURN_MS;
  /** The rest waits for the next turn. */
  #held = false;
  /** Something is being passed on. */
  #passing = false;
  /** Called when everything is passed on. */
  #then: (() => void) | undefined;

  constructor(onBytes: (bytes: Buffer) => void, flow: Flow, now: () => number) {
    this.#onBytes = onBytes;
    this.#flow = flow;
    this.#now = now;
  }

  add(piece: Buffer): void {
    if (this.#pieces.push(piece) === 1 && !this.#held && !this.#passing) process.nextTick(this.#run);
  }

  flush(then: () => void): void {
    this.#then = then;
    this.#pass();
  }

  /** Passes on what there is. What arrives meanwhile, such as by a reader that resumes the socket, comes after it. */
  #pass(): void {
    if (this.#passing) return;
    this.#passing = true;
    try {
      while (this.#pieces.length > 0 && !this.#held) this.#passAll();
    } finally {
      this.#passing = false;
    }
    if (this.#held) return;
    const then = this.#then;
    this.#then = undefined;
    then?.();
  }

  #passAll(): void {
    const [first] = this.#pieces;
    const bytes = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
    this.#pieces = [];
    if (bytes.length < LARGE_READ_BYTES) this.#onBytes(bytes);
    else this.#passLarge(bytes);
  }

  #passLarge(bytes: Buffer): void {
    if (this.#spent === undefined) setImmediate(this.#nextTurn);
    let spent = this.#spent ?? 0;
    let at = 0;
    while (at < bytes.length && spent < TURN_MS - SLACK_MS) {
      const most = Math.max(LARGE_READ_BYTES, Math.floor((TURN_MS - spent) * this.#perMs));
      const part = at > 0 || bytes.length > most ? bytes.subarray(at, at + most) : bytes;
      const before = this.#now();
      this.#onBytes(part);
      const took = this.#now() - before;
      spent += took;
      at += part.length;
      this.#perMs = part.length / took;
    }
    this.#spent = spent;
    if (at < bytes.length) this.#pieces.unshift(bytes.subarray(at));
    if (spent < TURN_MS - SLACK_MS) return;
    this.#held = true;
    this.#flow.pause();
  }

  #beginTurn(): void {
    this.#spent = undefined;
    if (!this.#held) return;
    this.#held = false;
    this.#pass();
    if (!this.#held) this.#flow.resume();
  }
}
