import { GatewayError } from '../domain/errors.ts';

/** The bytes of one request's body, while it is held. Disposing it releases them; idempotent. */
export interface HeldBody extends Disposable {
  /** More bytes have arrived. Bodies that have not arrived as a whole are ended, the youngest first, until all that are held fit. */
  add(bytes: number): void;
  /** It has arrived as a whole, and is not ended any more. */
  complete(): void;
}

/** The bytes of all request bodies that are held at once. */
export interface BodyMemory {
  /** Bytes that are held at present. */
  readonly held: number;
  /** Starts to count a body. `onEnd` is called once if it is ended. Throws `overloaded` where nothing more can be held. */
  hold(onEnd: (error: GatewayError) => void): HeldBody;
}

/** Makes a memory of at most `limit` bytes. Bytes count as they arrive, whatever length is declared. */
export function createBodyMemory(limit: number): BodyMemory {
  return new Memory(limit);
}

class Memory implements BodyMemory {
  readonly #limit: number;
  /** In the order in which they began. */
  readonly #incomplete: Held[] = [];
  held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  hold(onEnd: (error: GatewayError) => void): HeldBody {
    if (this.held >= this.#limit) throw overloaded();
    const held = new Held(this, onEnd);
    this.#incomplete.push(held);
    return held;
  }

  count(bytes: number): void {
    this.held += bytes;
    while (this.held > this.#limit && this.#incomplete.length > 0) this.#incomplete.at(-1)?.end();
  }

  completed(body: Held): void {
    const at = this.#incomplete.lastIndexOf(body);
    if (at !== -1) this.#incomplete.splice(at, 1);
  }
}

class Held implements HeldBody {
  readonly #memory: Memory;
  readonly #onEnd: (error: GatewayError) => void;
  #bytes = 0;
  #released = false;

  constructor(memory: Memory, onEnd: (error: GatewayError) => void) {
    this.#memory = memory;
    this.#onEnd = onEnd;
  }

  add(bytes: number): void {
    if (this.#released) return;
    this.#bytes += bytes;
    this.#memory.count(bytes);
  }

  complete(): void {
    this.#memory.completed(this);
  }

  end(): void {
    this[Symbol.dispose]();
    this.#onEnd(overloaded());
  }

  [Symbol.dispose](): void {
    this.complete();
    if (this.#released) return;
    this.#released = true;
    this.#memory.held -= this.#bytes;
  }
}

function overloaded(): GatewayError {
  return new GatewayError('overloaded', {
    message: 'The gateway holds as many bytes of requests as it may; send the request again.',
    retryAfter: 1,
  });
}
