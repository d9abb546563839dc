import type { Clock } from '../lib/clock.ts';
import type { AttemptCell } from './attempt-hours.ts';
import { type Increments, MergedIncrements } from './increments.ts';
import type { Batch, SpendRow, Store, UsageRow } from './store.ts';
import { storable } from './storable.ts';
import { StoreError, type StoreProblem } from './store-error.ts';
import type { HourCell } from './usage-hours.ts';

/** Options of `createBatches`. */
export interface BatchesOptions {
  readonly store: Pick<Store, 'records' | 'persistent'>;
  readonly clock: Clock;
  /** Names this process in the store; another one after each start. */
  readonly writer: string;
  /** Called once per kind of problem until a write succeeds again, and then once more. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** One try to write a batch. */
export interface BatchWrite {
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Why it failed; undefined where it did not. */
  readonly problem: StoreProblem | undefined;
  /** What it has added to each period of each budget that several processes spend from. */
  readonly spent: readonly AddedSpend[];
}

/** What a batch has added to a period of a budget. */
export interface AddedSpend extends SpendRow {
  /** Billionths of a US dollar that all processes have spent of the period, with it. */
  readonly totalNano: number;
}

/** What was read, and what was not written yet meanwhile. */
export interface ReadBetween<Value> {
  readonly value: Value;
  readonly waiting: readonly UsageRow[];
  readonly waitingHours: readonly HourCell[];
  readonly waitingAttempts: readonly AttemptCell[];
}

/** Increments on their way to the store. None is dropped and none is written twice, however long the store fails; what waits is merged by cell. */
export interface Batches extends AsyncDisposable {
  /** Takes increments. They are written about 100 ms later, those for a store in memory within a minute. Never throws. */
  add(increments: Increments): void;
  /** Writes all increments that were added before. Resolves when they are written, or after `withinMs` milliseconds. Never rejects. */
  flush(withinMs: number): Promise<void>;
  /** Calls a listener after each write, until the end of the process. It must not throw. */
  onWrite(listener: (write: BatchWrite) => void): void;
  /** Whether the last write has worked; true before the first one. */
  readonly isWorking: boolean;
  /** Billionths of a US dollar of spend that the store may not have yet: each budget's part counts. */
  readonly pendingNano: number;
  /** Whether the store may not know yet that a part of a lease is given back. */
  readonly givesBack: boolean;
  /**
   * Reads from the store, and returns with it the usage that was not written yet while it was read. Only where each of three reads takes longer than
   * the pause between two batches, the usage of one batch may be missing, or be in both. Rejects as the read does.
   */
  readBetween<Value>(read: () => Promise<Value>): Promise<ReadBetween<Value>>;
}

/** The longest time from an increment to its write, in milliseconds, while the store works: a crash of the process loses so much. */
const WRITE_DELAY_MS = 100;
/** The same for a store in memory. It is gone with the process too, so that its writes only bound what waits, and a short process needs none. */
const MEMORY_DELAY_MS = 60_000;
/** The pauses after failed writes, in milliseconds; the last one again and again. */
const RETRY_DELAYS_MS = [200, 500, 1000, 2000, 5000] as const;
/** The longest flush of a disposal, in milliseconds. */
const LAST_FLUSH_MS = 5000;
/** Reads that a write may fall into before the answer is taken as it is. */
const MOST_READS = 3;

/** Makes the one writer of a process's increments. Disposing it flushes for up to 5 seconds; dispose it before the store. Disposal is idempotent and never rejects. */
export function createBatches(options: BatchesOptions): Batches {
  return new BatchWriter(options);
}

class BatchWriter implements Batches {
  readonly #options: BatchesOptions;
  readonly #reportedKinds = new Set<string>();
  readonly #listeners: ((write: BatchWrite) => void)[] = [];
  /** What waits for the next batch, and since when, in milliseconds since the epoch. */
  #next = new MergedIncrements();
  #waitsSince = 0;
  /** What is written, and after a failure must be written again as it is. */
  #held: { readonly batch: Batch; readonly increments: MergedIncrements } | undefined;
  /** Numbers of the newest batch, and of the newest one that is written. */
  #seq = 0;
  #written = 0;
  #failures = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  /** Resolves with the end of the next write. */
  #end = Promise.withResolvers<void>();
  /** Counts the writes that began. */
  #writes = 0;
  #closed = false;
  #disposal: Promise<void> | undefined;

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  get isWorking(): boolean {
    return this.#failures === 0;
  }

  onWrite(listener: (write: BatchWrite) => void): void {
    this.#listeners.push(listener);
  }

  get pendingNano(): number {
    return this.#next.nano + (this.#held?.increments.nano ?? 0);
  }

  get givesBack(): boolean {
    return this.#next.givesBack || this.#held?.increments.givesBack === true;
  }

