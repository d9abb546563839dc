import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpeeds } from '../../src/targets/speeds.ts';
import { targetOf } from '../helpers/target.ts';

const target = targetOf();
const times = fc.array(fc.double({ min: 0, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 100 });

test('nothing is expected of who was not measured', () => {
  const speeds = createSpeeds();
  speeds.record(target, { ms: 100, stream: true });
  expect(speeds.expected(target, false)).toBeUndefined();
  expect(speeds.expected(targetOf({ model: 'n' }), true)).toBeUndefined();
  expect(speeds.expected(targetOf({ account: 'other' }), true)).toBeUndefined();
});

test('streams and whole answers are measured apart, and models that share limits too', () => {
  const speeds = createSpeeds();
  speeds.record(target, { ms: 100, stream: true });
  speeds.record(target, { ms: 4000, stream: false });
  speeds.record(targetOf({ model: 'n', counterKey: target.counterKey }), { ms: 7, stream: true });
  expect([speeds.expected(target, true), speeds.expected(target, false)]).toEqual([100, 4000]);
});

test('for any times the expected one lies among them', () => {
  fc.assert(
    fc.property(times, (all) => {
      const speeds = createSpeeds();
      for (const ms of all) speeds.record(target, { ms, stream: true });
      const expected = speeds.expected(target, true) ?? Number.NaN;
      const slack = 1e-6;
      expect(expected).toBeGreaterThanOrEqual(Math.min(...all) - slack);
      expect(expected).toBeLessThanOrEqual(Math.max(...all) + slack);
    }),
  );
});

test('after ten answers of another speed the old one counts half, whatever was before', () => {
  const speeds = createSpeeds();
  for (let n = 0; n < 1000; n++) speeds.record(target, { ms: 0, stream: true });
  for (let n = 0; n < 10; n++) speeds.record(target, { ms: 1000, stream: true });
  expect(speeds.expected(target, true)).toBeCloseTo(500, 5);
});

test('the first answer counts no more than any other: two are their mean, but for a little', () => {
  const speeds = createSpeeds();
  speeds.record(target, { ms: 0, stream: true });
  speeds.record(target, { ms: 1000, stream: true });
  expect(speeds.expected(target, true)).toBeCloseTo(517, 0);
});

test('what is no time changes nothing', () => {
  const speeds = createSpeeds();
  for (const ms of [Number.NaN, Infinity, -1]) speeds.record(target, { ms, stream: true });
  expect(speeds.expected(target, true)).toBeUndefined();
});

test('who was not measured for longest is forgotten', () => {
  const speeds = createSpeeds();
  for (let n = 0; n < 10_000; n++) speeds.record(targetOf({ model: `m${n}` }), { ms: 1, stream: true });
  speeds.record(targetOf({ model: 'm0' }), { ms: 1, stream: true });
  speeds.record(targetOf({ model: 'new' }), { ms: 1, stream: true });
  const known = ['m0', 'm1', 'm2', 'new'].map((model) => speeds.expected(targetOf({ model }), true) !== undefined);
  expect(known).toEqual([true, false, true, true]);
});
