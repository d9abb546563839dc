import { runInSlices, type Steps } from '../lib/steps.ts';
import type { Flow } from '../upstream/transport.ts';

/** Reacts to the work on one reply. */
export interface SlicedWorkListener {
  /** Work that took several turns is done, and so is what came after it. */
  resumed(): void;
  /** Work threw in a later turn. */
  failed(thrown: unknown): void;
}

/**
 * Runs the work on a large part of a reply over several turns of the event loop. What arrives meanwhile is kept, in order, and the upstream is
 * paused. Short work is done at once.
 */
export class SlicedWork {
  readonly #flow: Flow;
  readonly #listener: SlicedWorkListener;
  #later: (() => void)[] = [];
  #slices: Disposable | undefined;
  busy = false;

  constructor(flow: Flow, listener: SlicedWorkListener) {
    this.#flow = flow;
    this.#listener = listener;
  }

  /** Does work. It must not be called while it is busy; what work throws at once passes through. */
  run(steps: Steps<void>): void {
    let isDone = false;
    const slices = runInSlices(steps, {
      done: () => {
        isDone = true;
        if (this.busy) this.#finished();
      },
      failed: (thrown) => {
        this.stop();
        this.#listener.failed(thrown);
      },
    });
    if (isDone) return;
    this.#slices = slices;
    this.busy = true;
    this.#flow.pause();
  }

  /** Does a job once it is not busy: at once where it is not. */
  after(job: () => void): void {
    if (!this.busy) return job();
    this.#later.push(job);
    // The reader may have resumed it.
    this.#flow.pause();
  }

  /** Drops the work and what waits for it. Idempotent. */
  stop(): void {
    this.#slices?.[Symbol.dispose]();
    this.#later = [];
    this.busy = false;
  }

  #finished(): void {
    this.busy = false;
    const jobs = this.#later;
    this.#later = [];
    for (const [at, job] of jobs.entries()) {
      job();
      // The job has begun more work, which the rest comes after.
      if (this.busy) return void (this.#later = [...jobs.slice(at + 1), ...this.#later]);
    }
    this.#listener.resumed();
  }
}
