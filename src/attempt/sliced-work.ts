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
  /** Jobs that wait for the work. */
  #queue: (() => void)[] = [];
  /** What the present job puts off, while jobs of the queue run. It comes before the rest of the queue. */
  #putOff: (() => void)[] | undefined;
  #slices: Disposable | undefined;
  /** Work is being done. */
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

  /** Neither work is being done, nor what waited for it. */
  get idle(): boolean {
    return !this.busy && this.#putOff === undefined;
  }

  /** Does a job for what has arrived: at once where it is idle, else after everything that arrived before. */
  next(job: () => void): void {
    if (this.idle) return job();
    this.#wait(this.#queue, job);
  }

  /** Goes on with a job, once the work that the job has begun is done: at once where it has begun none. */
  after(job: () => void): void {
    if (!this.busy) return job();
    this.#wait(this.#putOff ?? this.#queue, job);
  }

  /** Drops the work and what waits for it. Idempotent. */
  stop(): void {
    this.#slices?.[Symbol.dispose]();
    this.#queue = [];
    if (this.#putOff !== undefined) this.#putOff = [];
    this.busy = false;
  }

  #wait(jobs: (() => void)[], job: () => void): void {
    jobs.push(job);
    // The reader may have resumed it.
    this.#flow.pause();
  }

  #finished(): void {
    this.busy = false;
    try {
      for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
        this.#putOff = [];
        job();
        this.#queue.unshift(...this.#putOff);
        if (this.busy) return;
      }
    } finally {
      this.#putOff = undefined;
    }
    this.#listener.resumed();
  }
}
