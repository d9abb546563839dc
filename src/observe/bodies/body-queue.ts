import type { RedactionRules } from '../../domain/body-rules.ts';
import type { Clock } from '../../lib/clock.ts';
import { createDrops, type Drops } from '../../store/request-log/log-drops.ts';
import type { StoredBody } from '../../store/request-log/stored-body.ts';
import type { Store } from '../../store/store.ts';
import { StoreError } from '../../store/store-error.ts';
import type { TakenBodies } from './redact-protocol.ts';
import { RedactThread } from './redact-thread.ts';

/** Why bodies are not stored. `slow`: redaction took too long. `no_row`: their request has no row, or was forgotten. */
export type BodyDrop = 'buffer_full' | 'slow' | 'failed' | 'disk_full' | 'no_row' | 'shutdown';

/** Options of `createBodyQueue`. */
export interface BodyQueueOptions {
  readonly store: Pick<Store, 'requestLog'>;
  readonly clock: Clock;
  /** Most bytes that are taken and not stored yet; read for each piece. */
  readonly buffer: () => number;
  /** Writes the rows that wait, which must be there before their bodies. */
  readonly flushRows: (withinMs: number) => Promise<void>;
  /** Gets a message for a problem of the store, once until it works again, and one a minute for dropped bodies. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Bodies whose request has ended. */
export interface EndedBodies extends TakenBodies {
  /** Id of the request's row. */
  readonly id: bigint;
  readonly rules: RedactionRules;
  /** What was reserved for them. */
  readonly bytes: number;
}

/** Bodies on their way to the store: redacted one request after the other, and written in batches. */
export interface BodyQueue extends AsyncDisposable {
  /** Takes room for bytes. Returns false, and counts a drop, where there is none. */
  reserve(bytes: number): boolean;
  /** Gives room back. */
  release(bytes: number): void;
  /** Takes the bodies of a request that has ended. Never throws. */
  add(bodies: EndedBodies): void;
  /** Writes all bodies that were added before, unless the store fails; resolves after `withinMs` milliseconds at the latest. Never rejects. */
  flush(withinMs: number): Promise<void>;
  /** Requests whose bodies were written since the start. */
  readonly written: number;
  /** Requests whose bodies were dropped since the start, by reason. */
  readonly dropped: Readonly<Record<BodyDrop, number>>;
  /** Bytes that are taken and not stored yet. */
  readonly bytes: number;
}

/** Requests of one batch. */
const BATCH = 50;
/** From the first body to its batch, in milliseconds. */
const WRITE_DELAY_MS = 200;
/** The pauses after failed writes, in milliseconds; the last one again and again. */
const RETRY_DELAYS_MS = [200, 1000, 5000] as const;
/** How long rows may take that must be written first, in milliseconds. */
const ROWS_MS = 1000;
/** The longest flush of a disposal, in milliseconds. */
const LAST_FLUSH_MS = 5000;

/** Makes the queue of a process. Disposing it flushes for up to 5 seconds; dispose it before the rows' writer and the store. */
export function createBodyQueue(options: BodyQueueOptions): BodyQueue {
  return new QueuedBodies(options);
}

interface PackedBody {
  readonly body: StoredBody;
  readonly bytes: number;
}

class QueuedBodies implements BodyQueue {
  readonly #options: BodyQueueOptions;
  readonly #drops: Drops<BodyDrop>;
  readonly #thread: RedactThread;
  readonly #waiting: EndedBodies[] = [];
  #packed: PackedBody[] = [];
  #bytes = 0;
  #added = 0;
  #done = 0;
  #written = 0;
  #failures = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #disposal: Promise<void> | undefined;
  #closed = false;

