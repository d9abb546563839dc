import manifest from '../../../package.json' with { type: 'json' };
import type { Clock } from '../../lib/clock.ts';
import type { RequestRow } from '../../store/request-log/request-row.ts';
import { createDelivery, type Delivery, type DeliveryLimits } from '../otlp/delivery.ts';
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
  readonly counters: Delivery<RequestRow>['counters'];
}

const LIMITS: DeliveryLimits = Object.freeze({
  batch: 200,
  waiting: 10_000,
  bytes: Infinity,
  delayMs: 1000,
  closeMs: 5000,
});

/** Makes an export. No request waits for it, and a collector that fails costs it no more memory than 10,000 rows take. */
export function createOtlpExport({ url, clock, onProblem }: OtlpExportOptions): OtlpExport {
  const delivery = createDelivery<RequestRow>({
    section: 'log.export',
    items: 'rows',
    limits: LIMITS,
    url,
    encode: (rows) => [Buffer.from(otlpBody(rows, manifest.version))],
    clock,
    onProblem,
  });
  let isClosed = false;
  return {
    get isActive() {
      return !isClosed && url() !== undefined;
    },
    add: (row) => delivery.add(row),
    get counters() {
      return delivery.counters;
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await delivery[Symbol.asyncDispose]();
    },
  };
}
