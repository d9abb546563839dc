import { expect, test } from 'vitest';
import { providersSearch } from '../../../../dashboard/pages/providers/search.ts';

test('the range, the provider and the model stand in the URL', () => {
  expect(providersSearch({ range: '7d', provider: 'groq', entry: 'groq/llama' })).toEqual({
    range: '7d',
    provider: 'groq',
    entry: 'groq/llama',
  });
  // The router reads a name of digits as a number.
  expect(providersSearch({ provider: 7 })).toEqual({ provider: '7' });
});

test('what is unknown, empty or usual is dropped', () => {
  expect(providersSearch({ range: '24h', provider: '', entry: ['a/b'], more: 1 })).toEqual({});
  expect(providersSearch({ range: '30d' })).toEqual({});
});
