import { SpillwayError } from 'spillway/client';
import { client } from '../api/client.ts';
import { reportRefusal } from '../api/refusal.ts';
import { wait } from '../parts/wait.ts';
import { type LiveSnapshot, NOTHING_LIVE } from './live-snapshot.ts';
import { LiveState } from './live-state.ts';

/** The longest time that an event waits before the page shows it, in milliseconds. */
const NOTIFY_MS = 100;
/** Waits before the subscription is opened again, in milliseconds; the last one repeats. */
const RECONNECT_MS: readonly number[] = [500, 1000, 2000, 5000, 15_000];

/**
 * The one live subscription of a tab. It is open while something on the page reads it and the tab is visible: browsers allow six connections to
 * a host over HTTP/1.1.
 */
export class LiveStore {
  #state = new LiveState();
  readonly #listeners = new Set<() => void>();
  #snapshot = NOTHING_LIVE;
  #status: LiveSnapshot['status'] = 'connecting';
  #connection: AbortController | undefined;
  #timer: number | undefined;
  #doubtTimer: number | undefined;

  /**
   * Calls a listener after each change. The result ends that. The last one to end closes the subscription, and all that it has brought is forgotten: the next
   * session of the tab may be another one's.
   */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      document.addEventListener('visibilitychange', this.#follow);
      this.#follow();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      document.removeEventListener('visibilitychange', this.#follow);
      this.#close('connecting');
      this.#state = new LiveState();
      this.#snapshot = NOTHING_LIVE;
    };
  };

  /** The state now; the same object until it changes. */
  getSnapshot = (): LiveSnapshot => this.#snapshot;

  /** Forgets the requests that have ended. */
  forgetEnded(): void {
    this.#state.forgetEnded();
    this.#notifySoon();
  }

  readonly #follow = (): void => {
    if (document.hidden) this.#close('paused');
    else if (this.#connection === undefined) void this.#run();
  };

  #close(status: LiveSnapshot['status']): void {
    this.#connection?.abort();
    this.#connection = undefined;
    this.#setStatus(status);
  }

  async #run(): Promise<void> {
    const connection = new AbortController();
    this.#connection = connection;
    const { signal } = connection;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        this.#state.restart();
        for await (const event of client.events.watch({}, { signal })) {
          failures = 0;
          this.#status = 'live';
          this.#state.apply(event, Date.now());
          this.#notifySoon();
        }
      } catch (error) {
        if (signal.aborted) return;
        reportRefusal(error);
        // A gateway that refuses the subscription does so again.
        if (error instanceof SpillwayError && error.status !== undefined && error.status < 500) failures = Infinity;
      }
      // What is out has changed by then; pages show what they read themselves.
      if (failures >= RECONNECT_MS.length) this.#state.forgetLimits();
      this.#setStatus('lost');
      await wait(RECONNECT_MS[failures] ?? RECONNECT_MS.at(-1) ?? 0, signal);
    }
  }

  #setStatus(status: LiveSnapshot['status']): void {
    this.#status = status;
    this.#notifySoon();
  }

  #notifySoon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = undefined;
      const now = Date.now();
      const next = this.#state.dropDoubtful(now);
      window.clearTimeout(this.#doubtTimer);
      if (next !== undefined) this.#doubtTimer = window.setTimeout(() => this.#notifySoon(), next - now);
      this.#snapshot = this.#state.snapshot(this.#status, this.#snapshot);
      for (const listener of this.#listeners) listener();
    }, NOTIFY_MS);
  }
}
