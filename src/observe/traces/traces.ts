import { ProxyTracer, trace, type Tracer } from '@opentelemetry/api';
import manifest from '../../../package.json' with { type: 'json' };
import type { Tracing } from '../../domain/tracing.ts';
import type { Clock } from '../../lib/clock.ts';
import { createTracing } from './create-tracing.ts';
import { type CollectorOptions, openExport } from './export.ts';

/** The traces of a gateway. */
export interface Traces {
  readonly tracing: Tracing;
  /** Whether an SDK of the process makes the spans, so that they belong to the span that is active when a request arrives. */
  readonly joinsProcess: boolean;
  /** Sends what waits, for a second at most, and reports what is lost. Idempotent. Never rejects. */
  readonly close: () => Promise<void>;
}

/** How traces are opened. */
export interface TracesOptions {
  readonly clock: Clock;
  /** Whether the trace of a client is continued; of clients that are known by a key unless given. */
  readonly trustIncoming: boolean | undefined;
  /** Where spans are sent to; undefined where an SDK of the process has them. */
  readonly collector: Pick<CollectorOptions, 'url' | 'headers' | 'sample'> | undefined;
  /** The gateway's own name among its replicas. */
  readonly name: string;
  /** Receives a message when spans cannot be sent. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Name of the instrumentation scope. */
const SCOPE = 'spillway';

/**
 * Opens the traces of a gateway: with an exporter of its own where a collector is configured, else with the SDK that the process has registered.
 * Undefined where it has none. Rejects with a MissingPackages where the exporter's packages are not installed.
 */
export async function openTraces(options: TracesOptions): Promise<Traces | undefined> {
  const { clock, trustIncoming, collector, name, onProblem } = options;
  const onThrown = reportOnce(onProblem);
  if (collector === undefined) {
    const tracer = registeredTracer(onProblem);
    if (tracer === undefined) return undefined;
    const tracing = createTracing({ tracer, clock, trustIncoming, joinsProcess: true, onThrown });
    return { tracing, joinsProcess: true, close: builtSpans };
  }
  const { version } = manifest;
  const exported = await openExport({ ...collector, name, version, clock, onProblem });
  const tracer = exported.provider.getTracer(SCOPE, version);
  return {
    tracing: createTracing({ tracer, clock, trustIncoming, joinsProcess: false, onThrown }),
    joinsProcess: false,
    async close() {
      await builtSpans();
      await exported.close();
    },
  };
}

/** The tracer of the SDK that the process has registered. An SDK of an older API than the gateway's cannot be used. */
function registeredTracer(onProblem: (message: string) => void): Tracer | undefined {
  const tracer = trace.getTracer(SCOPE, manifest.version);
  if (!(tracer instanceof ProxyTracer)) return tracer;
  onProblem('traces: the OpenTelemetry SDK of this process is for an older @opentelemetry/api than 1.9; update it');
  return undefined;
}

/** Resolves once the spans of the requests that have ended are made. */
function builtSpans(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function reportOnce(onProblem: (message: string) => void): (thrown: unknown) => void {
  let isReported = false;
  return (thrown) => {
    if (isReported) return;
    isReported = true;
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    onProblem(`traces: the OpenTelemetry SDK threw ${name}; spans are incomplete`);
  };
}
