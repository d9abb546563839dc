/**
 * Why something was given up. The code is the truth of an abort: what is logged, counted and answered follows from it,
 * never from the name of the error some library throws in consequence.
 */
export class Aborted<Code extends string = string> extends Error {
  override readonly name = 'Aborted';
  readonly code: Code;

  constructor(code: Code) {
    super(`Aborted: ${code}`);
    this.code = code;
  }
}

/** A cancellable span of work. Disposing it unlinks it from its parent and does not abort it. Both calls are idempotent. */
export interface AbortScope extends Disposable {
  readonly signal: AbortSignal;
  /** Aborts the scope with a reason; the first reason wins. */
  abort(code: string): void;
}

/**
 * Opens a scope below any number of parents. An abort travels down with its reason, nothing travels up.
 * It is linked by hand because `AbortSignal.any` on a signal that outlives the scope keeps every dependant alive.
 */
export function openAbortScope(...parents: readonly AbortSignal[]): AbortScope {
  const controller = new AbortController();
  const links = parents.map((parent) => onAbort(parent, () => controller.abort(parent.reason)));
  return {
    signal: controller.signal,
    abort(code) {
      if (!controller.signal.aborted) controller.abort(new Aborted(code));
    },
    [Symbol.dispose]() {
      for (const link of links) link[Symbol.dispose]();
    },
  };
}

/** The code a signal was aborted with; `client_closed` for a signal of a caller's own (in process), which has no code of ours. */
export function abortCode(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return reason instanceof Aborted ? reason.code : 'client_closed';
}

/** Runs `listener` once on abort, at once when the signal is already aborted. Dispose to stop listening; idempotent. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}
