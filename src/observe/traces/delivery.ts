import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';

/** Reports what becomes of spans. */
export interface Delivery {
  /** The exporter, whose results are counted. */
  readonly exporter: SpanExporter;
  /** Counts the spans that have ended. */
  readonly counter: SpanProcessor;
  /** Reports the spans that were not delivered, where there are any. Nothing is reported after it. */
  readonly close: () => void;
}

/** How it is reported. */
export interface DeliveryOptions {
  /** The collector, without what may be secret in its URL. */
  readonly origin: string;
  readonly onProblem: (message: string) => void;
}

/** `ExportResultCode.SUCCESS` of `@opentelemetry/core`. */
const SUCCESS = 0;

/**
 * Watches an exporter. The first batch that the collector does not take is reported, and no other before one was taken: a collector that is down
 * is one message, however many spans are lost.
 */
export function reportDelivery(exporter: SpanExporter, { origin, onProblem }: DeliveryOptions): Delivery {
  let ended = 0;
  let delivered = 0;
  let isFailing = false;
  let isClosed = false;
  return {
    exporter: {
      export(spans, done) {
        exporter.export(spans, (result) => {
          const { code }: { readonly code: number } = result;
          if (code === SUCCESS) {
            delivered += spans.length;
            isFailing = false;
          } else if (!isFailing && !isClosed) {
            isFailing = true;
            onProblem(`traces: ${origin} does not take spans (${reasonOf(result.error)}); they are lost until it does`);
          }
          done(result);
        });
      },
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
      shutdown: () => exporter.shutdown(),
    },
    counter: {
      onStart: () => undefined,
      onEnd: () => void ended++,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (ended > delivered)
        onProblem(`traces: ${ended - delivered} of ${ended} spans were not delivered to ${origin}`);
    },
  };
}

/** A status, or the code of a socket's error: what a collector itself says may repeat what it got. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name;
}
