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

/** A generator of numbers from 0 to below 1, the same each time (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A time to the first token: lognormal about 500 ms, and eight times that for 4 % of the streams. */
function timeOf(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return 500 * Math.exp(0.3 * normal) * (random() < 0.04 ? 8 : 1);
}

test('the 95th percentile is learned, and a thousand hedges do not change it', () => {
  const random = randomOf(20);
  const all = Array.from({ length: 20_000 }, () => timeOf(random)).toSorted((a, b) => a - b);
  const actual = all[all.length * 0.95] ?? Number.NaN;
  const [first, second] = [target, targetOf({ account: 'second' })];
  const speeds = createSpeeds();
  for (let n = 0; n < 1000; n++) speeds.record(first, { ms: timeOf(random), stream: true });
  const learned: number[] = [];
  let requests = 0;
  for (let hedges = 0; hedges < 1000; requests++) {
    const delay = speeds.p95FirstTokenMs(first) ?? Infinity;
    const [ms, other] = [timeOf(random), timeOf(random)];
    if (ms <= delay) speeds.record(first, { ms, stream: true });
    else {
      hedges++;
      if (delay + other < ms) {
        speeds.recordLost(first, delay + other);
        speeds.record(second, { ms: other, stream: true });
      } else {
        speeds.recordLost(second, ms - delay);
        speeds.record(first, { ms, stream: true });
      }
      if (hedges % 50 === 0) learned.push(speeds.p95FirstTokenMs(first) ?? Number.NaN);
    }
  }
  const median = learned.toSorted((a, b) => a - b)[learned.length / 2] ?? Number.NaN;
  expect(median / actual).toBeGreaterThan(0.8);
  expect(median / actual).toBeLessThan(1.2);
  // Without the times of the streams that lost, the percentile falls, and 8 % are hedged.
  expect(1000 / requests).toBeLessThan(0.065);
});

test('a stream that lost counts for the percentile and not for the expected time', () => {
  const speeds = createSpeeds();
  for (let n = 0; n < 30; n++) speeds.recordLost(target, 1000);
  for (const ms of [Number.NaN, Infinity, -1]) speeds.recordLost(target, ms);
  expect(speeds.firstTokenMs(target)).toBeUndefined();
  expect((speeds.p95FirstTokenMs(target) ?? 0) / 1000).toBeCloseTo(1, 0);
  speeds.record(target, { ms: 100, stream: true });
  expect(speeds.firstTokenMs(target)).toBe(100);
  for (let n = 0; n < 100; n++) speeds.record(targetOf({ model: 'json' }), { ms: 7, stream: false });
  expect(speeds.p95FirstTokenMs(targetOf({ model: 'json' }))).toBeUndefined();
});
