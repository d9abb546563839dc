import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { errorIn } from '../../src/refusals/error-in-answer.ts';
import { readReply, readReportedError } from '../../src/refusals/read.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const NOW = Date.parse('2026-11-28T12:34:56Z');
const BY = { rules: PLAIN_RULES, now: NOW };
const HOUR = 3600_000;
const DAY = 24 * HOUR;
const EPOCH_S = NOW / 1000 + 600;

function readingOf(body: unknown): Reading {
  return readReply({ status: 429, headers: {} }, Buffer.from(JSON.stringify(body)), BY);
}
function waitOf(body: unknown): number | undefined {
  const { retryAt } = readingOf(body);
  return retryAt === undefined ? undefined : retryAt - NOW;
}
const inError = (members: object): object => ({ error: { message: 'Slow down', type: 'x', code: null, ...members } });

describe('a member of an error', () => {
  test.each([
    [{ resets_in_seconds: 172_800 }, 2 * DAY],
    [{ resets_at: EPOCH_S }, 600_000],
    [{ resets_at: EPOCH_S * 1000 }, 600_000],
    [{ resets_at: String(EPOCH_S) }, 600_000],
    [{ reset_at: '2026-11-28T12:44:56Z' }, 600_000],
    [{ resetAt: '2026-11-28 12:44:56' }, 600_000],
    [{ resetTime: 'Nov 28, 2026 at 12:45 PM' }, 604_000],
    [{ reset_at: 45 }, 45_000],
    [{ reset_seconds: 30 }, 30_000],
    [{ reset: 90 }, 90_000],
    [{ 'x-ratelimit-reset': EPOCH_S }, 600_000],
    [{ rate_limit_reset_ms: 4500 }, 4500],
    [{ seconds_until_reset: 20 }, 20_000],
    [{ quotaResetTimeStamp: '2026-11-28T12:44:56Z' }, 600_000],
    [{ quotaResetDelay: '161h39m41.300432511s' }, 581_981_301],
    [{ reset_after: '00:47:11' }, 2_831_000],
    [{ retry_after: 7.5 }, 7500],
    [{ 'Retry-After': '30' }, 30_000],
    [{ retryAfter: '12s' }, 12_000],
    [{ retry_after: '2 minutes' }, 120_000],
    [{ retry_after: 'Sat, 28 Nov 2026 12:44:56 GMT' }, 600_000],
    [{ retry_after_ms: 7500 }, 7500],
    [{ retryAfterMs: '7500' }, 7500],
    [{ retry_after_seconds: 30 }, 30_000],
    [{ retry_after_minutes: 2 }, 120_000],
    [{ retryDelay: '34.074824224s' }, 34_075],
    [{ retry_in: 5 }, 5000],
    [{ try_again_in: '5s' }, 5000],
    [{ weekly_reset_at: EPOCH_S }, 600_000],
    [{ nextRetryAt: EPOCH_S * 1000 }, 600_000],
    [{ wait_seconds: 20 }, 20_000],
    [{ cooldown_until: EPOCH_S }, 600_000],
    [{ next_available_at: '2026-11-28T12:44:56Z' }, 600_000],
    [{ available_in: 'PT2M' }, 120_000],
  ])('%j says when to retry', (members, wait) => {
    expect(waitOf(inError(members))).toBe(wait);
  });

  test.each([
    { retry_after: null },
    { retry_after: 0 },
    { retry_after: -1 },
    { retry_after: '' },
    { retry_after: 'soon' },
    { retry_after: true },
    { retry_after: 1e300 },
    { resets_at: EPOCH_S - 3600 },
    { resets_at: '2020-01-01' },
    { reset_in_days: 32 },
    { retry: 5 },
    { retries: 5 },
    { retry_count: 5 },
    { max_retries: 5 },
    { retry_limit: 5 },
    { retry_on: 429 },
    { retryable: 1 },
    { reset_token: '5' },
    { available: 5 },
    { available_models: 5 },
    { wait: 5 },
    { preset: 5 },
    { [`${'x'.repeat(60)}_reset`]: 5 },
  ])('%j does not', (members) => {
    expect(readingOf(inError(members))).toMatchObject({ class: 'rate_limited', retryAt: undefined });
  });

  test('with a plausible value counts if an earlier one has none', () => {
    expect(waitOf(inError({ resets_at: EPOCH_S - 3600, reset_seconds: 30 }))).toBe(30_000);
  });

  test('has precedence over the text', () => {
    expect(waitOf(inError({ message: 'Retry in 5 s', retry_after: 9 }))).toBe(9000);
  });
});

