import type { Tracing } from '../../domain/tracing.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Delivery } from '../otlp/delivery.ts';

/** The traces of a gateway. */
export interface Traces {
  readonly tracing: Tracing;
  /** Whether an SDK of the process makes the spans, so that they belong to the span that is active when a request arrives. */
  readonly joinsProcess: boolean;
  /** Spans that were sent, and that were dropped, since the start; undefined where an SDK of the process has them. */
  readonly counters: (() => Delivery<unknown>['counters']) | undefined;
  /** Sends what waits, for a second at most, and reports what is lost. Idempotent. Never rejects. */
  readonly close: () => Promise<void>;
}

/** How traces are opened. */
export interface TracesOptions {
  readonly clock: Clock;
  /** Whether the trace of a client is continued; of clients that are known by a key unless given. */
  readonly trustIncoming: boolean | undefined;
  /** Receives a message when spans cannot be made or sent. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Name of the instrumentation scope of the gateway's spans. */
export const SCOPE = 'spillway';

/** Reports the first thing that is thrown while spans are made, by its name after `what`: its message may be anything. */
export function reportOnce(onProblem: (message: string) => void, what: string): (thrown: unknown) => void {
  let isReported = false;
  return (thrown) => {
    if (isReported) return;
    isReported = true;
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    onProblem(`traces: ${what} ${name}; spans are incomplete`);
  };
}
