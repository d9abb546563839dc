import { expect, test } from 'vitest';
import { traitsOf } from '../../../src/dialects/anthropic/model-traits.ts';
import { targetOf } from '../../helpers/target.ts';

test.each([
  ['claude-instant-1.2', 4096, 'none', true, true],
  ['claude-2.1', 4096, 'none', true, true],
  ['claude-3-opus-20240229', 4096, 'none', true, true],
  ['claude-3-5-sonnet-20241022', 8192, 'none', true, true],
  ['claude-3-7-sonnet-20250219', 64_000, 'budget', true, true],
  ['claude-opus-4-20250514', 32_000, 'budget', true, true],
  ['claude-sonnet-4@20250514', 64_000, 'budget', true, true],
  ['anthropic.claude-opus-4-1-20250805-v1:0', 32_000, 'budget', true, true],
  ['anthropic/claude-sonnet-4.5', 64_000, 'budget', true, true],
  ['claude-haiku-4-5', 64_000, 'budget', true, true],
  ['claude-opus-4-6', 128_000, 'adaptive', true, false],
  ['claude-opus-4-7', 128_000, 'adaptive', false, false],
  ['claude-fable-5', 128_000, 'adaptive', false, false],
  ['claude-opus-6-1', 128_000, 'adaptive', false, false],
  ['claude-later', 128_000, 'adaptive', false, false],
  ['kimi-k2.5', undefined, 'budget', true, true],
])('what %s takes is in its name', (model, maxOutput, thinking, sampling, prefill) => {
  expect(traitsOf(targetOf({ model }))).toMatchObject({ maxOutput, thinking, sampling, prefill });
});

test('what is configured wins', () => {
  const capabilities = { maxOutputTokens: 7, thinking: 'none', sampling: true, prefill: true } as const;
  const traits = traitsOf(targetOf({ model: 'claude-opus-5', capabilities }));
  expect(traits).toMatchObject({ maxOutput: 7, thinking: 'none', sampling: true, prefill: true });
});