describe('the members are found', () => {
  test.each([
    ['beside the error', { error: { message: 'x' }, retry_after: 4 }],
    ['beside a text', { error: 'x', retry_after: 4 }],
    ['in a flat error', { message: 'x', retry_after: 4 }],
    ['in its metadata', inError({ metadata: { retry_after: 4 } })],
    ['in its details', inError({ details: { retry_after: 4 } })],
    ['in a list of details', inError({ details: [{ reason: 'x' }, { retryDelay: '4s' }] })],
    ['in the metadata of a detail', inError({ details: [{ metadata: { retry_after: 4 } }] })],
    ['in any other object', inError({ rate_limit: { retry_after: 4 } })],
    ['in a list of errors', { errors: [{ message: 'x', retry_after: 4 }] }],
    ['in FastAPI’s detail', { detail: { message: 'x', retry_after: 4 } }],
    ['in an array', [{ error: { message: 'x', retry_after: 4 } }]],
    ['in a nested JSON text', { error: { message: JSON.stringify({ error: { message: 'x', retry_after: 4 } }) } }],
  ])('%s', (_, body) => {
    expect(waitOf(body)).toBe(4000);
  });

  test.each(['request', 'input', 'body', 'messages', 'params', 'ctx', 'headers'])(
    'except in %s, which may repeat the request',
    (name) => {
      expect(
        waitOf(inError({ [name]: { retry_after: 4 }, details: [{ [name]: [{ retry_after: 4 }] }] })),
      ).toBeUndefined();
    },
  );

  test('in an error inside a 2xx', () => {
    const error = errorIn({ error: { message: 'x', code: 429, resets_in_seconds: 172_800 } });
    if (error === undefined) throw new Error('no error');
    expect(readReportedError(error, BY)).toMatchObject({ class: 'quota_day', retryAt: NOW + 2 * DAY });
  });

  test('beside the quotas of a nested error', () => {
    const quota = {
      error: {
        message: 'm',
        code: 429,
        details: [{ violations: [{ quotaId: 'GenerateRequestsPerMinute', quotaValue: '9' }] }],
      },
    };
    expect(readingOf({ error: { message: JSON.stringify(quota), retry_after: 4 } })).toMatchObject({
      window: 'requestsPerMinute',
      retryAt: NOW + 4000,
    });
  });
});

describe('a long wait', () => {
  test('until a reset is a quota', () => {
    expect(readingOf(inError({ resets_in_seconds: 172_800 }))).toMatchObject({
      class: 'quota_day',
      quotaPeriod: 'month',
    });
    const codex = { type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: 'plus' };
    expect(readingOf({ error: { ...codex, resets_at: EPOCH_S + 172_800, resets_in_seconds: 173_400 } })).toMatchObject({
      class: 'no_money',
      scope: 'key',
      retryAt: (EPOCH_S + 172_800) * 1000,
    });
  });

  test('until another try is a quota only if the text says so', () => {
    expect(readingOf(inError({ retry_after: 172_800 }))).toMatchObject({
      class: 'rate_limited',
      retryAt: NOW + 2 * DAY,
    });
    expect(readingOf(inError({ message: 'Quota exceeded', retry_after: 172_800 }))).toMatchObject({
      class: 'quota_day',
    });
  });

  test('until a reset is no quota beside a short wait until another try', () => {
    const both = { retry_after: 5, resets_in_seconds: 172_800 };
    expect(readingOf(inError(both))).toMatchObject({ class: 'rate_limited', retryAt: NOW + 5000 });
    expect(readingOf(inError({ ...both, message: 'Your quota is used up' }))).toMatchObject({
      class: 'quota_day',
      retryAt: NOW + 2 * DAY,
    });
  });
});

test('any number of seconds is read by every name of a member', () => {
  const name = fc.constantFrom(
    'resets_in_seconds',
    'retry_after',
    'retryAfterSeconds',
    'reset_seconds',
    'x-reset-after',
  );
  fc.assert(
    fc.property(name, fc.integer({ min: 1, max: 31 * 86_400 }), fc.boolean(), (name, seconds, asText) => {
      expect(waitOf(inError({ [name]: asText ? String(seconds) : seconds }))).toBe(seconds * 1000);
    }),
  );
});

test('any instant is read in seconds, in milliseconds and as a date', () => {
  const form = fc.constantFrom(
    (at: number) => at,
    (at: number) => at / 1000,
    (at: number) => String(at),
    (at: number) => new Date(at).toISOString(),
    (at: number) => new Date(at).toUTCString(),
  );
  fc.assert(
    fc.property(form, fc.integer({ min: 1, max: 31 * 86_400 }), (format, seconds) => {
      expect(waitOf(inError({ resets_at: format(NOW + seconds * 1000) }))).toBe(seconds * 1000);
    }),
  );
});

test('a wide and deep body is read quickly', () => {
  let deep: unknown = { retry_after: 4 };
  for (let n = 0; n < 1000; n++) deep = { a: deep };
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`reset_${n}`, { a: [{ b: {} }] }]));
  const started = cpuTime();
  expect(waitOf({ error: { message: 'x' }, deep, wide })).toBeUndefined();
  expect(cpuTime() - started).toBeLessThan(500);
});
