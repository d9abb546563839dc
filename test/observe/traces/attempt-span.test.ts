import { type Attributes, ROOT_CONTEXT, SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, test } from 'vitest';
import type { RequestFinished } from '../../../src/domain/events.ts';
import type { TrailStep } from '../../../src/domain/trail.ts';
import { AnswerFacts } from '../../../src/observe/traces/answer-facts.ts';
import { attemptEndMs, describeAttempt, requestAttributes } from '../../../src/observe/traces/attempt-span.ts';
import { finishedEvent } from '../../helpers/finished.ts';
import { targetOf } from '../../helpers/target.ts';

const exporter = new InMemorySpanExporter();
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test');
const STEP: TrailStep = { provider: 'a', model: 'm', outcome: 'answered', startedMs: 10, durationMs: 20 };

/** The attributes and the status of an attempt. */
function described(step: TrailStep | undefined, event: Partial<RequestFinished> = {}): [Attributes, SpanStatusCode] {
  exporter.reset();
  const span = tracer.startSpan('x', {}, ROOT_CONTEXT);
  describeAttempt(span, { step, answer: new AnswerFacts(), event: finishedEvent(event) });
  span.end();
  const [ended] = exporter.getFinishedSpans();
  return [ended?.attributes ?? {}, ended?.status.code ?? SpanStatusCode.UNSET];
}

test('an attempt has each part of its usage, and no part that is unknown', () => {
  const usage = { input: 9, cachedInput: 4, cacheWrite: 0, output: 7, reasoning: 3, source: 'provider' } as const;
  expect(described({ ...STEP, usage, costNano: 1500 })[0]).toEqual({
    'gen_ai.usage.input_tokens': 9,
    'gen_ai.usage.cache_read.input_tokens': 4,
    'gen_ai.usage.cache_write.input_tokens': 0,
    'gen_ai.usage.output_tokens': 7,
    'gen_ai.usage.reasoning.output_tokens': 3,
    'spillway.cost_usd': 0.000_001_5,
    'spillway.outcome': 'answered',
  });
  expect(described({ ...STEP, usage: { input: undefined, output: 1, source: 'estimated' } })[0]).toEqual({
    'gen_ai.usage.output_tokens': 1,
    'spillway.outcome': 'answered',
  });
});

describe('the status of an attempt', () => {
  test.each<[string | undefined, TrailStep | undefined, Partial<RequestFinished>]>([
    [undefined, STEP, {}],
    ['throttled', { ...STEP, outcome: 'throttled' }, {}],
    ['invalid_answer', { ...STEP, outcome: 'invalid_answer' }, {}],
    [undefined, { ...STEP, outcome: 'cancelled' }, { status: 499, code: 'client_closed' }],
    [undefined, { ...STEP, outcome: 'skipped', reason: 'lacks_capability' }, {}],
    ['upstream_truncated', STEP, { code: 'upstream_truncated' }],
    [undefined, STEP, { code: 'client_closed' }],
    [undefined, STEP, { code: 'shutting_down' }],
    [undefined, undefined, { status: 499, code: 'client_closed' }],
  ])('is an error %j for %j of %j', (error, step, event) => {
    const [attributes, status] = described(step, event);
    expect(attributes['error.type']).toBe(error);
    expect(status).toBe(error === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
  });
});

test('an attempt ends with its outcome, and a stream that answered with its request', () => {
  const event = finishedEvent({ totalMs: 500 });
  expect(attemptEndMs({ step: STEP, event })).toBe(30);
  expect(attemptEndMs({ step: { ...STEP, firstTokenMs: 20 }, event })).toBe(500);
  expect(attemptEndMs({ step: { ...STEP, outcome: 'silent' }, event })).toBe(30);
  expect(attemptEndMs({ step: undefined, event })).toBe(500);
});

test.each([
  ['https://api.example/v1', 'api.example', 443],
  ['http://[::1]:8000/v1', '::1', 8000],
  ['http://localhost/v1', 'localhost', 80],
])('the address of %s is %s and %d', (baseUrl, address, port) => {
  const call = { operation: { name: 'chat.completions' }, stream: false, body: { get: () => 'no number' } };
  const attributes = requestAttributes({ n: 2, call, target: targetOf({ baseUrl }) });
  expect(attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'p',
    'gen_ai.request.model': 'm',
    'server.address': address,
    'server.port': port,
    'spillway.attempt': 2,
  });
});
