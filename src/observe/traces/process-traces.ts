import { ProxyTracer, trace, type Tracer } from '@opentelemetry/api';
import manifest from '../../../package.json' with { type: 'json' };
import { background } from '../../lib/background.ts';
import { BuildQueue } from './build-queue.ts';
import { createTracing } from './create-tracing.ts';
import { makeSpans } from './process-spans.ts';
import { reportOnce, SCOPE, type Traces, type TracesOptions } from './traces.ts';

/** Opens traces whose spans are made by the SDK that the process has registered; undefined where that cannot be used. */
export function openProcessTraces({ clock, trustIncoming, onProblem }: TracesOptions): Traces | undefined {
  const tracer = registeredTracer(onProblem);
  if (tracer === undefined) return undefined;
  const begin = makeSpans(tracer);
  const onThrown = reportOnce(onProblem, 'the OpenTelemetry SDK threw');
  const queue = new BuildQueue(background(clock));
  const tracing = createTracing({ begin, queue, clock, trustIncoming, onThrown });
  return { tracing, joinsProcess: true, counters: undefined, close: async () => queue.flush() };
}

/** The tracer of the SDK that the process has registered. An SDK of an older API than the gateway's cannot be used. */
function registeredTracer(onProblem: (message: string) => void): Tracer | undefined {
  const tracer = trace.getTracer(SCOPE, manifest.version);
  if (!(tracer instanceof ProxyTracer)) return tracer;
  onProblem('traces: the OpenTelemetry SDK of this process is for an older @opentelemetry/api than 1.9; update it');
  return undefined;
}
