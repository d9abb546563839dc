import { once } from 'node:events';
import { connect } from 'node:net';
import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chatCompletion } from '../../../src/testing/index.ts';
import { post, type Rig, type RigOptions, startRig } from '../../helpers/gateway.ts';
import { HELLO } from '../../helpers/hello.ts';

const CHAT = '/v1/chat/completions';
const OK = chatCompletion({ content: 'fine' });
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let exporter: InMemorySpanExporter;

/** Registers an SDK, as an application does before it opens the gateway. */
function register(options: ConstructorParameters<typeof TracerProvider>[0] = {}): void {
  exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })], ...options }),
  );
}

beforeEach(() => register());
afterEach(() => {
  trace.disable();
  context.disable();
});

/** Runs every request of the rig's server within a span, as instrumentation of HTTP does. */
function instrument({ app: { server } }: Rig): void {
  const emit = server.emit.bind(server);
  const tracer = trace.getTracer('http');
  server.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== 'request') return emit(event, ...args);
    const [{ headers }] = args as [{ headers: Record<string, string> }];
    const span = tracer.startSpan(
      'instrumented',
      { kind: SpanKind.SERVER, attributes: { call: headers['x-call'] ?? '' } },
      ROOT_CONTEXT,
    );
    return context.with(trace.setSpan(ROOT_CONTEXT, span), () => {
      span.end();
      return emit(event, ...args);
    });
  };
}

const send = async (rig: Rig, headers: Readonly<Record<string, string>> = {}): Promise<void> =>
  void (await (await post(fetch, rig.url + CHAT, HELLO, { headers })).text());

/** Sends requests over connections of their own, so that one turn of the event loop reads them all; those connections are closed. */
async function sendTogether(rig: Rig, many: number): Promise<void> {
  const port = Number(new URL(rig.url).port);
  let accepted = 0;
  rig.app.server.on('connection', () => accepted++);
  const sockets = Array.from({ length: many }, () => connect(port, '127.0.0.1'));
  await expect.poll(() => accepted).toBe(many);
  const body = JSON.stringify(HELLO);
  const head = `POST ${CHAT} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nconnection: close\r\n`;
  for (const [n, socket] of sockets.entries())
    socket.write(`${head}x-call: ${n}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));
}

/** Closes the gateway and returns the names, kinds and parents of the spans that have ended. */
async function spansOf(rig: Rig): Promise<readonly ReadableSpan[]> {
  await rig.gateway.close();
  return exporter.getFinishedSpans();
}

const start = (options: RigOptions = {}): Promise<Rig> => startRig([OK], options);
const parentOf = (spans: readonly ReadableSpan[], child: ReadableSpan | undefined): ReadableSpan | undefined =>
  spans.find((span) => span.spanContext().spanId === child?.parentSpanContext?.spanId);
const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan[] =>
  spans.filter((span) => span.name === name);

const failing = (): never => {
  throw new TypeError('broken');
};

describe('an SDK that the process has registered', () => {
  test('gets the gateway’s spans, without any configuration', async () => {
    await using rig = await start();
    await send(rig);
    const { traceId } = await rig.ended();
    const spans = await spansOf(rig);
    const [attempt] = named(spans, 'chat model-a');
    const chain = parentOf(spans, attempt);
    const server = parentOf(spans, chain);
    expect([chain?.name, server?.name, server?.kind]).toEqual(['chain default', `POST ${CHAT}`, SpanKind.SERVER]);
    expect(server?.spanContext().traceId).toBe(traceId);
    expect(attempt?.instrumentationScope).toMatchObject({ name: 'spillway', version: expect.any(String) });
  });

  test('has them below the span of the HTTP instrumentation, also of requests that arrive together', async () => {
    await using rig = await start();
    instrument(rig);
    await sendTogether(rig, 30);
    await rig.ended(29);
    const spans = await spansOf(rig);
    const servers = named(spans, `POST ${CHAT}`);
    expect(servers.map(({ kind }) => kind)).toEqual(Array.from({ length: 30 }, () => SpanKind.INTERNAL));
    const outer = servers.map((span) => Number(parentOf(spans, span)?.attributes['call']));
    expect(outer.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    // Each attempt is in the trace of its own request.
    expect(new Set(named(spans, 'chat model-a').map((span) => span.spanContext().traceId)).size).toBe(30);
  });

  test('has a call in process below the application’s own span', async () => {
    await using rig = await start();
    const app = trace.getTracer('app').startSpan('work');
    await context.with(trace.setSpan(context.active(), app), () => rig.gateway.caller.chat.completions.create(HELLO));
    app.end();
    const spans = await spansOf(rig);
    expect(parentOf(spans, named(spans, 'chat.completions.create')[0])?.name).toBe('work');
  });

  test('follows the same rule for the trace of a client', async () => {
    await using open = await start({ config: { traces: { trustIncoming: true } } });
    await send(open, { traceparent: TRACEPARENT });
    expect((await open.ended()).traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    await using shut = await start();
    await send(shut, { traceparent: TRACEPARENT });
    expect((await shut.ended()).traceId).not.toBe('0af7651916cd43dd8448eb211c80319c');
  });

  test('decides what is sampled', async () => {
    trace.disable();
    register({ sampler: new AlwaysOffSampler() });
    await using rig = await start();
    await send(rig);
    expect((await rig.ended()).traceId).toBeUndefined();
    expect(await spansOf(rig)).toEqual([]);
  });

  test('that throws fails no request, and is one warning', async () => {
    trace.disable();
    register({
      spanProcessors: [
        { onStart: failing, onEnd: failing, forceFlush: async () => undefined, shutdown: async () => undefined },
      ],
    });
    const warnings: string[] = [];
    const listener = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', listener);
    await using rig = await start({ provider: { trace: true } });
    for (let n = 0; n < 3; n++) await send(rig);
    await rig.ended(2);
    await rig.gateway.close();
    process.off('warning', listener);
    expect(rig.codes()).toEqual(['ok', 'ok', 'ok']);
    expect(warnings).toEqual(['traces: the OpenTelemetry SDK threw TypeError; spans are incomplete']);
  });
});

test('an SDK for an API that is older than the gateway’s is one warning', async () => {
  trace.disable();
  const registry = Symbol.for('opentelemetry.js.api.1');
  const before: unknown = Reflect.get(globalThis, registry);
  Reflect.set(globalThis, registry, { version: '1.4.0', trace: new TracerProvider() });
  const warned = once(process, 'warning');
  await using rig = await start();
  Reflect.set(globalThis, registry, before);
  await send(rig);
  expect((await rig.ended()).traceId).toBeUndefined();
  expect(await warned).toMatchObject([
    { message: expect.stringContaining('is for an older @opentelemetry/api than 1.9') },
  ]);
});

test('a gateway that was opened before the SDK is registered is not traced', async () => {
  trace.disable();
  await using rig = await start();
  register();
  await send(rig);
  expect((await rig.ended()).traceId).toBeUndefined();
  expect(await spansOf(rig)).toEqual([]);
});
