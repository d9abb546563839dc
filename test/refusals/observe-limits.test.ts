import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../src/catalog/presets.ts';
import { type LimitRules, PLAIN_RULES, WINDOW_NAMES } from '../../src/domain/limits.ts';
import { observeLimits } from '../../src/refusals/observe-limits.ts';

const NOW = Date.parse('2026-05-05T10:00:00Z');
const DAY = 24 * 3600_000;

function rulesOf(provider: string): LimitRules {
  return PRESETS[provider]?.limitRules ?? PLAIN_RULES;
}

function observe(headers: Readonly<Record<string, string | string[]>>, provider = 'unknown') {
  return observeLimits(headers, { rules: rulesOf(provider), now: NOW });
}

/** The three headers of one window, by their most common names. */
function headers(what: string, [limit, remaining, reset]: readonly [string, string, string]): Record<string, string> {
  return {
    [`x-ratelimit-limit-${what}`]: limit,
    [`x-ratelimit-remaining-${what}`]: remaining,
    [`x-ratelimit-reset-${what}`]: reset,
  };
}

describe('a window is the one that its provider means', () => {
  test.each([
    ['unknown', 'requests', ['60', '59', '1s'], 'requestsPerMinute', 1000],
    ['unknown', 'tokens', ['9000', '100', '59.9'], 'tokensPerMinute', 59_900],
    ['unknown', 'requests', ['200', '7', '5h'], 'requestsPerDay', 5 * 3600_000],
    ['unknown', 'requests-day', ['200', '7', '20'], 'requestsPerDay', 20_000],
    ['unknown', 'tokens-minute', ['200', '7', '20'], 'tokensPerMinute', 20_000],
    ['groq', 'requests', ['2000', '1999', '43.2s'], 'requestsPerDay', 43_200],
    ['groq', 'tokens', ['8000', '4000', '30s'], 'tokensPerMinute', 30_000],
    ['cerebras', 'requests-day', ['900', '899', '50399.25'], 'requestsPerDay', 50_399_250],
    ['cerebras', 'tokens-minute', ['60000', '0', '12.5'], 'tokensPerMinute', 12_500],
    ['sambanova', 'requests', ['30', '29', String(NOW / 1000 + 65)], 'requestsPerMinute', 65_000],
    ['sambanova', 'requests-day', ['40', '3', String(NOW / 1000 + 7200)], 'requestsPerDay', 7_200_000],
    ['azure', 'tokens', ['50000', '49000', '40'], 'tokensPerMinute', 40_000],
    // A window that refills: each used part is back after its share of the window.
    ['openai', 'requests', ['10000', '9999', '8.64s'], 'requestsPerDay', 8640],
    ['openai', 'requests', ['3', '2', '20s'], 'requestsPerMinute', 20_000],
    ['openai', 'tokens', ['40000', '0', '4m0s'], 'tokensPerMinute', 240_000],
    ['openai', 'tokens', ['30000000', '29999990', '1ms'], 'tokensPerMinute', 1],
    ['openai', 'requests', ['x', '5', '9h'], 'requestsPerDay', 9 * 3600_000],
  ] as const)('%s, %s: %j is %s', (provider, what, [limit, remaining, reset], window, wait) => {
    expect(observe(headers(what, [limit, remaining, reset]), provider)).toEqual([
      {
        window,
        limit: limit === 'x' ? undefined : Number(limit),
        remaining: Number(remaining),
        resetAt: NOW + wait,
      },
    ]);
  });

  test('each of several windows is returned', () => {
    const all = { ...headers('requests', ['9', '8', '6s']), ...headers('requests-day', ['90', '80', '3h']) };
    expect(observe(all).map(({ window, remaining }) => [window, remaining])).toEqual([
      ['requestsPerMinute', 8],
      ['requestsPerDay', 80],
    ]);
  });

  test('a window identified by its name has precedence over one identified by its reset', () => {
    const all = { ...headers('requests', ['9', '1', '2h']), ...headers('requests-day', ['90', '80', '3h']) };
    const day = { window: 'requestsPerDay', limit: 90, remaining: 80, resetAt: NOW + 3 * 3600_000 };
    expect(observe(all, 'sambanova')).toEqual([day]);
    expect(observe(Object.fromEntries(Object.entries(all).toReversed()), 'sambanova')).toEqual([day]);
  });

  test('Mistral sends no resets', () => {
    const all = {
      'x-ratelimit-limit-tokens-minute': '500000',
      'x-ratelimit-remaining-tokens-minute': '499000',
      'x-ratelimit-tokens-query-cost': '1000',
      'x-ratelimit-limit-req-minute': '75',
      'x-ratelimit-remaining-req-minute': '0',
      'x-ratelimit-limit-tokens-month': '7',
    };
    expect(observe(all, 'mistral')).toEqual([
      { window: 'tokensPerMinute', limit: 500_000, remaining: 499_000 },
      { window: 'requestsPerMinute', limit: 75, remaining: 0 },
    ]);
    const older = { 'ratelimitbysize-limit': '900', 'ratelimitbysize-remaining': '90', 'ratelimitbysize-reset': '7' };
    expect(observe(older, 'mistral')).toEqual([
      { window: 'tokensPerMinute', limit: 900, remaining: 90, resetAt: NOW + 7000 },
    ]);
  });

  test('of input, output and all tokens the smallest remaining share counts', () => {
    const all = Object.fromEntries(
      Object.entries({ tokens: [90, 60], 'input-tokens': [50, 40], 'output-tokens': [8, 2], requests: [5, 4] }).flatMap(
        ([what, [limit, remaining]]) => [
          [`anthropic-ratelimit-${what}-limit`, `${limit}000`],
          [`anthropic-ratelimit-${what}-remaining`, `${remaining}000`],
          [`anthropic-ratelimit-${what}-reset`, '2026-05-05T10:00:09Z'],
        ],
      ),
    );
    expect(observe({ ...all, 'anthropic-ratelimit-unified-status': 'allowed' }, 'anthropic-compat')).toEqual([
      { window: 'tokensPerMinute', limit: 8000, remaining: 2000, resetAt: NOW + 9000 },
      { window: 'requestsPerMinute', limit: 5000, remaining: 4000, resetAt: NOW + 9000 },
    ]);
  });
});

