import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { unclaimedReplica } from '../../lib/time-ids.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { createLogDrops, type DropReason, type LogDrops } from './log-drops.ts';
import type { OpenedLog } from './stored-log.ts';
import type { RequestRow } from './request-row.ts';
import { type RowBatch, WaitingRows } from './waiting-rows.ts';

/** Options of `createRowWriter`. */
export interface RowWriterOptions {
  readonly store: Pick<Store, 'requestLog' | 'persistent' | 'hosted'>;
  readonly clock: Clock;
  /** Names this process in the store; another one after each start. */
  readonly process: string;
  /** Most bytes that wait, as `add` counts them; read for each row. */
  readonly buffer: () => number;
  /** The user of a row as it is stored. */
  readonly storedUser: (user: string, secret: string) => string | undefined;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Gets a message for a problem of the store, once per kind until it works again, and one a minute for dropped rows. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Rows of the request log on their way to the store. */
export interface RowWriter extends AsyncDisposable {
  /** Takes a row of about so many bytes; it is written about 200 ms later. Where there is no room it is dropped and counted. Never throws. */
  add(row: RequestRow, bytes: number): void;
  /** Writes all rows that were added before, unless the store fails: resolves then, and after `withinMs` milliseconds. Never rejects. */
  flush(withinMs: number): Promise<void>;
  /** What the processes of the store share. Rejects with a StoreError where the store fails. */
  open(): Promise<OpenedLog>;
  /** The number of this process in ids; a random one until the store has given out one. */
  readonly replica: number;
  /** The secret of users' hashes; undefined until the store was reached. */
  readonly secret: string | undefined;
  /** Rows that were written since the start. */
  readonly written: number;
  /** Rows that were dropped since the start, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly queueBytes: number;
}

/** Rows of one batch. */
const BATCH_ROWS = 500;
/** The longest time from a row to its write, in milliseconds, while the store works. */
const WRITE_DELAY_MS = 200;
/** The same for a store in memory, which starts its worker with the first write: a short process needs none. */
const MEMORY_DELAY_MS = 60_000;
/** Rows that are written to a store in memory before that time. */
const MEMORY_ROWS = 5000;
/** The pauses after failed writes, in milliseconds; the last one again and again. */
const RETRY_DELAYS_MS = [200, 500, 1000, 2000, 5000] as const;
/** After how many refusals a batch is written row by row. */
const MOST_REFUSALS = 3;
/** The longest flush of a disposal, in milliseconds. */
const LAST_FLUSH_MS = 5000;
/** How often the number of the process is claimed again, in milliseconds. */
const CLAIM_MS = 3600_000;

/** Makes the one writer of a process's rows. Disposing it flushes for up to 5 seconds; dispose it before the store. Disposal is idempotent and never rejects. */
export function createRowWriter(options: RowWriterOptions): RowWriter {
  return new QueuedRowWriter(options);
}

class QueuedRowWriter implements RowWriter {
  readonly #options: RowWriterOptions;
  readonly #drops: LogDrops;
  readonly #reportedKinds = new Set<string>();
  readonly #waiting = new WaitingRows(BATCH_ROWS);
  /** What is written, and after a failure must be written again. */
  #held: RowBatch | undefined;
  #bytes = 0;
  /** Rows that were taken, and those of them that do not wait any more. */
  #added = 0;
  #done = 0;
  #written = 0;
  #opened: OpenedLog | undefined;
  #claimedAt = -Infinity;
  #opening: Promise<OpenedLog> | undefined;
  readonly #unclaimed: number;
  #failures = 0;
  #refusals = 0;
  #isDiskFull = false;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #disposal: Promise<void> | undefined;

  constructor(options: RowWriterOptions) {
    this.#options = options;
    this.#drops = createLogDrops(options.clock, options.onProblem);
    this.#unclaimed = unclaimedReplica(options.random);
    const { persistent, hosted = false } = options.store;
    // Users of a store in memory need to be known again by this process only.
    if (!persistent && !hosted) this.#opened = { replica: 0, secret: randomBytes(32).toString('base64url') };
  }

  get replica(): number {
    return this.#opened?.replica ?? this.#unclaimed;
  }

  get secret(): string | undefined {
    return this.#opened?.secret;
  }

  get written(): number {
    return this.#written;
  }

  get dropped(): Readonly<Record<DropReason, number>> {
    return this.#drops.counts;
  }

  get queueBytes(): number {
    return this.#bytes;
  }

