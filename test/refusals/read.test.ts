import { describe, expect, test } from 'vitest';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import { parseWait } from '../../src/refusals/wait.ts';
import { readReply } from '../../src/refusals/read.ts';
import { readErrorBody } from '../../src/refusals/error-body.ts';

const NOW = Date.parse('2026-11-22T08:00:00Z');
const BY = { rules: PLAIN_RULES, now: NOW };
const openai = (message: string, code: string | null = null, type = 'x') => ({
  error: { message, type, param: null, code },
});

/** Replies as providers send them: status, headers, body, the class, and the wait in milliseconds. */
test.each([
  [
    429,
    { 'retry-after': '20', 'retry-after-ms': '19850' },
    openai('slow', 'rate_limit_exceeded'),
    'rate_limited',
    19_850,
  ],
  [429, { 'retry-after': '1.5' }, openai('slow'), 'rate_limited', 1500],
  [429, { 'retry-after': 'Sun, 22 Nov 2026 08:00:30 GMT' }, openai('slow'), 'rate_limited', 30_000],
  [429, { 'retry-after': '99999999' }, openai('slow'), 'rate_limited', undefined],
  [429, { 'retry-after': '-1' }, openai('slow'), 'rate_limited', undefined],
  [
    429,
    {
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-reset-requests': '8h',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1s',
    },
    openai('x'),
    'rate_limited',
    1000,
  ],
  [429, {}, openai('Please try again in 1m2.5s.'), 'rate_limited', 62_500],
  [
    429,
    { 'retry-after': '1' },
    openai('Credits are used up', 'credit_balance_exhausted', 'insufficient_quota'),
    'no_money',
    undefined,
  ],
  [429, {}, openai('Limit reached on tokens per day (TPD). Please try again in 9m.'), 'quota_day', 540_000],
  [429, {}, openai('Request too large for m: Limit 30000, Requested 99999'), 'too_large_for_limit', undefined],
  [429, {}, { error: 'Model is overloaded', error_type: 'overloaded' }, 'overloaded', undefined],
  [402, {}, '', 'no_money', undefined],
  [403, {}, { code: 'x', error: 'Your team has used all available credits.' }, 'no_money', undefined],
  [403, {}, openai('no access'), 'bad_request', undefined],
  [403, {}, openai('This API key has been disabled'), 'auth', undefined],
  [401, {}, '', 'auth', undefined],
  [400, {}, openai('API key not valid', 'API_KEY_INVALID'), 'auth', undefined],
  [404, {}, { status: 404, title: 'Not Found' }, 'model_gone', undefined],
  [400, {}, { message: "This model's maximum context length is 4096 tokens." }, 'context_length', undefined],
  [400, {}, openai('string too long: maximum length 64', 'string_above_max_length'), 'bad_request', undefined],
  [400, {}, openai('filtered', 'content_filter'), 'content_filter', undefined],
  [400, {}, openai('bad tool call', 'tool_use_failed'), 'model_error', undefined],
  [400, {}, openai('Bad image at offset 429'), 'bad_request', undefined],
  [
    422,
    {},
    { detail: [{ type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }] },
    'bad_request',
    undefined,
  ],
  [413, {}, '<html>too large</html>', 'too_large_for_limit', undefined],
  [408, {}, '', 'timeout', undefined],
  [500, {}, '<html>oops</html>', 'server', undefined],
  [503, {}, openai('Loading model'), 'overloaded', 5000],
  [529, {}, '', 'overloaded', undefined],
])('a %i with %o and %j is %s', (status, headers, body, kind, wait) => {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const reading = readReply({ status, headers }, bytes, BY);
  expect(reading.class).toBe(kind);
  expect(reading.retryAt === undefined ? undefined : reading.retryAt - NOW).toBe(wait);
  expect(reading.error.message).not.toBe('');
  expect(reading.error.message).not.toContain('<html>');
});

