import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LimitRules, PLAIN_RULES, type WindowName } from '../../src/domain/limits.ts';
import { nextMidnight } from '../../src/lib/midnight.ts';
import { createWindow, type Window } from '../../src/state/window.ts';
import type { Mark } from '../../src/state/window-corrections.ts';

const T = Date.parse('2026-06-15T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function windowOf(rules: Partial<LimitRules> = {}, name: WindowName = 'requestsPerMinute'): Window {
  return createWindow(name, { ...PLAIN_RULES, ...rules });
}

/** Counts an amount at `now`. */
function spend(window: Window, amount: number, now: number): void {
  window.spend(amount, { until: window.endsAt(now), limit: undefined }, now);
}

interface Report {
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetAt?: number;
}

/** A request that is sent and answered at once. */
function reply(window: Window, report: Report, now: number): void {
  answer(window, report, { mark: window.mark(now), now });
}

function answer(window: Window, report: Report, { mark, now }: { mark: Mark; now: number }): void {
  window.observe({ window: 'requestsPerMinute', ...report }, { mark, amount: 1 }, now);
}

test.each([
  ['a rolling minute', { minute: 'rolling' }, 'requestsPerMinute', T + 30_000, T + 90_000],
  ['a minute of the clock', { minute: 'fixed' }, 'requestsPerMinute', T + 30_000, T + 61_000],
  ['a minute of the clock that has just begun', { minute: 'fixed' }, 'tokensPerMinute', T, T + 61_000],
  ['a rolling day', { day: 'rolling', minute: 'fixed' }, 'requestsPerDay', T, T + 24 * HOUR],
  ['a day', { day: 'UTC' }, 'tokensPerDay', T, T + 12 * HOUR + 1000],
] as const)('an amount counts until the end of %s', (_, rules, name, now, end) => {
  const window = windowOf(rules, name);
  spend(window, 3, now);
  expect([window.used(now), window.used(end - 1), window.resetAt(now)]).toEqual([3, 3, end]);
  expect([window.used(end), window.resetAt(end)]).toEqual([0, undefined]);
});

test.each(['2026-03-08', '2026-11-01', '2026-06-15'])('on %s a day ends at midnight of its time zone', (day) => {
  for (let hour = 0; hour < 48; hour++) {
    const now = Date.parse(`${day}T00:00:00Z`) + hour * HOUR + 1234;
    const window = windowOf({ day: 'America/Los_Angeles' }, 'requestsPerDay');
    const midnight = nextMidnight('America/Los_Angeles', now);
    spend(window, 1, now);
    expect(window.resetAt(now)).toBe(midnight + 1000);
    expect(window.used(midnight + 999)).toBe(1);
    spend(window, 1, midnight + 999);
    expect(window.used(midnight + 1000)).toBe(1);
    expect(window.resetAt(midnight + 1000)).toBe(nextMidnight('America/Los_Angeles', midnight) + 1000);
  }
});

test('the amounts of a rolling window expire step by step, never early', () => {
  const window = windowOf();
  for (const at of [0, 500, 999, 1000, 30_000]) spend(window, 1, T + at);
  expect(window.used(T + 30_000)).toBe(5);
  // The first three form one sum, which expires with its newest amount.
  expect([60_000, 60_998, 60_999, 61_000, 90_000].map((at) => window.used(T + at))).toEqual([5, 5, 2, 1, 0]);
});

test('a limit from headers overrules a learned one, and is not overruled by it', () => {
  const window = windowOf();
  expect(window.confirmedLimit.reported).toBeUndefined();
  window.confirmedLimit.learn(20);
  expect(window.confirmedLimit.reported).toEqual({ limit: 20, source: 'learned' });
  reply(window, { limit: 30 }, T);
  window.confirmedLimit.learn(10);
  reply(window, { limit: 0 }, T);
  expect(window.confirmedLimit.reported).toEqual({ limit: 30, source: 'observed' });
});

