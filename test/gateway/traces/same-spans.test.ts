import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, expect, test } from 'vitest';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { chatCompletion, chatStream, openaiError } from '../../../src/testing/index.ts';
import { type Collector, startCollector } from '../../helpers/collector.ts';
import type { ReceivedSpan } from '../../helpers/read-spans.ts';
import { post, type Rig, startRig } from '../../helpers/gateway.ts';
import { HELLO } from '../../helpers/hello.ts';

const CHAT = '/v1/chat/completions';
const KEY = 'sk-0123456789abcdef0123';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

afterEach(() => {
  trace.disable();
  context.disable();
});

/** Sends the same requests to a gateway, whose spans get to a collector in one way or the other. */
async function trafficOf(rig: Rig): Promise<void> {
  const headers = { authorization: `Bearer ${KEY}`, traceparent: `00-${TRACE}-b7ad6b7169203331-01`, tracestate: 'v=1' };
  for (const more of [{ max_tokens: 5 }, { stream: true }, { model: 'a/other' }, { model: 'none' }])
    await (await post(fetch, rig.url + CHAT, { ...HELLO, ...more }, { headers })).text();
  await (await fetch(`${rig.url}/trpc/models.list`, { headers: { authorization: headers.authorization } })).text();
  await rig.ended(4);
}

async function startGateway(config: Partial<ConfigInput>): Promise<Rig> {
  const answers = [
    openaiError(429, 'slow down'),
    chatCompletion({ content: 'x', model: 'big' }),
    chatStream({ content: 'y', usage: true }),
  ];
  return startRig([[answers[0]!], ({ body }) => (body.includes('"stream":true') ? answers[2]! : answers[1]!)], {
    provider: { models: { '*': { price: { input: 1, output: 2 } } } },
    config: { auth: { keys: [{ name: 'ci', key: KEY }] }, ...config },
  });
}

/** Spans without what differs from run to run: ids, times, ports and the collector's copy of the resource. */
function comparable({ spans }: Collector): readonly object[] {
  const named = new Map(spans.map((span) => [span.spanId, span]));
  const placeOf = (span: ReceivedSpan | undefined): string =>
    span === undefined ? '' : `${placeOf(named.get(span.parentSpanId ?? ''))}/${span.name}`;
  return spans
    .toSorted((a, b) => a.startedAt - b.startedAt || placeOf(a).length - placeOf(b).length)
    .map((span) => {
      const { name, kind, status, statusMessage, events, traceId, attributes } = span;
      const known = Object.entries(attributes).map(([key, value]) => [key, VARYING.has(key) ? typeof value : value]);
      const belongs = [placeOf(span), traceId === TRACE];
      return { name, kind, status, statusMessage, events, belongs, attributes: Object.fromEntries(known) };
    });
}

const VARYING: ReadonlySet<string> = new Set([
  'spillway.request_id',
  'server.port',
  'spillway.queued_ms',
  'gen_ai.response.time_to_first_chunk',
]);

/** The members of spans, and of what they have, as they are sent. */
function membersOf({ bodies }: Collector): Readonly<Record<string, unknown>>[] {
  return bodies.flatMap((body) => {
    const { resourceSpans } = JSON.parse(body) as {
      resourceSpans: { scopeSpans: { scope: object; spans: Record<string, unknown>[] }[] }[];
    };
    return resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) =>
        spans.map(({ name, flags, traceState, startTimeUnixNano }) => ({
          name,
          flags,
          traceState,
          scope,
          time: String(startTimeUnixNano).length,
        })),
      ),
    );
  });
}

function byText(a: object, b: object): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b));
}

test('the gateway sends the spans that an OpenTelemetry SDK with its exporter sends', async () => {
  await using own = await startCollector();
  {
    await using rig = await startGateway({ traces: { url: own.url } });
    await trafficOf(rig);
  }
  await using other = await startCollector();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: new OTLPTraceExporter({ url: other.url }) })],
  });
  trace.setGlobalTracerProvider(provider);
  {
    await using rig = await startGateway({});
    await trafficOf(rig);
  }
  await provider.forceFlush();
  await other.until(own.spans.length);
  expect(own.spans.length).toBeGreaterThan(10);
  expect(comparable(own)).toEqual(comparable(other));
  expect(membersOf(own).toSorted(byText)).toEqual(membersOf(other).toSorted(byText));
});
