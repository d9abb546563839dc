import type { Emit, ProgressEvent, RequestFinished } from './events.ts';

/** What a listener to all requests gets: their progress and their ends. */
export type LiveEvent = ProgressEvent | RequestFinished;

/** Gets events while it listens. Must not throw and must not wait. */
export type LiveListener = (event: LiveEvent) => void;

/** Delivers the progress of all requests of a gateway to those that listen now. */
export interface Progress {
  /** Whether anything listens. Events are made only then. */
  readonly listening: boolean;
  /** Number of events that slow listeners have lost. */
  readonly lost: number;
  /** Counts an event that a listener has lost. */
  recordLost(): void;
  /** Delivers an event to each listener, in the order in which they began to listen. */
  publish(event: LiveEvent): void;
  /** Adds a listener. Disposing the result removes it; idempotent. */
  listen(listener: LiveListener): Disposable;
}

/** Makes a hub without listeners. */
export function createProgress(): Progress {
  return new Hub();
}

/** Makes the listener that delivers the ends of requests to a hub. Attempts are reported to it where they end. */
export function publishEnds(progress: Progress): Emit {
  return (event) => {
    if (progress.listening && event.kind === 'request_finished') progress.publish(event);
  };
}

class Hub implements Progress {
  /** Read for every request: a plain member, not the size of a set behind a getter. */
  listening = false;
  lost = 0;
  readonly #listeners = new Set<LiveListener>();

  recordLost(): void {
    this.lost++;
  }

  publish(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  listen(listener: LiveListener): Disposable {
    // A function may listen twice, and each of its places ends by itself.
    const own: LiveListener = (event) => listener(event);
    this.#listeners.add(own);
    this.listening = true;
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(own);
        this.listening = this.#listeners.size > 0;
      },
    };
  }
}