test('a limit that no request fits is forgotten: after an hour, a daily one after 25 hours', () => {
  const HOUR = 3_600_000;
  const minute = windowOf();
  minute.confirmedLimit.learn(1);
  expect([T, T + HOUR, T + HOUR + 1].map((at) => minute.confirmedLimit.recordBlocked(at))).toEqual([
    false,
    false,
    true,
  ]);
  expect([minute.confirmedLimit.reported, minute.confirmedLimit.recordBlocked(T + 9 * HOUR)]).toEqual([
    undefined,
    false,
  ]);
  const held = windowOf();
  held.confirmedLimit.learn(1);
  held.confirmedLimit.recordBlocked(T);
  spend(held, 1, T + HOUR);
  expect([held.confirmedLimit.recordBlocked(T + 2 * HOUR), held.confirmedLimit.reported?.limit]).toEqual([false, 1]);
  const day = windowOf({}, 'requestsPerDay');
  day.confirmedLimit.learn(1);
  expect([T, T + 25 * HOUR, T + 25 * HOUR + 1].map((at) => day.confirmedLimit.recordBlocked(at))).toEqual([
    false,
    false,
    true,
  ]);
});

test('the usage that the provider reports replaces the local count', () => {
  const window = windowOf();
  spend(window, 2, T);
  reply(window, { limit: 10, remaining: 1, resetAt: T + 5000 }, T);
  expect(window.used(T)).toBe(9);
  expect([window.used(T + 4999), window.used(T + 5000)]).toEqual([9, 0]);
  reply(window, { remaining: 8 }, T + 6000);
  expect(window.used(T + 6000)).toBe(2);
});

test('a reply does not lower the count by requests that were sent after its own', () => {
  const window = windowOf();
  const mark = window.mark(T);
  spend(window, 4, T + 1);
  answer(window, { limit: 10, remaining: 9 }, { mark, now: T + 2 });
  // Four amounts were counted while it ran: the provider may have counted them after it.
  expect(window.used(T + 2)).toBe(5);
  reply(window, { remaining: 8 }, T + 3);
  expect(window.used(T + 3)).toBe(2);
});

test('replies in any order result in the count that the last of them reports', () => {
  for (const order of [
    [1, 2, 3, 4],
    [4, 3, 2, 1],
    [3, 1, 4, 2],
    [2, 4, 1, 3],
  ]) {
    const window = windowOf({ minute: 'fixed' });
    const marks = order.map(() => window.mark(T));
    for (const [index, used] of order.entries())
      answer(window, { limit: 10, remaining: 10 - used }, { mark: marks[index] ?? window.mark(T), now: T + index });
    expect(window.used(T + 10)).toBe(4);
  }
});

test('the reply to an older request raises the count of a newer one, and never lowers it', () => {
  const window = windowOf();
  const old = [window.mark(T), window.mark(T)] as const;
  reply(window, { limit: 100, remaining: 50 }, T + 1);
  answer(window, { limit: 100, remaining: 90 }, { mark: old[0], now: T + 2 });
  expect(window.used(T + 2)).toBe(50);
  answer(window, { limit: 100, remaining: 40 }, { mark: old[1], now: T + 3 });
  expect(window.used(T + 3)).toBe(60);
});

test('the reply to an older request makes no usage expire earlier, in a bucket either', () => {
  for (const refills of [false, true]) {
    const window = windowOf({ refills });
    const old = window.mark(T);
    answer(window, { limit: 2, remaining: 0, resetAt: T + MINUTE }, { mark: window.mark(T), now: T + 1 });
    // A bucket reports whole requests only: an older reply may report as many, and an earlier reset.
    answer(window, { limit: 2, remaining: 0, resetAt: T + MINUTE / 2 }, { mark: old, now: T + 1 });
    expect(window.resetAt(T + 1)).toBeGreaterThanOrEqual(T + MINUTE);
  }
});

