import manifest from '../../../package.json' with { type: 'json' };
import type { Clock } from '../../lib/clock.ts';
import type { RequestRow } from '../../store/request-log/request-row.ts';
import { postJson, wasTaken } from '../post-json.ts';
import { otlpBody } from './otlp-record.ts';

/** Options of `createOtlpExport`. */
export interface OtlpExportOptions {
  /** Where rows are sent; undefined for nowhere. Called for each row, so that a new configuration counts. */
  readonly url: () => string | undefined;
  readonly clock: Clock;
  /** Gets a message when rows cannot be sent, once until it works again, and one a minute for dropped rows; it contains no URL. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Sends rows of the request log to an OpenTelemetry collector. Disposing it sends what waits, for up to 5 seconds; it never rejects. */
export interface OtlpExport extends AsyncDisposable {
  /** Whether rows are wanted. */
  readonly isActive: boolean;
  /** Takes a row, or drops it where too many wait. Never throws. */
  add(row: RequestRow): void;
  /** Rows that were sent, and that were dropped, since the start. */
  readonly counters: { readonly sent: number; readonly dropped: number };
}

/** Rows of one request. */
const BATCH_ROWS = 200;
/** Most rows that wait. */
const MOST_ROWS = 10_000;
/** The longest time from a row to its sending, in milliseconds, while the collector answers. */
const DELAY_MS = 1000;
/** The pauses after failures, in milliseconds; the last one again and again. */
const RETRY_DELAYS_MS = [1000, 5000, 30_000] as const;
const REPORT_MS = 60_000;
const LAST_FLUSH_MS = 5000;
/** Statuses after which the same rows are sent again (OTLP 1.x, retryable response codes). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Makes an export. No request waits for it, and a collector that fails costs it no more memory than 10,000 rows take. */
export function createOtlpExport(options: OtlpExportOptions): OtlpExport {
  return new Exporter(options);
}

class Exporter implements OtlpExport {
  readonly #options: OtlpExportOptions;
  readonly #ended = new AbortController();
  #waiting: RequestRow[] = [];
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #sent = 0;
  #dropped = 0;
  /** Milliseconds since the epoch. */
  #reportedAt = -Infinity;
  #closed = false;

  constructor(options: OtlpExportOptions) {
    this.#options = options;
  }

  get isActive(): boolean {
    return !this.#closed && this.#options.url() !== undefined;
  }

  get counters(): OtlpExport['counters'] {
    return { sent: this.#sent, dropped: this.#dropped };
  }

  add(row: RequestRow): void {
    if (this.#waiting.length >= MOST_ROWS) return this.#drop(1, 'too many rows wait');
    this.#waiting.push(row);
    if (this.#timer === undefined && this.#running === undefined) this.#schedule(DELAY_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    using _late = this.#options.clock.timer(LAST_FLUSH_MS, () => this.#ended.abort());
    await this.#running;
    this.#timer?.[Symbol.dispose]();
    while (this.#waiting.length > 0 && this.#failures === 0) await this.#run();
    if (this.#waiting.length > 0) this.#drop(this.#waiting.length, 'rows were left at the end');
    this.#ended.abort();
  }

  #schedule(ms: number): void {
    this.#timer = this.#options.clock.timer(ms, () => {
      this.#timer = undefined;
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const rows = this.#waiting.slice(0, BATCH_ROWS);
    // Always awaited: the caller sets `#running` once this call has returned.
    const problem = await this.#post(rows);
    if (problem === undefined || !problem.retryable) {
      this.#waiting.splice(0, rows.length);
      if (problem === undefined) this.#sent += rows.length;
      else this.#drop(rows.length, problem.reason);
      this.#failures = 0;
    } else {
      if (this.#failures === 0) this.#options.onProblem(`log.export: ${problem.reason}; rows wait and are sent later`);
      this.#failures++;
    }
    this.#running = undefined;
    if (this.#closed || this.#waiting.length === 0) return;
    const retry = RETRY_DELAYS_MS[Math.min(this.#failures, RETRY_DELAYS_MS.length) - 1] ?? DELAY_MS;
    this.#schedule(this.#failures === 0 && this.#waiting.length >= BATCH_ROWS ? 0 : retry);
  }

  /** Why rows were not taken, in a few words; undefined where they were. Never rejects. */
  async #post(
    rows: readonly RequestRow[],
  ): Promise<{ readonly reason: string; readonly retryable: boolean } | undefined> {
    const url = this.#options.url();
    if (url === undefined) return { reason: 'the configuration names no collector any more', retryable: false };
    const end = await postJson({ url, body: otlpBody(rows, manifest.version), signal: this.#ended.signal });
    if (wasTaken(end)) return undefined;
    if (end === 'silent') return { reason: 'the collector is silent', retryable: true };
    if (end === 'unreachable') return { reason: 'no connection to the collector', retryable: true };
    return { reason: `the collector answered ${end}`, retryable: RETRYABLE.has(end) };
  }

  #drop(rows: number, reason: string): void {
    this.#dropped += rows;
    const now = this.#options.clock.now();
    if (now < this.#reportedAt + REPORT_MS) return;
    this.#reportedAt = now;
    this.#options.onProblem(`log.export: ${reason}; ${this.#dropped} rows were dropped since the start`);
  }
}
