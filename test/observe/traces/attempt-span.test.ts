import { describe, expect, test } from 'vitest';
import type { RequestFinished } from '../../../src/domain/events.ts';
import type { TrailStep } from '../../../src/domain/trail.ts';
import { AnswerFacts } from '../../../src/observe/traces/answer-facts.ts';
import {
  attemptEndMs,
  attemptName,
  begunAttempt,
  describeAttempt,
  describeTarget,
} from '../../../src/observe/traces/attempt-span.ts';
import { type SpanHead, SpanText } from '../../../src/observe/traces/span-text.ts';
import { type ReceivedSpan, readSpan } from '../../helpers/read-spans.ts';
import { finishedEvent } from '../../helpers/finished.ts';
import { targetOf } from '../../helpers/target.ts';

const HEAD: SpanHead = {
  ids: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true, tracestate: undefined },
  parentSpanId: undefined,
  isRemote: false,
  kind: 'client',
  startedAt: 0,
};
const plain = (text: string): string => text;
const redact = (text: string): string => text.replaceAll('secret', '***');
const STEP: TrailStep = { provider: 'a', model: 'm', outcome: 'answered', startedMs: 10, durationMs: 20 };

/** What a collector reads of a span that `describe` has described. */
function read(describe: (span: SpanText) => void): ReceivedSpan {
  const span = new SpanText();
  describe(span);
  return readSpan(JSON.parse(span.toText(HEAD, 'x', 0)), {});
}

/** The attributes and the status of an attempt. */
function described(
  step: TrailStep | undefined,
  event: Partial<RequestFinished> = {},
): [ReceivedSpan['attributes'], ReceivedSpan['status']] {
  const ended = { step, answer: new AnswerFacts(), event: finishedEvent(event), redact: plain };
  const { attributes, status } = read((span) => describeAttempt(span, ended));
  return [attributes, status];
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
    expect(status).toBe(error === undefined ? 'UNSET' : 'ERROR');
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
  const attempt = { n: 2, call, target: targetOf({ baseUrl }) };
  const { attributes } = read((span) => describeTarget(span, begunAttempt(attempt), plain));
  expect(attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'p',
    'gen_ai.request.model': 'm',
    'server.address': address,
    'server.port': port,
    'spillway.attempt': 2,
  });
});

test('names of models are redacted, and cut after that', () => {
  const call = { operation: { name: 'chat.completions' }, stream: false, body: { get: () => undefined } };
  const attempt = begunAttempt({ n: 1, call, target: targetOf({ model: `${'m'.repeat(197)}secret` }) });
  const shown = `${'m'.repeat(197)}***`;
  expect(attemptName(attempt, redact)).toBe(`chat ${shown}`);
  expect(read((span) => describeTarget(span, attempt, redact)).attributes['gen_ai.request.model']).toBe(shown);
  const answer = new AnswerFacts();
  answer.read({ model: 'secret-model' });
  const ended = { step: STEP, answer, event: finishedEvent({}), redact };
  expect(read((span) => describeAttempt(span, ended)).attributes['gen_ai.response.model']).toBe('***-model');
});

test.each([
  [50, { intValue: '50' }],
  [1.5, { doubleValue: 1.5 }],
  [1e300, { doubleValue: 1e300 }],
  [Infinity, {}],
])('the limit %d of a client is a value that collectors take', (limit, value) => {
  const call = { operation: { name: 'chat.completions' }, stream: false, body: { get: () => limit } };
  const span = new SpanText();
  describeTarget(span, begunAttempt({ n: 1, call, target: targetOf({}) }), plain);
  const { attributes }: { readonly attributes: readonly object[] } = JSON.parse(span.toText(HEAD, 'x', 0));
  expect(attributes).toContainEqual({ key: 'gen_ai.request.max_tokens', value });
});