test('amounts without a reply that were counted while a request ran count beside its report, until their own expiry', () => {
  const window = windowOf();
  const mark = window.mark(T);
  spend(window, 2, T + 1);
  answer(window, { limit: 100, remaining: 50, resetAt: T + 5000 }, { mark, now: T + 2 });
  expect([window.used(T + 2), window.used(T + 5000)]).toEqual([52, 3]);
});

test('a request that a later reply may not include is counted beside that reply’s report', () => {
  const window = windowOf();
  const mark = window.mark(T);
  reply(window, { limit: 100, remaining: 50 }, T + 1);
  reply(window, { limit: 100, remaining: 80 }, T + 2);
  answer(window, { limit: 100, remaining: 99 }, { mark, now: T + 3 });
  expect(window.used(T + 3)).toBe(21);
});

test('a bucket refills gradually, and any other window all at once', () => {
  const bucket = windowOf({ refills: true });
  reply(bucket, { limit: 10, remaining: 0, resetAt: T + MINUTE }, T);
  expect(bucket.fitsAt(1, 10, T)).toBe(T + 6000);
  expect(bucket.fitsAt(10, 10, T)).toBe(T + MINUTE);
  expect([0, 6000, 30_000, 59_999, 60_000].map((at) => Math.round(bucket.used(T + at)))).toEqual([10, 9, 5, 0, 0]);
  const window = windowOf();
  reply(window, { limit: 10, remaining: 0, resetAt: T + MINUTE }, T);
  expect(window.fitsAt(1, 10, T)).toBe(T + MINUTE);
});

test('the usage of a bucket never exceeds its capacity, however much was refused', () => {
  const bucket = windowOf({ refills: true });
  const marks = Array.from({ length: 30 }, () => bucket.mark(T));
  for (const mark of marks) answer(bucket, { limit: 10, remaining: 0, resetAt: T + MINUTE }, { mark, now: T });
  expect(bucket.used(T)).toBe(10);
  const mark = bucket.mark(T);
  spend(bucket, 5, T);
  answer(bucket, { limit: 10, remaining: 0, resetAt: T + MINUTE }, { mark, now: T });
  expect(bucket.used(T)).toBe(10);
  expect(bucket.fitsAt(1, 10, T)).toBe(T + 6000);
});

test('what remained of a window that has ended does not apply to the next one', () => {
  const window = windowOf({ minute: 'fixed' });
  const mark = window.mark(T + 59_000);
  answer(window, { limit: 10, remaining: 0 }, { mark, now: T + 62_000 });
  expect(window.used(T + 62_000)).toBe(1);
  const reset = windowOf({ minute: 'fixed' });
  answer(reset, { limit: 10, remaining: 0, resetAt: T + 60_000 }, { mark: reset.mark(T + 59_000), now: T + 62_000 });
  expect(reset.used(T + 62_000)).toBe(1);
});

test('an empty window without a known limit is closed until its reset, or until a later reply reports capacity', () => {
  const window = windowOf();
  const old = window.mark(T);
  reply(window, { remaining: 0, resetAt: T + 5000 }, T + 1);
  expect(window.fitsAt(1, Infinity, T + 1)).toBe(T + 5000);
  expect(window.resetAt(T + 1)).toBe(T + 60_001);
  answer(window, { remaining: 1 }, { mark: old, now: T + 2 });
  expect(window.fitsAt(1, Infinity, T + 2)).toBe(T + 5000);
  reply(window, { remaining: 1 }, T + 3);
  expect(window.fitsAt(1, Infinity, T + 3)).toBe(T + 3);
});

test('what an earlier process counted counts until its expiry', () => {
  const window = windowOf({}, 'requestsPerDay');
  spend(window, 1, T);
  spend(window, 1, T + HOUR);
  const next = windowOf({}, 'requestsPerDay');
  for (const part of window.parts(T + 2 * HOUR)) next.restore(part);
  spend(next, 1, T + 2 * HOUR);
  expect([2, 24, 25, 26].map((hour) => next.used(T + hour * HOUR))).toEqual([3, 2, 1, 0]);
});