  constructor(options: BodyQueueOptions) {
    const { clock, onProblem } = options;
    this.#options = options;
    this.#drops = createDrops({
      zeros: { buffer_full: 0, slow: 0, failed: 0, disk_full: 0, no_row: 0, shutdown: 0 },
      clock,
      report: (parts) => onProblem(`request log: bodies of requests were dropped: ${parts}; rows are not affected`),
    });
    this.#thread = new RedactThread(clock);
  }

  get written(): number {
    return this.#written;
  }

  get dropped(): Readonly<Record<BodyDrop, number>> {
    return this.#drops.counts;
  }

  get bytes(): number {
    return this.#bytes;
  }

  reserve(bytes: number): boolean {
    if (this.#closed || this.#bytes + bytes > this.#options.buffer()) {
      this.#drops.add(this.#closed ? 'shutdown' : 'buffer_full', 1);
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  add(bodies: EndedBodies): void {
    this.#added++;
    if (this.#closed) return this.#drop('shutdown', bodies.bytes);
    this.#waiting.push(bodies);
    if (this.#timer === undefined) this.#schedule(WRITE_DELAY_MS);
  }

  async flush(withinMs: number): Promise<void> {
    const late = Promise.withResolvers<'late'>();
    using _timer = this.#options.clock.timer(withinMs, () => late.resolve('late'));
    for (const last = this.#added; !this.#closed && this.#done < last;) {
      this.#start();
      if ((await Promise.race([this.#running, late.promise])) === 'late' || this.#failures > 0) return;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    await this.flush(LAST_FLUSH_MS);
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#thread[Symbol.asyncDispose]();
    if (this.#running === undefined) return this.#giveUp();
    // Its bodies may still be stored. The store ends it at the latest.
    void this.#running.then(() => this.#giveUp());
  }

  /** Drops what was not written. */
  #giveUp(): void {
    const left = this.#waiting.splice(0);
    this.#drops.add('shutdown', left.length + this.#packed.length);
    for (const { bytes } of left) this.#bytes -= bytes;
    this.#done += left.length;
    this.#remove();
    this.#drops[Symbol.dispose]();
  }

  #schedule(ms: number): void {
    if (this.#running !== undefined || this.#closed) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.timer(ms, () => this.#start());
  }

  #start(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && this.#packed.length < BATCH && !this.#closed) await this.#pack();
      if (this.#packed.length > 0) await this.#write();
      if (this.#failures > 0) this.#options.onProblem('request log: bodies are written again');
      this.#failures = 0;
    } catch (error) {
      this.#failed(error);
    }
    this.#running = undefined;
    if (this.#waiting.length + this.#packed.length > 0) this.#schedule(this.#delay());
  }

  async #pack(): Promise<void> {
    const bodies = this.#waiting.shift();
    if (bodies === undefined) return;
    const { id, rules, bytes } = bodies;
    const result = await this.#thread.pack({ request: bodies.request, answer: bodies.answer }, rules);
    if (typeof result === 'string') return this.#drop(result, bytes);
    const size = (result.request?.length ?? 0) + (result.answer?.length ?? 0) + result.facts.length;
    this.#bytes += size - bytes;
    this.#packed.push({ body: { id, ...result }, bytes: size });
  }

  async #write(): Promise<void> {
    const batch = this.#packed;
    await this.#options.flushRows(ROWS_MS);
    const written = await this.#options.store.requestLog.writeBodies(batch.map(({ body }) => body));
    this.#written += written;
    this.#drops.add('no_row', batch.length - written);
    this.#remove();
  }

  /** Removes the batch. */
  #remove(): void {
    for (const { bytes } of this.#packed) this.#bytes -= bytes;
    this.#done += this.#packed.length;
    this.#packed = [];
  }

  #drop(reason: BodyDrop, bytes: number): void {
    this.#bytes -= bytes;
    this.#done++;
    this.#drops.add(reason, 1);
  }

  #delay(): number {
    return this.#failures === 0 ? 0 : (RETRY_DELAYS_MS[this.#failures - 1] ?? RETRY_DELAYS_MS[2]);
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    const problem = error instanceof StoreError ? error.problem : undefined;
    const message = error instanceof Error ? error.message : String(error);
    if (problem === 'full' || problem === 'refused') {
      this.#drops.add(problem === 'full' ? 'disk_full' : 'failed', this.#packed.length);
      this.#remove();
    }
    if (this.#failures === 0) this.#options.onProblem(`request log: ${message}; bodies are not written`);
    this.#failures++;
  }
}
