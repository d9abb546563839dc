import type { Clock } from '../../lib/clock.ts';
import { retryAfter } from '../../refusals/wait.ts';
import { postJson, type PostEnd, wasTaken } from '../post-json.ts';

/** What a delivery may hold, and how long it waits. */
export interface DeliveryLimits {
  /** Items of one request to the collector: a batch ends with the item that reaches it. */
  readonly batch: number;
  /** Most items that wait, those that are being sent included. */
  readonly waiting: number;
  /** Most bytes that wait. */
  readonly bytes: number;
  /** The longest time from an item to its sending, in milliseconds, while the collector answers. */
  readonly delayMs: number;
  /** The longest time that the end waits for the collector, in milliseconds. */
  readonly closeMs: number;
}

/** How a delivery is made. */
export interface DeliveryOptions<Part> {
  /** Begins each message: the section of the configuration. */
  readonly section: string;
  /** What is counted: `rows`. */
  readonly items: string;
  readonly limits: DeliveryLimits;
  /** Where parts are sent; undefined for nowhere. Called for each request, so that a new configuration counts. */
  readonly url: () => string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body of a request to the collector, as OTLP in JSON, in pieces. */
  readonly encode: (parts: readonly Part[]) => readonly Uint8Array[];
  readonly clock: Clock;
  /** Gets a message when something cannot be sent, once until it works again, and one a minute for what is dropped; it contains no URL. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Sends parts to an OpenTelemetry collector, in batches and one batch after the other. Disposing it sends what waits; it never rejects. */
export interface Delivery<Part> extends AsyncDisposable {
  /** Takes a part with so many items and bytes, or drops it where too much waits. Never throws. */
  add(part: Part, items?: number, bytes?: number): void;
  /** Items that were sent, and that were dropped, since the start. */
  readonly counters: { readonly sent: number; readonly dropped: number };
}

/** The pauses after failures, in milliseconds; the last one again and again. */
const RETRY_DELAYS_MS = [1000, 5000, 30_000] as const;
/** The longest pause that a collector may ask for, in milliseconds. */
const MAX_RETRY_MS = 5 * 60_000;
const REPORT_MS = 60_000;

/** Statuses after which the same is sent again (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes), and no answer at all. */
const RETRYABLE: ReadonlySet<PostEnd['status']> = new Set([429, 502, 503, 504, 'silent', 'unreachable'] as const);

/** Why a collector has not taken what was sent. */
interface PostProblem {
  /** A few words, without the URL and without the collector's own: those may repeat what it got. */
  readonly reason: string;
  /** Whether the same may be sent again. */
  readonly isRetryable: boolean;
  /** Milliseconds after which the collector wants it again; undefined where it does not say. */
  readonly retryMs?: number | undefined;
}

/** Makes a delivery. Nothing waits for it, and a collector that fails costs it no more memory than its limits say. */
export function createDelivery<Part>(options: DeliveryOptions<Part>): Delivery<Part> {
  return new BatchDelivery(options);
}

interface Waiting<Part> {
  readonly part: Part;
  readonly items: number;
  readonly bytes: number;
}

class BatchDelivery<Part> implements Delivery<Part> {
  readonly #options: DeliveryOptions<Part>;
  readonly #ended = new AbortController();
  #waiting: Waiting<Part>[] = [];
  #items = 0;
  #bytes = 0;
  #timer: Disposable | undefined;
  /** Whether the timer was set for a full batch. It is not set again, so that further items do not put the sending off. */
  #isDue = false;
  #running: Promise<void> | undefined;
  #failures = 0;
  /** Why the collector has not taken the last batch. */
  #problem: string | undefined;
  #sent = 0;
  #dropped = 0;
  #reported = 0;
  /** Milliseconds since the epoch. */
  #reportedAt = -Infinity;
  #closing: Promise<void> | undefined;

  constructor(options: DeliveryOptions<Part>) {
    this.#options = options;
  }

