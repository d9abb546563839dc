import { describe, expect, test } from 'vitest';
import { type LimitInWords, limitInWords } from '../../src/refusals/limit-in-words.ts';
import { errorWords } from '../../src/refusals/error-words.ts';

function limitOf(message: string): LimitInWords {
  const error = { message, type: null, param: null, code: null, detail: null, status: undefined };
  return limitInWords(error, errorWords(error));
}

describe('a limit named in a text', () => {
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
  ])('%s', (message, limits, matched) => {
    expect(limitOf(message)).toMatchObject({ limits, matchedText: expect.arrayContaining([matched]) });
  });

  test.each([
    [
      'the limit of a second',
      'Rate limit exceeded: limit 1 request per second, upgrade to get 60 requests per minute',
      undefined,
    ],
    ['the limit of an hour', 'Limit of 100 requests per hour, and 1000 per day', undefined],
    ['a limit in quotes', "Rate limit exceeded for end user 'tokens per day: limit 500'. Retry later", undefined],
    ['a concurrency limit', 'Too many concurrent requests: limit 5 per minute plan', 'minute'],
    ['a limit of requests that is too small for its wording', 'limit 1 per minute plan for requests', 'minute'],
    ['a limit of tokens that is too small for its wording', 'limit 99 tokens per day', 'day'],
    ['a number that does not end cleanly', 'limit 5x tokens per day', 'day'],
  ])('is not read from %s', (_, message, period) => {
    expect(limitOf(message)).toMatchObject({ limits: undefined, observed: undefined, period });
  });
});

test('a part of a hyphenated name is no period', () => {
  expect(limitOf('daily-planner is limited upstream')).toMatchObject({ period: undefined, matchedText: [] });
  expect(limitOf('app x-per-minute-y')).toMatchObject({ period: undefined });
  expect(limitOf('Rate limit exceeded: free-models-per-day-high-balance.')).toMatchObject({ window: 'requestsPerDay' });
});

test('a limit with nothing remaining is not a limit of 0', () => {
  expect(limitOf('Rate limit: 0 requests remaining').nothingGranted).toBe(false);
  expect(limitOf('Quota exceeded: limit: 0').nothingGranted).toBe(true);
});