const bare = (limit: string, remaining: string, reset: string) => ({
  'x-ratelimit-limit': limit,
  'x-ratelimit-remaining': remaining,
  'x-ratelimit-reset': reset,
});

describe('headers whose names do not say what they count', () => {
  test.each(['unknown', 'together', 'openrouter', 'huggingface'])(
    'give nothing for %s while something remains',
    (provider) => {
      expect(observe(bare('1', '1', '1'), provider)).toEqual([]);
      expect(observe(bare('600', '599', '30'), provider)).toEqual([]);
    },
  );

  test.each(['unknown', 'together', 'openrouter'])('give only the reset for %s when nothing remains', (provider) => {
    expect(observe(bare('1', '0', '1'), provider)).toEqual([
      { window: 'requestsPerMinute', remaining: 0, resetAt: NOW + 1000 },
    ]);
    expect(observe(bare('50', '0', String(NOW + 3 * 3600_000)), provider)).toEqual([
      { window: 'requestsPerDay', remaining: 0, resetAt: NOW + 3 * 3600_000 },
    ]);
    expect(observe(bare('50', '0', '0'), provider)).toEqual([]);
  });

  test('are a day where the rules say so', () => {
    const rules: LimitRules = { ...PLAIN_RULES, requestsWindow: 'requestsPerDay' };
    expect(observeLimits(bare('50', '49', '30'), { rules, now: NOW })).toEqual([
      { window: 'requestsPerDay', limit: 50, remaining: 49, resetAt: NOW + 30_000 },
    ]);
  });

  test('give nothing either if they name the dimension but the rules do not identify the window, unless the reset is far', () => {
    expect(observe(headers('requests', ['5', '4', '1']), 'together')).toEqual([]);
    expect(observe(headers('requests', ['5', '4', '2h']), 'together')).toMatchObject([
      { window: 'requestsPerDay', limit: 5 },
    ]);
  });
});