  add(row: RequestRow, bytes: number): void {
    if (this.#closed) return this.#drops.add('shutdown', 1);
    if (this.#isDiskFull) return this.#drops.add('disk_full', 1);
    if (this.#bytes + bytes > this.#options.buffer()) return this.#drops.add('queue_full', 1);
    this.#waiting.add(row, bytes);
    this.#bytes += bytes;
    this.#added++;
    const waiting = this.#left - (this.#held?.left ?? 0);
    const isFull = waiting === (this.#options.store.persistent ? BATCH_ROWS : MEMORY_ROWS);
    if (isFull && this.#failures === 0) this.#schedule(0);
    else if (this.#timer === undefined) this.#schedule();
  }

  /** Rows that wait, and that are written. */
  get #left(): number {
    return this.#added - this.#done;
  }

  async flush(withinMs: number): Promise<void> {
    const late = Promise.withResolvers<'late'>();
    using _timer = this.#options.clock.timer(withinMs, () => late.resolve('late'));
    for (const last = this.#added; this.#done < last;) {
      if (this.#running === undefined) this.#start();
      if ((await Promise.race([this.#running, late.promise])) === 'late') return;
      if (this.#failures > 0) return;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    if (this.#options.store.persistent) {
      const { clock } = this.#options;
      const deadline = clock.now() + LAST_FLUSH_MS;
      while (this.#left > 0) {
        const left = deadline - clock.now();
        if (left <= 0) break;
        await this.flush(left);
        if (this.#failures > 0) await this.#pause(Math.min(RETRY_DELAYS_MS[0], left));
      }
    }
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    if (this.#running === undefined) return this.#giveUp();
    // Its rows may still be stored. The store ends it at the latest.
    void this.#running.then(() => this.#giveUp());
  }

  /** Drops what was not written. What a store in memory has would be gone with the process anyway. */
  #giveUp(): void {
    if (this.#options.store.persistent) this.#drops.add('shutdown', this.#left);
    this.#waiting.clear();
    this.#held = undefined;
    this.#bytes = 0;
    this.#done = this.#added;
    this.#drops[Symbol.dispose]();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.timer(ms, resolve));
  }

  /** Sets the timer of the next write, unless one runs. */
  #schedule(delay = this.#delay()): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#running !== undefined || this.#closed) return;
    this.#timer = this.#options.clock.timer(delay, () => this.#start());
  }

  #delay(): number {
    if (this.#failures > 0)
      return RETRY_DELAYS_MS[Math.min(this.#failures, RETRY_DELAYS_MS.length) - 1] ?? RETRY_DELAYS_MS[0];
    return this.#options.store.persistent ? WRITE_DELAY_MS : MEMORY_DELAY_MS;
  }

  #start(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      const opened = await this.open();
      const { storedUser } = this.#options;
      if (!this.#closed) this.#held ??= this.#waiting.take((user) => storedUser(user, opened.secret));
      const held = this.#held;
      if (held !== undefined && this.#refusals >= MOST_REFUSALS) await this.#writeSingly(held);
      else if (held !== undefined) await this.#write(held, held.left);
      this.#held = undefined;
      this.#succeeded();
    } catch (error) {
      this.#failed(error);
    }
    this.#running = undefined;
    if (this.#left > 0) this.#schedule(this.#failures === 0 && this.#left >= BATCH_ROWS ? 0 : undefined);
  }

  open(): Promise<OpenedLog> {
    const { store, clock } = this.#options;
    if (this.#opened !== undefined && (!store.persistent || clock.now() < this.#claimedAt + CLAIM_MS))
      return Promise.resolve(this.#opened);
    // Two calls at once would claim two numbers.
    return (this.#opening ??= this.#claim().finally(() => (this.#opening = undefined)));
  }

  async #claim(): Promise<OpenedLog> {
    const { store, clock, process } = this.#options;
    this.#opened = await store.requestLog.open(process);
    this.#claimedAt = clock.now();
    return this.#opened;
  }

  /** Writes the next rows of a batch. */
  async #write(held: RowBatch, count: number): Promise<void> {
    await this.#options.store.requestLog.write(held.next(count));
    this.#written += count;
    this.#remove(held, count);
  }

  /** Writes the rows of a batch that is refused one by one, and drops those that are refused. */
  async #writeSingly(held: RowBatch): Promise<void> {
    while (held.left > 0) {
      try {
        await this.#write(held, 1);
      } catch (error) {
        if (!isRefused(error)) throw error;
        this.#remove(held, 1);
        this.#drops.add('bad_row', 1);
      }
    }
  }

  #remove(held: RowBatch, count: number): void {
    this.#bytes -= held.remove(count);
    this.#done += count;
  }

  #failed(error: unknown): void {
    this.#failures++;
    if (this.#closed) return;
    if (isRefused(error)) {
      this.#refusals++;
      // A partition may be missing, which opening makes.
      this.#claimedAt = -Infinity;
    }
    const problem = error instanceof StoreError ? error.problem : 'unusable';
    this.#isDiskFull = problem === 'full';
    if (this.#reportedKinds.has(problem)) return;
    this.#reportedKinds.add(problem);
    const message = error instanceof Error ? error.message : String(error);
    const effect = this.#isDiskFull ? 'the request log stops until there is space' : 'rows wait and are written later';
    this.#options.onProblem(`request log: ${message}; ${effect}`);
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#options.onProblem('request log: the store works again');
    this.#failures = 0;
    this.#refusals = 0;
    this.#isDiskFull = false;
    this.#reportedKinds.clear();
  }
}

/** Whether a write has failed for its rows. Any other problem is that of the store, or of the connection to it. */
function isRefused(error: unknown): boolean {
  return error instanceof StoreError && error.problem === 'refused';
}
