import { background } from '../../lib/background.ts';
import type { Clock } from '../../lib/clock.ts';
import { loopTimer } from '../../lib/loop-timer.ts';
import type { Availability } from './availability.ts';
import type { Fleet, SharedCounts } from './counts.ts';
import type { Links } from './links.ts';
import type { News } from './news.ts';

/** Time between two beats, in milliseconds. */
const BEAT_MS = 1000;
/** The same while the ledger does not answer. */
const RETRY_MS = 200;
/** So many beats in a row must be answered in time before the ledger is asked again: a ledger that comes and goes does not cost each time. */
const STEADY_BEATS = 3;
/** The same until the ledger has answered for the first time: its connection is only being opened. */
const FIRST_MS = 20;
/** How long the start waits for the ledger at most, in milliseconds. */
const START_MS = 500;
/** How long a ledger that has forgotten everything waits for the others' reports at most, in milliseconds. */
const RESTORE_MS = 3000;
/** How long the end waits for the last reports at most, in milliseconds. */
const LAST_MS = 200;

/** What recovery follows from. */
export interface RecoveryParts {
  readonly counts: Pick<SharedCounts, 'beat' | 'current'>;
  readonly clock: Clock;
  /** A beat that is not answered for so long has failed, in milliseconds. */
  readonly timeout: number;
  readonly links: Links;
  readonly availability: Availability;
  /** Called with each answered beat. */
  readonly heard: (fleet: Fleet) => void;
  readonly adopt: (news: News) => void;
}

/** Keeps in touch with the ledger, and takes it up again after it was lost: first everything is reported that happened without it. */
export interface Recovery {
  /** Resolves once the ledger has answered for the first time, or after 500 ms. Never rejects. */
  start(): Promise<void>;
  /** The ledger is lost. */
  begin(): void;
  /** Whether reports are sent though takes are decided locally. */
  readonly isFlushing: boolean;
  /** Some news may have been missed: all that still apply are read. */
  reread(): void;
  /** Reports what is left, within 200 ms, and stops. */
  close(): Promise<void>;
}

/** Returns one that has not started. */
export function createRecovery(parts: RecoveryParts): Recovery {
  return new LedgerRecovery(parts);
}

class LedgerRecovery implements Recovery {
  readonly #parts: RecoveryParts;
  readonly #clock: Clock;
  #timer: Disposable | undefined;
  #steady = 0;
  #startedAt = 0;
  #epoch: string | undefined;
  /** The epoch for which everything was put among the reports: a flush that fails is repeated, and what it reports must count once. */
  #restoredIn: string | undefined;
  /** How many processes there were when the ledger was last known. */
  #fleet = 1;
  #isClosed = false;
  #isRunning = false;
  #started = Promise.withResolvers<void>();
  isFlushing = false;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
    this.#clock = background(parts.clock);
  }

  start(): Promise<void> {
    const latest = this.#clock.timer(START_MS, () => this.#started.resolve());
    this.#startedAt = this.#clock.now();
    void this.#run();
    return this.#started.promise.finally(() => latest[Symbol.dispose]());
  }

  begin(): void {
    this.#steady = 0;
    this.#schedule(RETRY_MS);
  }

  reread(): void {
    if (this.#parts.availability.mode !== 'local') void this.#adoptCurrent();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#started.resolve();
    if (this.#parts.availability.mode === 'local') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _latest = this.#parts.clock.timer(LAST_MS, resolve);
    void this.#flush().then(() => resolve());
    await promise;
  }

  #schedule(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#isClosed) return;
    this.#timer = this.#clock.timer(ms, () => void this.#run());
  }

  /** One beat, and what follows from its answer. */
  async #run(): Promise<void> {
    // One that has not ended yet comes back to it by itself.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#check();
    } finally {
      this.#isRunning = false;
    }
    this.#schedule(this.#pauseMs());
  }

  async #check(): Promise<void> {
    const { availability, links, heard } = this.#parts;
    const fleet = await this.#beat();
    if (this.#isClosed) return;
    if (fleet === undefined) {
      this.#steady = 0;
      availability.lose('it does not answer');
    } else {
      heard(fleet);
      if (availability.mode === 'local') await this.#recover(fleet);
      else if (this.#epoch !== fleet.epoch) availability.lose('it has lost what it knew');
      else links.tick();
    }
    if (availability.mode !== 'local') this.#fleet = fleet?.processes ?? this.#fleet;
  }

  #pauseMs(): number {
    if (this.#parts.availability.mode !== 'local') return BEAT_MS;
    return this.#epoch === undefined && this.#clock.now() - this.#startedAt < START_MS ? FIRST_MS : RETRY_MS;
  }

  /** Resolves with undefined where the ledger does not answer in time. */
  async #beat(): Promise<Fleet | undefined> {
    const { counts, clock, timeout } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<Fleet | undefined>();
    using _late = loopTimer(clock, timeout, () => resolve(undefined));
    counts.beat(this.#epoch).then(resolve, () => resolve(undefined));
    return await promise;
  }

  async #recover(fleet: Fleet): Promise<void> {
    // At the start nothing was counted without the ledger, so one answer is enough.
    if (++this.#steady < STEADY_BEATS && this.#epoch !== undefined) return;
    this.isFlushing = true;
    try {
      const isForgotten = this.#epoch !== undefined && this.#epoch !== fleet.epoch;
      if (isForgotten && this.#restoredIn !== fleet.epoch) {
        this.#restoredIn = fleet.epoch;
        for (const link of this.#parts.links.all()) link.restore();
      }
      if (!(await this.#flush())) {
        this.#steady = 0;
        return;
      }
      this.#epoch = fleet.epoch;
      if (isForgotten) await this.#othersRestored();
      await this.#adoptCurrent();
    } finally {
      this.isFlushing = false;
    }
    if (this.#isClosed) return;
    this.#parts.availability.restored();
    this.#started.resolve();
  }

  async #flush(): Promise<boolean> {
    const all = await Promise.all([...this.#parts.links.all()].map((link) => link.flush()));
    return all.every(Boolean);
  }

  /** A ledger that has forgotten everything is exact again once all processes that it knew have reported. */
  async #othersRestored(): Promise<void> {
    const latest = this.#parts.clock.now() + RESTORE_MS;
    while (!this.#isClosed && this.#parts.clock.now() < latest) {
      const fleet = await this.#beat();
      if (fleet !== undefined && fleet.restored >= this.#fleet) return;
      await new Promise<void>((resolve) => void this.#clock.timer(RETRY_MS, resolve));
    }
  }

  async #adoptCurrent(): Promise<void> {
    try {
      for (const news of await this.#parts.counts.current()) this.#parts.adopt(news);
    } catch {
      // The next beat shows whether it answers.
    }
  }
}
