import manifest from '../../../package.json' with { type: 'json' };
import { background } from '../../lib/background.ts';
import { attributesText, stringText } from '../otlp/attribute-text.ts';
import { createDelivery, type DeliveryLimits } from '../otlp/delivery.ts';
import { headersOf, resourceOf } from '../otlp/otel-environment.ts';
import { BuildQueue } from './build-queue.ts';
import { createTracing } from './create-tracing.ts';
import { reportOnce, SCOPE, type Traces, type TracesOptions } from './traces.ts';
import { type TraceText, writeSpans } from './written-spans.ts';

/** How traces are opened that the gateway itself sends. */
export interface ExportOptions extends TracesOptions {
  /** Gets OTLP over HTTP. It and the headers may be secrets. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Share of the traces that begin here which are recorded, from 0 to 1. */
  readonly sample: number;
  /** The gateway's own name among its replicas. */
  readonly name: string;
  /** Has OpenTelemetry's variables; see `resourceOf` and `headersOf`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const LIMITS: DeliveryLimits = Object.freeze({
  batch: 256,
  waiting: 2048,
  bytes: 4 * 1024 * 1024,
  delayMs: 2000,
  closeMs: 1000,
});
const COMMA = Buffer.from(',');

/** Opens traces that the gateway itself writes and sends to a collector. */
export function openExportedTraces(options: ExportOptions): Traces {
  const { clock, trustIncoming, onProblem, url, sample } = options;
  const delivery = createDelivery<Buffer>({
    section: 'traces',
    items: 'spans',
    limits: LIMITS,
    url: () => url,
    headers: requestHeaders(options),
    encode: createEncode(options),
    clock: background(clock),
    onProblem,
  });
  let written: TraceText[] = [];
  const begin = writeSpans({ sample, add: (trace) => void written.push(trace) });
  const queue = new BuildQueue(background(clock), () => {
    const spans = written.reduce((sum, trace) => sum + trace.spans, 0);
    // Out of V8's heap, where what waits for seconds would be copied by its collections.
    const bytes = Buffer.from(written.map(({ text }) => text).join(','));
    written = [];
    if (spans > 0) delivery.add(bytes, spans, bytes.length);
  });
  const onThrown = reportOnce(onProblem, 'writing spans threw');
  return {
    tracing: createTracing({ begin, queue, clock, trustIncoming, onThrown }),
    joinsProcess: false,
    counters: () => delivery.counters,
    async close() {
      queue.flush();
      await delivery[Symbol.asyncDispose]();
    },
  };
}

/** The configured headers over those of the environment. */
function requestHeaders({ headers, environment, onProblem }: ExportOptions): Readonly<Record<string, string>> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...headersOf(environment, onProblem), ...Object.fromEntries(lower) };
}

/** Makes what puts spans into one export of OTLP. */
function createEncode({
  name,
  environment,
  onProblem,
}: ExportOptions): (spans: readonly Buffer[]) => readonly Buffer[] {
  const { version } = manifest;
  const own = {
    'service.name': 'spillway',
    'service.version': version,
    'service.instance.id': name,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'spillway',
    'telemetry.sdk.version': version,
  };
  const resource = attributesText(resourceOf(own, environment, onProblem));
  const scope = `{"name":"${SCOPE}","version":${stringText(version)}}`;
  const head = Buffer.from(
    `{"resourceSpans":[{"resource":{"attributes":${resource}},"scopeSpans":[{"scope":${scope},"spans":[`,
  );
  const tail = Buffer.from(']}]}]}');
  return (spans) => [head, ...spans.flatMap((each, n) => (n === 0 ? [each] : [COMMA, each])), tail];
}
