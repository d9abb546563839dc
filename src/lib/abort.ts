/**
 * The reason of an abort. The code decides what is logged, counted and answered, never the name of the error that a library throws as a
 * consequence.
 */
export class Aborted<Code extends string = string> extends Error {
  override readonly name = 'Aborted';
  readonly code: Code;

  constructor(code: Code) {
    super(`Aborted: ${code}`);
    this.code = code;
  }
}

/** A cancellable span of work. Disposing it unlinks it from its parents and does not abort it. Aborting and disposing are idempotent. */
export interface AbortScope extends Disposable {
  readonly signal: AbortSignal;
  /** Aborts the scope with a reason; the first reason wins. */
  abort(code: string): void;
  /** Adds a parent: its abort propagates down with its reason. */
  follow(parent: AbortSignal): void;
}

/**
 * Opens a scope below any number of parents. An abort propagates down with its reason, and nothing propagates up.
 * The scopes are linked by hand because `AbortSignal.any` on a signal that outlives the scope keeps every dependant alive.
 */
export function openAbortScope(...parents: readonly AbortSignal[]): AbortScope {
  return new LinkedScope(parents);
}

/** A class, because every request makes some: a literal with a computed key like `[Symbol.dispose]` costs V8 a call into its runtime each time. */
class LinkedScope implements AbortScope {
  readonly #controller = new AbortController();
  readonly #links: Disposable[];

  constructor(parents: readonly AbortSignal[]) {
    this.#links = parents.map((parent) => this.#link(parent));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(code: string): void {
    if (!this.signal.aborted) this.#controller.abort(new Aborted(code));
  }

  follow(parent: AbortSignal): void {
    this.#links.push(this.#link(parent));
  }

  [Symbol.dispose](): void {
    for (const link of this.#links) link[Symbol.dispose]();
  }

  #link(parent: AbortSignal): Disposable {
    return onAbort(parent, () => this.#controller.abort(parent.reason));
  }
}

/** The code that a signal was aborted with; `client_closed` for an in-process caller's own signal, which has none of our codes. */
export function abortCode(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return reason instanceof Aborted ? reason.code : 'client_closed';
}

/** Runs `listener` once on abort, at once when the signal is already aborted. Dispose the result to remove the listener; idempotent. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  return new AbortListener(signal, listener);
}

const ONCE = { once: true };

class AbortListener implements Disposable {
  readonly #signal: AbortSignal;
  readonly #listener: () => void;

  constructor(signal: AbortSignal, listener: () => void) {
    this.#signal = signal;
    this.#listener = listener;
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, ONCE);
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#listener);
  }
}
