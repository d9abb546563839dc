import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUsage } from '../../../src/dialects/openai/usage.ts';
import { reportedCost } from '../../../src/domain/usage.ts';

test('the parts of input and output are read from OpenAI’s details', () => {
  expect(
    readUsage({
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 64, audio_tokens: 3, cache_write_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 2 },
    }),
  ).toEqual({
    input: 100,
    cachedInput: 64,
    cacheWrite: 7,
    audioInput: 3,
    output: 50,
    reasoning: 20,
    audioOutput: 2,
    source: 'provider',
  });
});

test('DeepSeek’s cache hits are cached input', () => {
  expect(readUsage({ prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 8 })).toMatchObject({
    cachedInput: 8,
  });
});

test('reasoning counted beside the completion, as by xAI, becomes a part of the output', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 30 } };
  expect(readUsage({ ...usage, total_tokens: 45 })).toMatchObject({ output: 35, reasoning: 30 });
  expect(readUsage({ ...usage, total_tokens: 45 })).not.toHaveProperty('approximate');
  expect(readUsage({ ...usage, completion_tokens: 35, total_tokens: 45 })).toMatchObject({ output: 35, reasoning: 30 });
});

test('a part larger than its whole is limited to it, and the usage is marked as approximate', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 11 } };
  expect(readUsage(usage)).toMatchObject({ input: 10, cachedInput: 10, approximate: true });
});

test('the provider’s own cost is read in dollars or in xAI’s ticks, and kept to the nano-dollar', () => {
  const tokens = { prompt_tokens: 1, completion_tokens: 1 };
  const openrouter = readUsage({ ...tokens, cost: 0.000123 });
  expect(openrouter?.cost).toBe(0.000123);
  expect(reportedCost(openrouter)).toEqual({ nano: 123_000, source: 'provider', approximate: false });
  expect(reportedCost(readUsage({ ...tokens, cost_in_usd_ticks: 5_000_000 }))).toMatchObject({ nano: 500_000 });
  expect(reportedCost(readUsage({ ...tokens, cost: 0 }))).toMatchObject({ nano: 0, source: 'provider' });
  expect(reportedCost(readUsage(tokens))).toEqual({ nano: null, source: 'none', approximate: false });
});

test('whatever a provider sends, no count is negative, infinite or larger than its whole', () => {
  const anything = fc.anything({ maxDepth: 2 });
  const count = fc.oneof(fc.integer({ min: -5, max: 100 }), fc.constant(Infinity), anything);
  fc.assert(
    fc.property(
      fc.record({
        prompt_tokens: count,
        completion_tokens: count,
        total_tokens: count,
        prompt_tokens_details: fc.oneof(fc.record({ cached_tokens: count, audio_tokens: count }), anything),
        completion_tokens_details: fc.oneof(fc.record({ reasoning_tokens: count }), anything),
        cost: count,
      }),
      (value) => {
        const usage = readUsage(value);
        if (usage === undefined) return;
        const { input = Infinity, output = Infinity } = usage;
        for (const part of [usage.cachedInput, usage.audioInput])
          if (part !== undefined) expect(part >= 0 && part <= input).toBe(true);
        for (const part of [usage.reasoning, usage.audioOutput])
          if (part !== undefined) expect(part >= 0 && part <= output).toBe(true);
        expect(usage.cost === undefined || (usage.cost >= 0 && Number.isFinite(usage.cost))).toBe(true);
      },
    ),
  );
});
