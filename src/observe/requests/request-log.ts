import type { LogSettings } from '../../config/log-settings.ts';
import type { Emit, RequestFinished } from '../../domain/events.ts';
import { isOfOperators } from '../../domain/operation-names.ts';
import { ANONYMOUS } from '../../domain/principal.ts';
import { createLinkedSet } from '../../lib/linked-set.ts';
import { createSlidingRate } from '../../lib/sliding-rate.ts';
import { createTimeIds } from '../../lib/time-ids.ts';
import type { DropReason } from '../../store/request-log/log-drops.ts';
import type { RequestRow } from '../../store/request-log/request-row.ts';
import { createRowWriter, type RowWriterOptions } from '../../store/request-log/row-writer.ts';
import type { OtlpExport } from './otlp-export.ts';
import { bytesOf, toRow } from './request-row.ts';
import { hashedUser, isHashedUser, storedUser } from './stored-user.ts';

/** Options of `createRequestLog`. */
export interface RequestLogOptions extends Pick<
  RowWriterOptions,
  'store' | 'process' | 'clock' | 'random' | 'onProblem'
> {
  readonly settings: () => LogSettings;
  /** Gets each row while it is active. */
  readonly exporter: Pick<OtlpExport, 'isActive' | 'add' | 'counters'>;
  /** Called with the id of each request's row, given the gateway's id of the request. Must not throw. */
  readonly onRow?: ((requestId: string, rowId: bigint) => void) | undefined;
}

/** Counters of a request log since the start of its process. */
export interface RequestLogCounters {
  /** Rows that were written. */
  readonly rows: number;
  /** Rows that were not written, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Refused requests without a key that have no row, because there were more than 10 in a second. */
  readonly refusalsWithoutRow: number;
  /** Bytes of the rows that wait for the store. */
  readonly queueBytes: number;
  /** Bytes that may wait at most. */
  readonly queueMaxBytes: number;
  /** Rows that were sent to a collector, or dropped on the way there. */
  readonly exported: OtlpExport['counters'];
}

/** Gets each row as it is made. Must not throw. */
export type RowListener = (row: RequestRow) => void;

/** The request log of a process. Dispose it before the store: it writes what waits, for up to 5 seconds. */
export interface RequestLog extends AsyncDisposable {
  /** Makes the row of each request that ends, in about a microsecond. */
  readonly listen: Emit;
  readonly counters: RequestLogCounters;
  /** Writes what waits, unless the store fails; resolves after `withinMs` milliseconds at the latest. Never rejects. */
  flush(withinMs: number): Promise<void>;
  /** Calls the listener with each further row, with its user as it is stored. */
  watch(listener: RowListener): Disposable;
  /** The form in which a user is stored at present, given the user or that form. Rejects with a StoreError where the store was never reached. */
  formOf(user: string): Promise<string>;
  /** All forms in which it may be stored, the hash last. Rejects as `formOf`. */
  formsOf(user: string): Promise<readonly string[]>;
}

/** Most refusals without a key that have a row, in a second. */
const REFUSALS_PER_SECOND = 10;

/**
 * Makes a request log. It has a row for each request of a chain, in all endings, and for each request that is refused. Calls of operators and health checks
 * have one only where they are refused for their key, its role or a limit.
 */
export function createRequestLog({ settings, exporter, onRow, ...options }: RequestLogOptions): RequestLog {
  const writer = createRowWriter({
    ...options,
    buffer: () => settings().buffer,
    storedUser: (user, secret) => storedUser(user, secret, settings().user),
  });
  const nextId = createTimeIds(() => writer.replica);
  const refusals = createSlidingRate(REFUSALS_PER_SECOND, 1000);
  const listeners = createLinkedSet<RowListener>();
  let refusalsWithoutRow = 0;

  function publish(row: RequestRow): void {
    const { secret } = writer;
    const user =
      row.user === undefined || secret === undefined ? undefined : storedUser(row.user, secret, settings().user);
    const shown = user === row.user ? row : { ...row, user };
    for (const listener of listeners.list()) listener(shown);
    if (exporter.isActive) exporter.add(shown);
  }

  return {
    listen(event) {
      if (event.kind !== 'request_finished' || !hasRow(event)) return;
      const endedAt = event.acceptedAt + event.totalMs;
      if (event.chain === undefined && event.keyId === ANONYMOUS.id && !refusals.admit(endedAt)) {
        refusalsWithoutRow++;
        return;
      }
      const row = toRow(event, { id: nextId(endedAt), messages: settings().vendorMessages });
      writer.add(row, bytesOf(row));
      onRow?.(row.requestId, row.id);
      if (listeners.size > 0 || exporter.isActive) publish(row);
    },
    counters: {
      get rows() {
        return writer.written;
      },
      get dropped() {
        return writer.dropped;
      },
      get refusalsWithoutRow() {
        return refusalsWithoutRow;
      },
      get queueBytes() {
        return writer.queueBytes;
      },
      get queueMaxBytes() {
        return settings().buffer;
      },
      get exported() {
        return exporter.counters;
      },
    },
    flush: (withinMs) => writer.flush(withinMs),
    watch: (listener) => listeners.add(listener),
    async formOf(user) {
      if (settings().user === 'plain' || isHashedUser(user)) return user;
      return hashedUser(user, (await writer.open()).secret);
    },
    async formsOf(user) {
      return isHashedUser(user) ? [user] : [user, hashedUser(user, (await writer.open()).secret)];
    },
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

/** Refusals for the key, for its role and for a limit. */
const ADMISSION_STATUSES: ReadonlySet<number> = new Set([401, 403, 429]);

/**
 * A client that leaves a list or a subscription is not refused. Of the procedures of operators only those have a row that were not admitted: the log is
 * searched for requests of clients, and while the store fails each poll of a dashboard would add a row.
 */
function hasRow({ chain, status, code, operation }: RequestFinished): boolean {
  if (chain !== undefined) return true;
  if (status < 400 || code === 'client_closed') return false;
  return !isOfOperators(operation) || ADMISSION_STATUSES.has(status);
}