test('usage whose reported reset is slightly early still expires step by step', () => {
  const window = windowOf();
  for (let at = 0; at <= MINUTE; at += 500) {
    const used = Math.min(at / 500 + 1, 120);
    reply(window, { limit: 1000, remaining: 1000 - used, resetAt: T + at + MINUTE - 2 }, T + at);
  }
  expect(window.used(T + MINUTE)).toBeLessThanOrEqual(123);
  expect(window.used(T + 1.5 * MINUTE)).toBeLessThanOrEqual(63);
});

test.each([
  ['a rolling window', {}],
  ['a window of the clock', { minute: 'fixed' }],
  ['a bucket', { refills: true }],
] as const)('%s keeps few sums, however much is spent and however often it is reported', (_, rules) => {
  for (const resets of [undefined, 5000, 30_000, 59_000]) {
    const window = windowOf(rules);
    for (let now = T; now < T + 3 * MINUTE; now += 10) {
      spend(window, 1, now);
      reply(window, { limit: 1e6, remaining: 9e5, ...(resets === undefined ? {} : { resetAt: now + resets }) }, now);
    }
    expect(window.parts(T + 3 * MINUTE).length).toBeLessThanOrEqual(63);
  }
});

const step = fc.record({
  gap: fc.oneof(fc.nat(2000), fc.nat(90_000)),
  amount: fc.integer({ min: 0, max: 4 }),
  report: fc.option(
    fc.record({
      remaining: fc.nat(10),
      resetAt: fc.option(fc.integer({ min: -5000, max: 120_000 }), { nil: undefined }),
      back: fc.nat(3),
    }),
    { nil: undefined },
  ),
  wanted: fc.integer({ min: 1, max: 12 }),
});

test('for any amounts and reports an amount fits at the predicted time and not before', () => {
  const rules = fc.record({ minute: fc.constantFrom('rolling', 'fixed'), refills: fc.boolean() });
  fc.assert(
    fc.property(rules, fc.array(step, { maxLength: 40, size: 'max' }), (own, steps) => {
      const window = windowOf(own);
      const marks: Mark[] = [];
      let now = T;
      for (const { gap, amount, report, wanted } of steps) {
        now += gap;
        marks.unshift(window.mark(now));
        if (report === undefined) spend(window, amount, now);
        else {
          const { remaining, resetAt, back } = report;
          const mark = marks[Math.min(back, marks.length - 1)] ?? window.mark(now);
          const reset = resetAt === undefined ? {} : { resetAt: now + resetAt };
          window.observe({ window: 'requestsPerMinute', limit: 10, remaining, ...reset }, { mark, amount: 1 }, now);
        }
        const used = window.used(now);
        expect(used).toBeGreaterThanOrEqual(0);
        expect(window.resetAt(now) === undefined).toBe(used === 0);
        const at = window.fitsAt(wanted, 10, now);
        expect(at === undefined).toBe(wanted > 10);
        if (at === undefined) continue;
        expect(at).toBeGreaterThanOrEqual(now);
        if (at === now) expect(used + wanted).toBeLessThanOrEqual(10);
        else expect(used + wanted).toBeGreaterThan(10);
        expect(at).toBeLessThanOrEqual(window.resetAt(now) ?? now);
      }
      // Nothing is read in between: a read at a later time forgets what has expired by then.
      for (const wanted of [1, 5, 10]) {
        const at = window.fitsAt(wanted, 10, now) ?? now;
        if (at > now + 1) expect(window.used(at - 1) + wanted).toBeGreaterThan(10 - 1e-6);
        expect(window.used(at) + wanted).toBeLessThanOrEqual(10 + 1e-6);
        now = at;
      }
      expect(window.used(window.resetAt(now) ?? now)).toBe(0);
    }),
    { numRuns: 1000 },
  );
});
