import { expect, test } from 'vitest';
import { formatPrice } from '../../src/cli/format-price.ts';
import type { Entry, Target } from '../../src/domain/chain.ts';
import { createPrices } from '../../src/targets/prices.ts';
import { targetOf } from '../helpers/target.ts';

const shown = (own: Partial<Target>): string =>
  formatPrice(createPrices(), { targets: [targetOf(own)] } as unknown as Entry);

test('a price is shown per million tokens, or as free, or as unknown', () => {
  expect(shown({ price: { input: 0.075, output: 3 } })).toBe('$0.075 in, $3 out');
  expect(shown({ preset: 'anthropic', model: 'claude-sonnet-4-5' })).toBe('$3 in, $15 out');
  expect(shown({ price: { input: 0, output: 0 } })).toBe('free');
  expect(shown({ preset: 'ollama', model: 'qwen3' })).toBe('free');
  expect(shown({ preset: 'openai', model: 'no-such-model' })).toBe('no price');
});