describe('the message is found in every shape of an error body', () => {
  test.each([
    ['{"error":{"message":"m","code":429}}', 'm'],
    ['[{"error":{"message":"m","status":"X"}}]', 'm'],
    ['{"error":"m"}', 'm'],
    ['{"message":"m"}', 'm'],
    ['{"detail":"m"}', 'm'],
    [
      '{"object":"error","message":"{\\"detail\\":[{\\"loc\\":[\\"body\\",\\"seed\\"],\\"msg\\":\\"m\\"}]}"}',
      'body.seed: m',
    ],
    ['{"success":false,"errors":[{"code":3040,"message":"m"}]}', 'm'],
    ['plain text', 'plain text'],
    ['{"error":{"message":"[model] is gone"}}', '[model] is gone'],
    ['{"error":"{\\"error\\":{\\"message\\":\\"m\\"}}"}', 'm'],
    ['{"error":{"message":"{\\"error\\":{\\"message\\":\\"m\\"}}"}}', 'm'],
    ['{"error":{"message":"[{\\"error\\":{\\"message\\":{\\"detail\\":\\"m\\"}}}]"}}', 'm'],
    ['{"error":{"message":{"text":"m","code":1}}}', 'm'],
    ['{"detail":{"error":{"message":"m"}}}', 'm'],
    ['{"message":{},"title":"m"}', 'm'],
    ['{"error":{"message":"{\\"odd\\":1}"}}', '{"odd":1}'],
    ['{"detail":[{"loc":[{"toString":1},"body"],"msg":"m"}]}', '.body: m'],
  ])('%s', (body, message) => {
    const { error } = readReply({ status: 400, headers: {} }, Buffer.from(body), BY);
    expect(error.message).toBe(message);
    expect(error.code === null || typeof error.code === 'string').toBe(true);
  });
});

/** An error nested `times` deep, each as the message of the next. */
function wrapped(error: object, times: number): string {
  let text = JSON.stringify(error);
  for (let n = 0; n < times; n++) text = JSON.stringify({ error: { message: text } });
  return text;
}

