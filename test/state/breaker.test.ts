import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Breaker, createBreaker } from '../../src/state/breaker.ts';

/** Records `times` consecutive failures at `now`; returns the number of the next attempt. */
function fail(breaker: Breaker, times: number, now: number, order = 1): number {
  for (let each = order; each < order + times; each++) {
    breaker.start(each, now);
    breaker.record(each, 'failed', now);
  }
  return order + times;
}

test('five consecutive failures open it for five seconds; four do not, and a success resets the count', () => {
  const breaker = createBreaker();
  let order = fail(breaker, 4, 0);
  breaker.start(order, 0);
  breaker.record(order++, 'healthy', 0);
  order = fail(breaker, 4, 0, order);
  expect(breaker.obstacle(0)).toBeUndefined();
  expect(breaker.status(0)).toEqual({ state: 'closed', retryAt: undefined });
  fail(breaker, 1, 0, order);
  expect(breaker.obstacle(4999)).toEqual({ retryAt: 5000 });
  expect(breaker.status(4999)).toEqual({ state: 'open', retryAt: 5000 });
  expect(breaker.obstacle(5000)).toBeUndefined();
  expect(breaker.status(5000)).toEqual({ state: 'half_open', retryAt: 5000 });
});

test('an attempt that proves nothing neither counts nor interrupts consecutive failures', () => {
  const breaker = createBreaker();
  const order = fail(breaker, 4, 0);
  for (let each = order; each < order + 20; each++) {
    breaker.start(each, 0);
    breaker.record(each, 'neither', 0);
  }
  expect(breaker.obstacle(0)).toBeUndefined();
  fail(breaker, 1, 0, order + 20);
  expect(breaker.obstacle(0)).toEqual({ retryAt: 5000 });
});

test('one failure in four attempts never opens it', () => {
  const breaker = createBreaker();
  for (let order = 1; order < 1000; order++) {
    breaker.start(order, order);
    breaker.record(order, order % 4 === 0 ? 'failed' : 'healthy', order);
    expect(breaker.obstacle(order)).toBeUndefined();
  }
});

test('one probe runs at a time, and makes room for another when it proves nothing', () => {
  const breaker = createBreaker();
  const order = fail(breaker, 5, 0);
  expect(breaker.start(order, 5000)).toBe(true);
  expect(breaker.obstacle(5000)).toEqual({ retryAt: undefined });
  expect(breaker.status(5000)).toEqual({ state: 'half_open', retryAt: 5000 });
  expect(breaker.start(order + 1, 5000)).toBe(false);
  breaker.record(order, 'neither', 6000);
  expect(breaker.obstacle(6000)).toBeUndefined();
  expect(breaker.start(order + 2, 6000)).toBe(true);
  breaker.record(order + 2, 'healthy', 7000);
  expect(breaker.status(7000)).toEqual({ state: 'closed', retryAt: undefined });
});

test('each failed probe doubles the wait up to five minutes, and a success resets it', () => {
  const breaker = createBreaker();
  let order = fail(breaker, 5, 0);
  let now = 5000;
  for (const wait of [10, 20, 40, 80, 160, 300, 300]) {
    expect(breaker.start(order, now)).toBe(true);
    breaker.record(order++, 'failed', now);
    expect(breaker.obstacle(now)).toEqual({ retryAt: now + wait * 1000 });
    now += wait * 1000;
  }
  breaker.start(order, now);
  breaker.record(order++, 'healthy', now);
  fail(breaker, 5, now, order);
  expect(breaker.obstacle(now)).toEqual({ retryAt: now + 5000 });
});

test('an attempt that started before it opened or closed proves nothing about the time after', () => {
  const breaker = createBreaker();
  for (let order = 1; order <= 12; order++) breaker.start(order, 0);
  for (let order = 1; order <= 5; order++) breaker.record(order, 'failed', 0);
  // Their successes do not close it, and their failures do not extend the wait.
  breaker.record(6, 'healthy', 100);
  expect(breaker.obstacle(100)).toEqual({ retryAt: 5000 });
  breaker.start(13, 5000);
  breaker.record(13, 'healthy', 5100);
  for (let order = 7; order <= 12; order++) breaker.record(order, 'failed', 5200);
  expect(breaker.obstacle(5200)).toBeUndefined();
});

test('a successful attempt while it is open closes it, and the probe then proves nothing', () => {
  const breaker = createBreaker();
  fail(breaker, 5, 0);
  expect(breaker.start(6, 100)).toBe(false);
  breaker.record(6, 'failed', 200);
  expect(breaker.obstacle(200)).toEqual({ retryAt: 5000 });
  expect(breaker.start(7, 5000)).toBe(true);
  expect(breaker.start(8, 5000)).toBe(false);
  breaker.record(8, 'healthy', 5100);
  expect(breaker.obstacle(5100)).toBeUndefined();
  breaker.record(7, 'failed', 5200);
  expect(breaker.obstacle(5200)).toBeUndefined();
});

test('for any order of attempts and verdicts there is at most one probe, and waits are at most five minutes', () => {
  const step = fc.record({
    gap: fc.constantFrom(0, 1, 1000, 5000, 10_000, 300_000),
    start: fc.boolean(),
    ignoreBreaker: fc.boolean(),
    pick: fc.nat(20),
    verdict: fc.constantFrom('failed', 'failed', 'failed', 'healthy', 'neither'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const breaker = createBreaker();
      const running: { order: number; probe: boolean }[] = [];
      let now = 0;
      let order = 0;
      for (const { gap, start, ignoreBreaker, pick, verdict } of steps) {
        now += gap;
        if (start && (ignoreBreaker || breaker.obstacle(now) === undefined)) {
          const before = breaker.status(now);
          const probe = breaker.start(++order, now);
          if (probe) expect(before.state).toBe('half_open');
          running.push({ order, probe });
        } else {
          const [ended] = running.splice(pick % Math.max(1, running.length), 1);
          if (ended !== undefined) breaker.record(ended.order, verdict, now);
          // A change of state ends the role of the probe.
          if (breaker.status(now).state !== 'half_open') for (const each of running) each.probe = false;
        }
        expect(running.filter(({ probe }) => probe).length).toBeLessThanOrEqual(1);
        const { retryAt } = breaker.status(now);
        if (retryAt !== undefined) expect(retryAt - now).toBeLessThanOrEqual(300_000);
      }
      // Without a probe it does not stay half open for ever.
      for (const { order: each } of running) breaker.record(each, 'neither', now);
      expect(breaker.obstacle(now + 300_000)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
