import { expect, test } from 'vitest';
import {
  outcomeCause,
  outcomeClause,
  outcomeWords,
  reasonWords,
  skipClause,
  skipWords,
} from '../../../dashboard/parts/outcomes.ts';
import { FAILS_OVER } from '../../../src/domain/outcome.ts';

test('every outcome has words of its own', () => {
  const words = Object.keys(FAILS_OVER).map(outcomeWords);
  expect(new Set(words).size).toBe(words.length);
  for (const each of [...words, ...Object.keys(FAILS_OVER).map(outcomeClause)]) expect(each).not.toMatch(/_|ended as/);
});

test('an outcome or a reason that is unknown is shown as it is', () => {
  expect(outcomeWords('sent_to_mars')).toBe('sent to mars');
  expect(outcomeClause('sent_to_mars')).toBe('ended as sent to mars');
  expect(outcomeCause('sent_to_mars')).toBe('sent to mars');
  expect([skipWords('too_far'), skipClause('too_far')]).toEqual(['too far', 'as too far']);
});

test('a reason is an outcome, or a window that is used up', () => {
  expect(reasonWords('throttled')).toBe('rate limited');
  expect(reasonWords('tokensPerMinute')).toBe('tokens per minute used up');
});