describe('an error nested in the message of another error', () => {
  const inner = { error: { message: "This model's maximum context length is 10 tokens.", code: 400, status: 'BAD' } };

  test.each([1, 2, 3])('gives the class and the message, %i deep', (times) => {
    const { class: kind, error } = readReply({ status: 400, headers: {} }, Buffer.from(wrapped(inner, times)), BY);
    expect([kind, error.message, error.code]).toEqual(['context_length', inner.error.message, '400']);
  });

  test('gives its code and status if the outer errors have none', () => {
    const quota = { error: { message: 'm', code: 429, type: 'x', status: 'RESOURCE_EXHAUSTED' } };
    expect(readErrorBody(Buffer.from(wrapped(quota, 1))).error).toMatchObject({ status: 429, code: '429', type: 'x' });
    const outer = JSON.stringify({ error: { message: JSON.stringify(quota), code: 503, type: 'y' } });
    expect(readErrorBody(Buffer.from(outer)).error).toMatchObject({
      status: 503,
      code: '503',
      type: 'y',
      message: 'm',
    });
  });

  test('becomes the message as truncated text if it is deeper', () => {
    const { message } = readErrorBody(Buffer.from(wrapped({ error: { message: 'm'.repeat(600) } }, 4))).error;
    expect(message).toHaveLength(500);
    expect(message).toContain('mmm');
  });

  test.each(['{"error":{"message":[{"detail":[', '[{"detail":', '{"errors":[', '{"detail":[{"loc":[['])(
    'is read without a stack overflow 100,000 levels of %s deep',
    (level) => {
      const close = level
        .replaceAll(/[^{[]/g, '')
        .split('')
        .toReversed()
        .join('')
        .replaceAll('{', '}')
        .replaceAll('[', ']');
      const text = `${level.repeat(100_000)}"x"${close.repeat(100_000)}`;
      expect(JSON.parse(text)).toBeTypeOf('object');
      expect(readErrorBody(Buffer.from(text)).error.message.length).toBeLessThanOrEqual(500);
      expect(readErrorBody(Buffer.from(JSON.stringify({ message: text }))).error.message).toHaveLength(500);
    },
  );
});

test.each([
  ['12ms', 12],
  ['7.66s', 7660],
  ['6m0s', 360_000],
  ['4h17m', 15_420_000],
  ['60', 60_000],
  ['0', undefined],
  ['-1', undefined],
  ['', undefined],
  ['abc', undefined],
  ['2026-11-22T08:00:12Z', 12_000],
  ['2026-11-22T08:00:12.5+00:00', 12_500],
  ['2026-11-22T10:00:12', 7_212_000],
  ['Sun, 22 Nov 2026 08:00:12 GMT', 12_000],
  ['Sunday, 22-Nov-26 08:00:12 GMT', 12_000],
  ['Sun Nov 22 08:00:12 2026', 12_000],
  ['30 seconds', 30_000],
  ['1.02:03:04', 93_784_000],
  ['PT1M30S', 90_000],
  ['30 seconds or so', undefined],
  ['x'.repeat(100_000), undefined],
  [String(NOW + 5000), 5000],
  [String(NOW / 1000 + 5), 5000],
])('the wait %j is %s ms', (text, ms) => {
  expect(parseWait(text, NOW)).toBe(ms);
});

describe('a truncated body', () => {
  const whole = JSON.stringify({
    error: { type: 'insufficient_quota', code: 'no_credit', message: `Say "${'x'.repeat(400)}"\\`, param: null },
  });

  test.each(Array.from({ length: whole.length - 60 }, (_, index) => index + 60))('at %i gives its codes', (length) => {
    const reading = readReply({ status: 429, headers: {} }, Buffer.from(whole.slice(0, length)), BY);
    expect(reading.class).toBe('no_money');
    expect(reading.error).toMatchObject({ type: 'insufficient_quota', code: 'no_credit' });
  });

  test('gives no code that is only part of its message or of another object', () => {
    const message = `{"code":"insufficient_quota"}, "code":"insufficient_quota", ${'x'.repeat(100)}`;
    const cut = JSON.stringify({ error: { message, input: { code: 'insufficient_quota', text: 'long' } } }).slice(
      0,
      -6,
    );
    expect(readReply({ status: 429, headers: {} }, Buffer.from(cut), BY)).toMatchObject({
      class: 'rate_limited',
      error: { code: null, type: null },
    });
  });

  test.each(['{', '[', '{"', '{"error":', '[{"a":1},', '{"error"}}}', '[1'])('%j becomes the message', (text) => {
    expect(readErrorBody(Buffer.from(text)).error).toMatchObject({ message: text, code: null, type: null });
  });
});

describe('other statuses', () => {
  test.each([
    [405, 'Not that method', 'server'],
    [407, '', 'server'],
    [415, openai('Not that type'), 'server'],
    [451, openai('Not in your country'), 'bad_request'],
    [413, openai('More than 26214400 bytes'), 'too_large_for_limit'],
    [413, '<h1>Request Entity Too Large</h1>', 'too_large_for_limit'],
    [413, openai('The prompt is too long: 300 tokens > 200 maximum'), 'context_length'],
  ])('%i with %j is %s', (status, body, kind) => {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const reading = readReply({ status, headers: {} }, bytes, BY);
    expect(reading.class).toBe(kind);
    expect(reading.retryAt).toBeUndefined();
  });
});

test('of a message as long as the prompt that it echoes only the beginning is kept', () => {
  const message = `Rate limit reached, try again in 7s. Request: ${'Lorem ipsum dolor sit amet. '.repeat(5000)}`;
  const reading = readReply({ status: 429, headers: {} }, Buffer.from(JSON.stringify(openai(message))), BY);
  expect(reading).toMatchObject({ class: 'rate_limited', retryAt: NOW + 7000 });
  expect(reading.error.message).toBe(message.slice(0, 8192));
});
