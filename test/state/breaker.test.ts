import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Breaker, createBreaker } from '../../src/state/breaker.ts';

/** Fails so often in a row, each asked and told at `now`, and answers the next order. */
function fail(breaker: Breaker, times: number, now: number, order = 1): number {
  for (let each = order; each < order + times; each++) {
    breaker.ask(each, now);
    breaker.tell(each, 'failed', now);
  }
  return order + times;
}

test('five failures in a row open it for five seconds, four do not, and a success between begins anew', () => {
  const breaker = createBreaker();
  let order = fail(breaker, 4, 0);
  breaker.ask(order, 0);
  breaker.tell(order++, 'healthy', 0);
  order = fail(breaker, 4, 0, order);
  expect(breaker.open(0)).toBeUndefined();
  expect(breaker.status(0)).toEqual({ state: 'closed', until: undefined });
  fail(breaker, 1, 0, order);
  expect(breaker.open(4999)).toEqual({ until: 5000 });
  expect(breaker.status(4999)).toEqual({ state: 'open', until: 5000 });
  expect(breaker.open(5000)).toBeUndefined();
  expect(breaker.status(5000)).toEqual({ state: 'half_open', until: 5000 });
});

test('what says nothing neither counts nor comes between failures', () => {
  const breaker = createBreaker();
  const order = fail(breaker, 4, 0);
  for (let each = order; each < order + 20; each++) {
    breaker.ask(each, 0);
    breaker.tell(each, 'neither', 0);
  }
  expect(breaker.open(0)).toBeUndefined();
  fail(breaker, 1, 0, order + 20);
  expect(breaker.open(0)).toEqual({ until: 5000 });
});

test('one in four that fails never opens it', () => {
  const breaker = createBreaker();
  for (let order = 1; order < 1000; order++) {
    breaker.ask(order, order);
    breaker.tell(order, order % 4 === 0 ? 'failed' : 'healthy', order);
    expect(breaker.open(order)).toBeUndefined();
  }
});

test('one probe at a time finds out, and gives its place back when it says nothing', () => {
  const breaker = createBreaker();
  const order = fail(breaker, 5, 0);
  expect(breaker.ask(order, 5000)).toBe(true);
  expect(breaker.open(5000)).toEqual({ until: undefined });
  expect(breaker.status(5000)).toEqual({ state: 'half_open', until: 5000 });
  expect(breaker.ask(order + 1, 5000)).toBe(false);
  breaker.tell(order, 'neither', 6000);
  expect(breaker.open(6000)).toBeUndefined();
  expect(breaker.ask(order + 2, 6000)).toBe(true);
  breaker.tell(order + 2, 'healthy', 7000);
  expect(breaker.status(7000)).toEqual({ state: 'closed', until: undefined });
});

test('each probe that fails doubles the wait up to five minutes, and healing begins it anew', () => {
  const breaker = createBreaker();
  let order = fail(breaker, 5, 0);
  let now = 5000;
  for (const wait of [10, 20, 40, 80, 160, 300, 300]) {
    expect(breaker.ask(order, now)).toBe(true);
    breaker.tell(order++, 'failed', now);
    expect(breaker.open(now)).toEqual({ until: now + wait * 1000 });
    now += wait * 1000;
  }
  breaker.ask(order, now);
  breaker.tell(order++, 'healthy', now);
  fail(breaker, 5, now, order);
  expect(breaker.open(now)).toEqual({ until: now + 5000 });
});

test('who asked before it opened or closed says nothing of what came after', () => {
  const breaker = createBreaker();
  for (let order = 1; order <= 12; order++) breaker.ask(order, 0);
  for (let order = 1; order <= 5; order++) breaker.tell(order, 'failed', 0);
  // Neither do their successes close it nor their failures make it wait longer.
  breaker.tell(6, 'healthy', 100);
  expect(breaker.open(100)).toEqual({ until: 5000 });
  breaker.ask(13, 5000);
  breaker.tell(13, 'healthy', 5100);
  for (let order = 7; order <= 12; order++) breaker.tell(order, 'failed', 5200);
  expect(breaker.open(5200)).toBeUndefined();
});

test('one that is asked though it is open closes it by success, and the probe then says nothing', () => {
  const breaker = createBreaker();
  fail(breaker, 5, 0);
  expect(breaker.ask(6, 100)).toBe(false);
  breaker.tell(6, 'failed', 200);
  expect(breaker.open(200)).toEqual({ until: 5000 });
  expect(breaker.ask(7, 5000)).toBe(true);
  expect(breaker.ask(8, 5000)).toBe(false);
  breaker.tell(8, 'healthy', 5100);
  expect(breaker.open(5100)).toBeUndefined();
  breaker.tell(7, 'failed', 5200);
  expect(breaker.open(5200)).toBeUndefined();
});

test('whatever is told in whatever order, there is one probe at most, and waits stay between five seconds and five minutes', () => {
  const step = fc.record({
    gap: fc.constantFrom(0, 1, 1000, 5000, 10_000, 300_000),
    ask: fc.boolean(),
    despite: fc.boolean(),
    pick: fc.nat(20),
    verdict: fc.constantFrom('failed', 'failed', 'failed', 'healthy', 'neither'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const breaker = createBreaker();
      const running: { order: number; probe: boolean }[] = [];
      let now = 0;
      let order = 0;
      for (const { gap, ask, despite, pick, verdict } of steps) {
        now += gap;
        if (ask && (despite || breaker.open(now) === undefined)) {
          const before = breaker.status(now);
          const probe = breaker.ask(++order, now);
          if (probe) expect(before.state).toBe('half_open');
          running.push({ order, probe });
        } else {
          const [ended] = running.splice(pick % Math.max(1, running.length), 1);
          if (ended !== undefined) breaker.tell(ended.order, verdict, now);
          // A probe's place is void as soon as the state has changed.
          if (breaker.status(now).state !== 'half_open') for (const each of running) each.probe = false;
        }
        expect(running.filter(({ probe }) => probe).length).toBeLessThanOrEqual(1);
        const { retryAt } = breaker.status(now);
        if (retryAt !== undefined) expect(retryAt - now).toBeLessThanOrEqual(300_000);
      }
      // Half open without a probe it is never stuck.
      for (const { order: each } of running) breaker.tell(each, 'neither', now);
      expect(breaker.open(now + 300_000)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
