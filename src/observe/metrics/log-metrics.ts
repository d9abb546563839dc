import type { DropReason } from '../../store/request-log/log-drops.ts';
import type { BodyDrop } from '../bodies/body-queue.ts';
import { type Reading, READ_NOTHING } from './metric.ts';
import type { MetricDefinition } from './definitions.ts';

/** What the request log reports of itself. Counts are since the start of the process. */
export interface LogCounts {
  /** Rows that were written. */
  readonly rows: number;
  /** Rows that were dropped, by the reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Bytes of the rows that wait for their write. */
  readonly queueBytes: number;
  /** Bytes that may wait at most. */
  readonly queueMaxBytes: number;
  /** Rows that an OpenTelemetry collector has taken, and rows that were dropped on the way there. */
  readonly exported: { readonly sent: number; readonly dropped: number };
  readonly bodies: {
    /** Requests whose bodies were written. */
    readonly written: number;
    /** Requests whose bodies were dropped, by the reason. */
    readonly dropped: Readonly<Record<BodyDrop, number>>;
  };
}

/** The metrics of the request log. */
export const LOG_METRICS = Object.freeze({
  rows: {
    name: 'spillway_log_rows_total',
    kind: 'counter',
    labels: [],
    help: 'Rows of the request log that were written.',
  },
  dropped: {
    name: 'spillway_log_rows_dropped_total',
    kind: 'counter',
    labels: ['reason'],
    help: 'Rows of the request log that were dropped.',
  },
  queueBytes: {
    name: 'spillway_log_queue_bytes',
    kind: 'gauge',
    labels: [],
    help: 'Size of the rows of the request log that wait for their write.',
  },
  queueMaxBytes: {
    name: 'spillway_log_queue_max_bytes',
    kind: 'gauge',
    labels: [],
    help: 'Largest size of the rows that may wait; beyond it new ones are dropped.',
  },
  exported: {
    name: 'spillway_log_export_rows_total',
    kind: 'counter',
    labels: [],
    help: 'Rows of the request log that the OpenTelemetry collector has taken.',
  },
  exportDropped: {
    name: 'spillway_log_export_rows_dropped_total',
    kind: 'counter',
    labels: [],
    help: 'Rows of the request log that were dropped on their way to the OpenTelemetry collector.',
  },
  bodies: {
    name: 'spillway_log_bodies_total',
    kind: 'counter',
    labels: [],
    help: 'Requests whose bodies were written.',
  },
  bodiesDropped: {
    name: 'spillway_log_bodies_dropped_total',
    kind: 'counter',
    labels: ['reason'],
    help: 'Requests whose bodies were dropped.',
  },
} as const satisfies Record<string, MetricDefinition>);

/** The readings of a request log; none without one. */
export function logReadings(counts: (() => LogCounts) | undefined): readonly Reading[] {
  if (counts === undefined) return READ_NOTHING;
  const { rows, dropped, queueBytes, queueMaxBytes, exported, exportDropped, bodies, bodiesDropped } = LOG_METRICS;
  return [
    { definition: rows, read: (add) => add([], counts().rows) },
    {
      definition: dropped,
      read(add) {
        for (const [reason, count] of Object.entries(counts().dropped)) add([reason], count);
      },
    },
    { definition: queueBytes, read: (add) => add([], counts().queueBytes) },
    { definition: queueMaxBytes, read: (add) => add([], counts().queueMaxBytes) },
    { definition: exported, read: (add) => add([], counts().exported.sent) },
    { definition: exportDropped, read: (add) => add([], counts().exported.dropped) },
    { definition: bodies, read: (add) => add([], counts().bodies.written) },
    {
      definition: bodiesDropped,
      read(add) {
        for (const [reason, count] of Object.entries(counts().bodies.dropped)) add([reason], count);
      },
    },
  ];
}
