import { expect, test } from 'vitest';
import { outcomeWords, reasonWords } from '../../../dashboard/parts/outcomes.ts';
import { FAILS_OVER } from '../../../src/domain/outcome.ts';

test('every outcome has words of its own', () => {
  const words = Object.keys(FAILS_OVER).map(outcomeWords);
  expect(new Set(words).size).toBe(words.length);
  for (const each of words) expect(each).not.toContain('_');
});

test('an outcome that is unknown is shown as it is', () => {
  expect(outcomeWords('sent_to_mars')).toBe('sent to mars');
});

test('a reason is an outcome, or a window that is used up', () => {
  expect(reasonWords('throttled')).toBe('rate limited');
  expect(reasonWords('tokensPerMinute')).toBe('tokens per minute used up');
});