  add(increments: Increments): void {
    if (this.#next.isEmpty) this.#waitsSince = this.#options.clock.now();
    const dropped = this.#next.add(increments);
    if (dropped > 0)
      this.#report('audit', `store: ${dropped} audit entries were dropped, because too many wait for it`);
    if (this.#timer === undefined && !this.#next.isEmpty) this.#schedule();
  }

  async flush(withinMs: number): Promise<void> {
    const last = this.#next.isEmpty ? this.#seq : this.#seq + 1;
    const late = Promise.withResolvers<'late'>();
    using _timer = this.#options.clock.timer(withinMs, () => late.resolve('late'));
    while (this.#written < last) {
      if (this.#running === undefined) this.#hurry();
      if ((await Promise.race([this.#end.promise, late.promise])) === 'late') return;
    }
  }

  async readBetween<Value>(read: () => Promise<Value>): Promise<ReadBetween<Value>> {
    for (let attempt = 1; ; attempt++) {
      await this.#running;
      const writes = this.#writes;
      const value = await read();
      if (writes === this.#writes || attempt === MOST_READS)
        return {
          value,
          waiting: [...(this.#held?.increments.usage.rows() ?? []), ...this.#next.usage.rows()],
          waitingHours: [...(this.#held?.increments.hours() ?? []), ...this.#next.hours()],
          waitingAttempts: [...(this.#held?.increments.attempts() ?? []), ...this.#next.attempts()],
        };
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    const { store, clock } = this.#options;
    const deadline = clock.now() + LAST_FLUSH_MS;
    if (store.persistent) await this.flush(LAST_FLUSH_MS);
    // What listeners of a write have added, such as the crossing of a budget.
    while (store.persistent && !this.#next.isEmpty && clock.now() < deadline) await this.flush(deadline - clock.now());
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
  }

  /** Sets the timer of the next write, unless one runs. */
  #schedule(pause = retryDelay(this.#failures)): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#running !== undefined || this.#closed) return;
    const waited = this.#options.clock.now() - this.#waitsSince;
    const longest = this.#options.store.persistent ? WRITE_DELAY_MS : MEMORY_DELAY_MS;
    const delay = this.#failures > 0 ? pause : Math.max(0, longest - waited);
    this.#timer = this.#options.clock.timer(delay, () => this.#start());
  }

  /** Writes now; after a failure in a moment, so that a flush does not ask a broken store without a pause. */
  #hurry(): void {
    if (this.#failures === 0) this.#start();
    else this.#schedule(retryDelay(1));
  }

  #start(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    this.#held ??= this.#take();
    const { batch } = this.#held;
    this.#writes++;
    const startedAt = this.#options.clock.now();
    let problem: StoreProblem | undefined;
    let spent: readonly AddedSpend[] = [];
    try {
      spent = addedSpend(batch, await this.#options.store.records.write(batch));
      this.#held = undefined;
      this.#written = batch.seq;
      this.#succeeded();
    } catch (error) {
      this.#failures++;
      const message = error instanceof Error ? error.message : String(error);
      problem = error instanceof StoreError ? error.problem : 'unusable';
      const kind = error instanceof StoreError ? problem : message;
      this.#report(kind, `${message}; usage and spend are kept and written later`);
    }
    const write: BatchWrite = { ms: this.#options.clock.now() - startedAt, problem, spent };
    for (const listener of this.#listeners) listener(write);
    this.#running = undefined;
    if (this.#held !== undefined || !this.#next.isEmpty) this.#schedule();
    this.#end.resolve();
    this.#end = Promise.withResolvers();
  }

  #take(): { readonly batch: Batch; readonly increments: MergedIncrements } {
    const increments = this.#next;
    this.#next = new MergedIncrements();
    return { batch: increments.toBatch(this.#options.writer, ++this.#seq), increments };
  }

  #report(kind: string, message: string): void {
    if (this.#reportedKinds.has(kind)) return;
    this.#reportedKinds.add(kind);
    this.#options.onProblem(message);
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#options.onProblem('store: works again; usage and spend that were kept are written');
    this.#failures = 0;
    this.#reportedKinds.clear();
  }
}

/** Joins what a batch has added with the sums that its write resolved to. */
function addedSpend({ spend }: Batch, sums: readonly SpendRow[]): readonly AddedSpend[] {
  const totals = new Map(sums.map(({ owner, budget, startsAt, nano }) => [`${owner}\n${budget}\n${startsAt}`, nano]));
  return spend.flatMap((row) => {
    const totalNano = totals.get(`${storable(row.owner)}\n${storable(row.budget)}\n${row.startsAt}`);
    return totalNano === undefined ? [] : [{ ...row, totalNano }];
  });
}

/** The pause after so many failed writes, in milliseconds. */
function retryDelay(failures: number): number {
  return RETRY_DELAYS_MS[Math.min(failures, RETRY_DELAYS_MS.length) - 1] ?? RETRY_DELAYS_MS[0];
}
