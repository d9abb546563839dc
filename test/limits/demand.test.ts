import { expect, test } from 'vitest';
import type { Needs } from '../../src/domain/needs.ts';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import { createDemands, type Demands } from '../../src/limits/demand.ts';
import { targetOf } from '../helpers/target.ts';

const target = targetOf();
const booking = targetOf({ account: 'other', rules: { ...PLAIN_RULES, reservesOutput: true } });
const needs = (inputTokens: number, outputTokens = 0): Needs => ({
  tools: false,
  images: false,
  jsonSchema: false,
  parameters: [],
  inputTokens,
  outputTokens,
});
const counted = (inputTokens: number, outputTokens = 0) => ({ inputTokens, outputTokens, source: 'provider' }) as const;

/** One that has seen prompts of 100 estimated tokens counted as these, in turn, many times over. */
function taught(counts: readonly number[]): Demands {
  const demands = createDemands();
  for (let n = 0; n < 50; n++)
    for (const count of counts) demands.learn(target, needs(100), counted(count, 10 * (n % 2)));
  return demands;
}

test('nobody known is booked with the estimate, and with the output where it is booked ahead', () => {
  const demands = createDemands();
  expect(demands.tokensOf(target, needs(100, 50))).toBe(100);
  expect(demands.tokensOf(booking, needs(100, 50))).toBe(150);
});

test('a vendor who always counts alike is booked with just that', () => {
  expect(taught([80]).tokensOf(target, needs(200))).toBeCloseTo(160, -1);
});

test('the more its counts differ the more is booked, so that a request seldom takes more', () => {
  const even = taught([79, 81]).tokensOf(target, needs(100));
  const uneven = taught([65, 95]).tokensOf(target, needs(100));
  expect(even).toBeLessThan(86);
  expect(uneven).toBeGreaterThan(95);
});

test('no count teaches more than three times the estimate, however much they differ', () => {
  expect(taught([1, 100_000]).tokensOf(target, needs(100))).toBe(300);
});

test('of a request whose end nobody told, as much may have been answered as usually is, and never more than was wanted', () => {
  const demands = createDemands();
  expect(demands.lostWith(target, needs(100))).toBe(100);
  demands.learn(target, needs(100), counted(100, 400));
  demands.learn(booking, needs(100), counted(100, 400));
  expect(demands.lostWith(target, needs(100))).toBe(500);
  expect(demands.lostWith(target, needs(100, 50))).toBe(150);
  expect(demands.lostWith(booking, needs(100, 900))).toBe(1000);
});

test('what was estimated, or not counted, teaches nothing', () => {
  const demands = createDemands();
  demands.learn(target, needs(100), { inputTokens: 10, outputTokens: 5, source: 'estimated' });
  demands.learn(target, needs(100), { inputTokens: undefined, outputTokens: 5, source: 'provider' });
  demands.learn(target, needs(0), counted(10));
  expect([demands.tokensOf(target, needs(100)), demands.lostWith(target, needs(100))]).toEqual([100, 100]);
});