  get counters(): Delivery<Part>['counters'] {
    return { sent: this.#sent, dropped: this.#dropped };
  }

  add(part: Part, items = 1, bytes = 0): void {
    const { limits } = this.#options;
    if (this.#closing !== undefined) return void (this.#dropped += items);
    if (this.#items + items > limits.waiting || this.#bytes + bytes > limits.bytes)
      return this.#drop(items, `too many ${this.#options.items} wait`);
    this.#waiting.push({ part, items, bytes });
    this.#items += items;
    this.#bytes += bytes;
    if (this.#running !== undefined) return;
    // A full batch is sent at once, but not while the collector fails.
    const isDue = this.#items >= limits.batch && this.#failures === 0;
    if (isDue && !this.#isDue) this.#schedule(0);
    else if (this.#timer === undefined) this.#schedule(limits.delayMs);
    this.#isDue = isDue;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const { clock, limits, items } = this.#options;
    this.#timer?.[Symbol.dispose]();
    using _late = clock.timer(limits.closeMs, () => this.#ended.abort());
    // A collector that failed before may answer by now: both may have been restarted together.
    let mayAnswer = this.#running === undefined;
    await this.#running;
    this.#timer?.[Symbol.dispose]();
    mayAnswer ||= this.#failures === 0;
    while (mayAnswer && this.#waiting.length > 0) {
      await this.#run();
      mayAnswer = this.#failures === 0;
    }
    this.#dropped += this.#items;
    const isLeft = this.#items > 0;
    if (this.#dropped > this.#reported)
      this.#report(this.#problem ?? (isLeft ? `${items} were left at the end` : 'the gateway has ended'));
    this.#waiting = [];
    this.#ended.abort();
  }

  #schedule(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.timer(ms, () => {
      this.#timer = undefined;
      this.#isDue = false;
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const batch = this.#nextBatch();
    // Always awaited: the caller sets `#running` once this call has returned.
    const problem = await this.#post(batch);
    this.#problem = problem?.reason;
    if (problem?.isRetryable === true) {
      const { section, items, onProblem } = this.#options;
      if (this.#failures === 0 && this.#closing === undefined)
        onProblem(`${section}: ${problem.reason}; ${items} wait and are sent later`);
      this.#failures++;
    } else {
      this.#failures = 0;
      this.#settle(batch, problem);
    }
    this.#running = undefined;
    if (this.#closing === undefined && this.#waiting.length > 0) this.#schedule(this.#pauseAfter(problem));
  }

  #nextBatch(): readonly Waiting<Part>[] {
    let items = 0;
    const end = this.#waiting.findIndex((each) => (items += each.items) >= this.#options.limits.batch);
    return this.#waiting.slice(0, end === -1 ? undefined : end + 1);
  }

  /** Resolves to why a batch was not taken; undefined where it was. Never rejects. */
  async #post(batch: readonly Waiting<Part>[]): Promise<PostProblem | undefined> {
    const { url, headers = {}, encode, clock } = this.#options;
    const to = url();
    if (to === undefined) return { reason: 'the configuration names no collector any more', isRetryable: false };
    const body = encode(batch.map(({ part }) => part));
    const end = await postJson({ url: to, headers, body, signal: this.#ended.signal });
    return wasTaken(end) ? undefined : problemOf(end, clock.now());
  }

  /** Ends the wait of a batch, which was sent unless there is a problem. */
  #settle(batch: readonly Waiting<Part>[], problem: PostProblem | undefined): void {
    this.#waiting.splice(0, batch.length);
    let count = 0;
    for (const { items, bytes } of batch) {
      count += items;
      this.#bytes -= bytes;
    }
    this.#items -= count;
    if (problem === undefined) this.#sent += count;
    else this.#drop(count, problem.reason);
  }

  #pauseAfter(problem: PostProblem | undefined): number {
    const { batch, delayMs } = this.#options.limits;
    if (this.#failures === 0) return this.#items >= batch ? 0 : delayMs;
    const usual = RETRY_DELAYS_MS[Math.min(this.#failures, RETRY_DELAYS_MS.length) - 1] ?? delayMs;
    return Math.min(problem?.retryMs ?? usual, MAX_RETRY_MS);
  }

  #drop(items: number, reason: string): void {
    this.#dropped += items;
    if (this.#options.clock.now() >= this.#reportedAt + REPORT_MS) this.#report(reason);
  }

  #report(reason: string): void {
    const { section, items, clock, onProblem } = this.#options;
    this.#reportedAt = clock.now();
    this.#reported = this.#dropped;
    onProblem(`${section}: ${reason}; ${this.#dropped} ${items} were dropped since the start`);
  }
}

function problemOf({ status, headers }: PostEnd, now: number): PostProblem {
  const isRetryable = RETRYABLE.has(status);
  if (status === 'silent') return { reason: 'the collector is silent', isRetryable };
  if (status === 'unreachable') return { reason: 'no connection to the collector', isRetryable };
  return { reason: `the collector answered ${status}`, isRetryable, retryMs: retryAfter(headers, now) };
}
