import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpeeds } from '../../src/targets/speeds.ts';
import { targetOf } from '../helpers/target.ts';

const target = targetOf();
const times = fc.array(fc.double({ min: 0, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 100 });

test('a target that was not measured has no expected time', () => {
  const speeds = createSpeeds();
  speeds.record(target, { ms: 100, stream: true });
  expect(speeds.answerMs(target)).toBeUndefined();
  expect(speeds.firstTokenMs(targetOf({ model: 'n' }))).toBeUndefined();
  expect(speeds.firstTokenMs(targetOf({ account: 'other' }))).toBeUndefined();
});

test('streams and whole answers are measured separately, and so are models that share limits', () => {
  const speeds = createSpeeds();
  speeds.record(target, { ms: 100, stream: true });
  speeds.record(target, { ms: 4000, stream: false });
  speeds.record(targetOf({ model: 'n', counterKey: target.counterKey }), { ms: 7, stream: true });
  expect([speeds.firstTokenMs(target), speeds.answerMs(target)]).toEqual([100, 4000]);
});

test('for any times the expected one lies between the shortest and the longest', () => {
  fc.assert(
    fc.property(times, (all) => {
      const speeds = createSpeeds();
      for (const ms of all) speeds.record(target, { ms, stream: true });
      const expected = speeds.firstTokenMs(target) ?? Number.NaN;
      const slack = 1e-6;
      expect(expected).toBeGreaterThanOrEqual(Math.min(...all) - slack);
      expect(expected).toBeLessThanOrEqual(Math.max(...all) + slack);
    }),
  );
});

test('after ten answers of another speed the earlier ones weigh half', () => {
  const speeds = createSpeeds();
  for (let n = 0; n < 1000; n++) speeds.record(target, { ms: 0, stream: true });
  for (let n = 0; n < 10; n++) speeds.record(target, { ms: 1000, stream: true });
  expect(speeds.firstTokenMs(target)).toBeCloseTo(500, 5);
});

test('the first answer weighs no more than any other: two answers give nearly their mean', () => {
  const speeds = createSpeeds();
  speeds.record(target, { ms: 0, stream: true });
  speeds.record(target, { ms: 1000, stream: true });
  expect(speeds.firstTokenMs(target)).toBeCloseTo(517, 0);
});

test('an invalid time changes nothing', () => {
  const speeds = createSpeeds();
  for (const ms of [Number.NaN, Infinity, -1]) speeds.record(target, { ms, stream: true });
  expect(speeds.firstTokenMs(target)).toBeUndefined();
});

test('the model measured longest ago is forgotten first', () => {
  const speeds = createSpeeds();
  for (let n = 0; n < 10_000; n++) speeds.record(targetOf({ model: `m${n}` }), { ms: 1, stream: true });
  speeds.record(targetOf({ model: 'm0' }), { ms: 1, stream: true });
  speeds.record(targetOf({ model: 'new' }), { ms: 1, stream: true });
  const known = ['m0', 'm1', 'm2', 'new'].map((model) => speeds.firstTokenMs(targetOf({ model })) !== undefined);
  expect(known).toEqual([true, false, true, true]);
});
