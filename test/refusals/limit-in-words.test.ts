import { describe, expect, test } from 'vitest';
import { type Spent, spentIn } from '../../src/refusals/limit-in-words.ts';
import { wordsOf } from '../../src/refusals/error-words.ts';

function spent(message: string): Spent {
  const error = { message, type: null, param: null, code: null, detail: null, status: undefined };
  return spentIn(error, wordsOf(error));
}

describe('a limit that a text names', () => {
  test.each([
    [
      'Rate limit reached in project daily-digest on requests per min (RPM): Limit 3, Used 3',
      { requestsPerMinute: 3 },
      'requests per min (rpm): limit 3, used 3',
    ],
    [
      'Tokens per day are few. On minutes (TPM): Limit 300',
      { tokensPerMinute: 300 },
      'tokens per day are few. on minutes (tpm): limit 300',
    ],
    ['Limit 1 000 000 tokens per minute', { tokensPerMinute: 1_000_000 }, 'limit 1 000 000 tokens per minute'],
    ['Limit 30k tokens per minute', { tokensPerMinute: 30_000 }, 'limit 30k tokens per minute'],
    ['Rate limit reached (RPM): Limit 1, Used 1', { requestsPerMinute: 1 }, 'rpm): limit 1, used 1'],
    ['You may make 50 requests-per-day: limit 50', { requestsPerDay: 50 }, 'requests-per-day: limit 50'],
  ])('%s', (message, limits, words) => {
    expect(spent(message)).toMatchObject({ limits, words: expect.arrayContaining([words]) });
  });

  test.each([
    [
      'that of a second',
      'Rate limit exceeded: limit 1 request per second, upgrade to get 60 requests per minute',
      undefined,
    ],
    ['that of an hour', 'Limit of 100 requests per hour, and 1000 per day', undefined],
    ['one in quotes', "Rate limit exceeded for end user 'tokens per day: limit 500'. Retry later", undefined],
    ['one at the same time', 'Too many concurrent requests: limit 5 per minute plan', 'minute'],
    ['one too small to be said so', 'limit 1 per minute plan for requests', 'minute'],
    ['tokens too few to be said so', 'limit 99 tokens per day', 'day'],
    ['one that is cut', 'limit 5x tokens per day', 'day'],
  ])('but not %s', (_, message, period) => {
    expect(spent(message)).toMatchObject({ limits: undefined, observed: undefined, period });
  });
});

test('a name with hyphens is no period', () => {
  expect(spent('daily-planner is limited upstream')).toMatchObject({ period: undefined, words: [] });
  expect(spent('app x-per-minute-y')).toMatchObject({ period: undefined });
  expect(spent('Rate limit exceeded: free-models-per-day-high-balance.')).toMatchObject({ window: 'requestsPerDay' });
});

test('nothing is left is not nothing granted', () => {
  expect(spent('Rate limit: 0 requests remaining').nothingGranted).toBe(false);
  expect(spent('Quota exceeded: limit: 0').nothingGranted).toBe(true);
});
