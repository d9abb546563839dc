import type { TracerProvider } from '@opentelemetry/api';
import type { Clock } from '../../lib/clock.ts';
import { reportDelivery } from './delivery.ts';

/** Where spans are sent to, and which. */
export interface CollectorOptions {
  /** Gets OTLP over HTTP. It and the headers may be secrets. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Share of the traces that begin here which are recorded, from 0 to 1. */
  readonly sample: number;
  /** The gateway's own name among its replicas. */
  readonly name: string;
  readonly version: string;
  readonly clock: Clock;
  /** Receives a message when spans cannot be sent. */
  readonly onProblem: (message: string) => void;
}

/** An exporter with its spans. */
export interface OpenExport {
  readonly provider: TracerProvider;
  /** Sends what waits, for a second at most, and reports what is lost. Idempotent. Never rejects. */
  readonly close: () => Promise<void>;
}

/** The packages that send spans. They are optional: most gateways send none. */
const PACKAGES = [
  '@opentelemetry/sdk-trace',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-http',
] as const;

/** The packages that send spans are not installed. The message is safe to show, and says what to do. */
export class MissingPackages extends Error {
  override readonly name = 'MissingPackages';

  constructor(cause: unknown) {
    super(`needs packages that are not installed; run: npm install ${PACKAGES.join(' ')}`, { cause });
  }
}

/** Most spans that wait to be sent; further ones are lost. */
const MAX_QUEUED = 2048;
/** Most spans of one request to the collector. Each is made into JSON at once, which holds the event loop. */
const MAX_BATCH = 256;
/** Longest time that a span waits to be sent, in milliseconds. */
const DELAY_MS = 2000;
/** Longest time that a collector may take, repetitions included, in milliseconds. */
const SEND_MS = 5000;
/** Longest time that the end of the gateway waits for the collector, in milliseconds. */
const CLOSE_MS = 1000;

/** Opens an exporter. Loads its packages only now. Rejects with a MissingPackages where one of them is not installed. */
export async function openExport(options: CollectorOptions): Promise<OpenExport> {
  const { sdk, resources, otlp } = await loadPackages();
  const { url, headers, sample, name, version, clock, onProblem } = options;
  const exporter = new otlp.OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: SEND_MS });
  const delivery = reportDelivery(exporter, { origin: new URL(url).origin, onProblem });
  const batches = new sdk.BatchSpanProcessor({
    exporter: delivery.exporter,
    maxQueueSize: MAX_QUEUED,
    maxExportBatchSize: MAX_BATCH,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: SEND_MS + CLOSE_MS,
  });
  const own = { 'service.name': 'spillway', 'service.version': version, 'service.instance.id': name };
  const provider = new sdk.TracerProvider({
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes(own))
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sample) }),
    spanProcessors: [delivery.counter, batches],
  });
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = clock.timer(CLOSE_MS, resolve);
    // Where it rejects, the collector has failed, and what is lost is counted.
    await Promise.race([provider.shutdown().catch(() => undefined), promise]);
    delivery.close();
  }
  return { provider, close: () => (closing ??= close()) };
}

async function loadPackages() {
  try {
    const [sdk, resources, otlp] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
    return { sdk, resources, otlp };
  } catch (thrown) {
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_MODULE_NOT_FOUND';
    throw isMissing ? new MissingPackages(thrown) : thrown;
  }
}
