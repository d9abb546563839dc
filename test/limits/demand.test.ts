import { expect, test } from 'vitest';
import type { Needs } from '../../src/domain/needs.ts';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import { createDemands, type Demands } from '../../src/limits/demand.ts';
import { targetOf } from '../helpers/target.ts';

const target = targetOf();
const reserving = targetOf({ account: 'other', rules: { ...PLAIN_RULES, reservesOutput: true } });
const needs = (inputTokens: number, outputTokens = 0): Needs => ({
  tools: false,
  images: false,
  jsonSchema: false,
  parameters: [],
  inputTokens,
  outputTokens,
});
const counted = (input: number, output = 0) => ({ input, output, source: 'provider' }) as const;

/** Demands that have learned from many prompts of 100 estimated tokens, counted as these in turn. */
function trained(counts: readonly number[]): Demands {
  const demands = createDemands();
  for (let n = 0; n < 50; n++)
    for (const count of counts) demands.learn(target, needs(100), counted(count, 10 * (n % 2)));
  return demands;
}

test('an unknown model reserves the estimate, and the output where the provider reserves it', () => {
  const demands = createDemands();
  expect(demands.tokensOf(target, needs(100, 50))).toBe(100);
  expect(demands.tokensOf(reserving, needs(100, 50))).toBe(150);
});

test('a provider with constant counts reserves exactly those', () => {
  expect(trained([80]).tokensOf(target, needs(200))).toBeCloseTo(160, -1);
});

test('the more counts vary the more is reserved, so that a request seldom takes more', () => {
  const even = trained([79, 81]).tokensOf(target, needs(100));
  const uneven = trained([65, 95]).tokensOf(target, needs(100));
  expect(even).toBeLessThan(86);
  expect(uneven).toBeGreaterThan(95);
});

test('at most three times the estimate is reserved, however much counts vary', () => {
  expect(trained([1, 100_000]).tokensOf(target, needs(100))).toBe(300);
});

test('an attempt without usage is settled with the usual output, and never with more than its request allows', () => {
  const demands = createDemands();
  expect(demands.unreportedTokensOf(target, needs(100))).toBe(100);
  demands.learn(target, needs(100), counted(100, 400));
  demands.learn(reserving, needs(100), counted(100, 400));
  expect(demands.unreportedTokensOf(target, needs(100))).toBe(500);
  expect(demands.unreportedTokensOf(target, needs(100, 50))).toBe(150);
  expect(demands.unreportedTokensOf(reserving, needs(100, 900))).toBe(1000);
});

test('estimated and missing counts are ignored', () => {
  const demands = createDemands();
  demands.learn(target, needs(100), { input: 10, output: 5, source: 'estimated' });
  demands.learn(target, needs(100), { input: undefined, output: 5, source: 'provider' });
  demands.learn(target, needs(0), counted(10));
  expect([demands.tokensOf(target, needs(100)), demands.unreportedTokensOf(target, needs(100))]).toEqual([100, 100]);
});