describe('a value that is neither a count nor a time is missing', () => {
  test.each(['-1', 'NaN', '', ' ', 'many', 'Infinity', '1e99', '9, 9'])('%j', (odd) => {
    expect(observe(headers('tokens', [odd, odd, odd]))).toEqual([]);
    expect(observe(headers('tokens', [odd, '5', odd]))).toEqual([{ window: 'tokensPerMinute', remaining: 5 }]);
    expect(observe(headers('tokens', ['5', odd, odd]))).toEqual([{ window: 'tokensPerMinute', limit: 5 }]);
  });

  test.each(['0', '-5', '0s', '99999d', '2020-01-01T00:00:00Z'])('the reset %j', (reset) => {
    expect(observe(headers('tokens', ['5', '4', reset]))).toEqual([
      { window: 'tokensPerMinute', limit: 5, remaining: 4 },
    ]);
  });

  test('a limit of 0 is ignored, and no more remains than the limit', () => {
    expect(observe(headers('tokens', ['0', '0', '5s']))).toEqual([]);
    expect(observe(headers('tokens', ['10', '70', '5s']))).toMatchObject([{ limit: 10, remaining: 10 }]);
  });

  test('the first value of a repeated header counts', () => {
    expect(observe({ 'x-ratelimit-limit-tokens': ['7', '8'] })).toEqual([{ window: 'tokensPerMinute', limit: 7 }]);
    expect(observe({ 'x-ratelimit-limit-tokens': [] })).toEqual([]);
  });
});

test('a reply without such headers gives the same frozen list', () => {
  const first = observe({ 'content-type': 'application/json', 'retry-after': '5' });
  expect(first).toBe(observe({}));
  expect(first).toBe(observe({ 'x-ratelimit-type': 'UserByModel' }));
  expect(Object.isFrozen(first)).toBe(true);
});

test('for any headers each window occurs once, in whole numbers, and resets within a month', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.float().map(String),
    fc.constantFrom('1h', '2s', '0'),
  );
  const what = fc.constantFrom('', '-requests', '-tokens', '-req-minute', '-requests-day', '-tokens-day', '-x');
  const name = fc
    .tuple(fc.constantFrom('limit', 'remaining', 'reset'), what)
    .map((parts) => `x-ratelimit-${parts.join('')}`);
  const values = fc.oneof(value, fc.array(value));
  fc.assert(
    fc.property(fc.dictionary(name, values), fc.constantFrom(...Object.keys(PRESETS), 'unknown'), (all, provider) => {
      const seen = observe(all, provider);
      expect(new Set(seen.map(({ window }) => window)).size).toBe(seen.length);
      for (const { window, limit = 1, remaining = 0, resetAt = NOW + 1 } of seen) {
        expect(WINDOW_NAMES).toContain(window);
        expect(Number.isSafeInteger(limit) && limit > 0).toBe(true);
        expect(Number.isSafeInteger(remaining) && remaining >= 0).toBe(true);
        expect(resetAt > NOW && resetAt <= NOW + 31 * DAY).toBe(true);
      }
    }),
  );
});

describe('a window whose reset is seconds away', () => {
  test.each([
    ['5', '4', '1s'],
    ['10', '3', '1.5'],
    ['1000', '500', '2'],
  ])('is shorter than a minute by %s, %s and %s', (...all) => {
    expect(observe(headers('requests', all))).toEqual([]);
    expect(observe(headers('tokens', all))).toEqual([]);
  });

  test('is spent until its reset nevertheless', () => {
    expect(observe(headers('requests', ['5', '0', '1s']))).toEqual([
      { window: 'requestsPerMinute', remaining: 0, resetAt: NOW + 1000 },
    ]);
  });

  test.each([
    ['unknown', ['40', '39', '1.5s']],
    ['unknown', ['5', '5', '1s']],
    ['openai', ['5', '4', '1s']],
    ['cerebras', ['5', '4', '1s']],
  ] as const)('is a minute for %s by %j', (provider, all) => {
    expect(observe(headers('tokens', all), provider)).toMatchObject([
      { window: 'tokensPerMinute', limit: Number(all[0]) },
    ]);
  });

  test('is a minute if its name says so', () => {
    expect(observe(headers('requests-minute', ['5', '4', '1s']))).toMatchObject([{ window: 'requestsPerMinute' }]);
  });
});

const proposed = (what: string, values: readonly [string, string, string]) =>
  Object.fromEntries(Object.entries(headers(what, values)).map(([name, value]) => [name.slice(2), value]));

test('the header names of the proposed standard are read like the common ones', () => {
  expect(observe(proposed('requests', ['60', '12', '48']))).toEqual([
    { window: 'requestsPerMinute', limit: 60, remaining: 12, resetAt: NOW + 48_000 },
  ]);
  expect(observe(proposed('tokens-day', ['900', '12', '3h']))).toMatchObject([{ window: 'tokensPerDay', limit: 900 }]);
  expect(observe({ 'ratelimit-limit': '60', 'ratelimit-remaining': '0', 'ratelimit-reset': '33' })).toEqual([
    { window: 'requestsPerMinute', remaining: 0, resetAt: NOW + 33_000 },
  ]);
});
