/** Work that can be interrupted after each step. A step takes no more than a few milliseconds. */
export type Steps<Result> = Generator<void, Result, void>;

/** Longest time that such work takes in one turn of the event loop, in milliseconds. */
const SLICE_MS = 8;

/** So many items are mapped in one step. */
const ITEMS_OF_STEP = 256;

/** A list's items mapped in order, those of a long list in steps. */
export function* mapSteps<Item, Result>(items: readonly Item[], map: (item: Item) => Result): Steps<Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    results.push(map(item));
    if (results.length % ITEMS_OF_STEP === 0) yield;
  }
  return results;
}

/** Where the result of work in slices goes. */
export interface SlicesListener<Result> {
  /** Called once with the result: at once, where the work is short. */
  done(result: Result): void;
  /** Called in place of `done` when the work throws in a later turn. What it throws at once passes through. */
  failed(thrown: unknown): void;
}

/** Runs work to its end, however long that takes. */
export function runAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Runs work for at most 8 ms in one turn of the event loop, so that other requests run in between. Short work is done before this returns, at no
 * cost. Disposing drops the rest: the listener is not called after it.
 */
export function runInSlices<Result>(steps: Steps<Result>, listener: SlicesListener<Result>): Disposable {
  const slices = new Slices(steps, listener);
  slices.begin();
  return slices;
}

class Slices<Result> implements Disposable {
  readonly #steps: Steps<Result>;
  readonly #listener: SlicesListener<Result>;
  readonly #run = (): void => this.#continue();
  #next: NodeJS.Immediate | undefined;

  constructor(steps: Steps<Result>, listener: SlicesListener<Result>) {
    this.#steps = steps;
    this.#listener = listener;
  }

  begin(): void {
    if (this.#slice()) return;
    // The first slice runs while sockets are read, and an immediate follows in the same turn of the event loop, before any other socket is read.
    this.#next = setImmediate(() => void (this.#next = setImmediate(this.#run)));
  }

  /** Runs one slice. Returns whether the work is done. */
  #slice(): boolean {
    const until = performance.now() + SLICE_MS;
    let step = this.#steps.next();
    while (step.done !== true && performance.now() < until) step = this.#steps.next();
    if (step.done !== true) return false;
    this.#listener.done(step.value);
    return true;
  }

  [Symbol.dispose](): void {
    clearImmediate(this.#next);
  }

  #continue(): void {
    try {
      if (!this.#slice()) this.#next = setImmediate(this.#run);
    } catch (thrown) {
      this.#listener.failed(thrown);
    }
  }
}
