import type { ProviderList, ProviderStatus, UsageSummaryRow, WindowSummary } from 'spillway/client';
import { describe, expect, test } from 'vitest';
import { entryFacts } from '../../../../dashboard/pages/chains/entry-facts.ts';
import { limitsOf } from '../../../../dashboard/pages/chains/pool.ts';
import { formatPrice } from '../../../../dashboard/parts/price.ts';
import { chainSums, chainWords, shareOf } from '../../../../dashboard/pages/chains/shares.ts';
import { limitRow } from '../../watched-events.ts';

const STATUS = { provider: 'groq', model: 'llama', state: 'ready', reason: null, retry_at: null } as const;

function providerRow(entry: string, more: Partial<ProviderStatus> = {}): ProviderStatus {
  const { windows: _, concurrency: __, first_token_ms: ___, retries_refused: ____, ...row } = limitRow(entry);
  const none = { attempts: 0, success_rate: null };
  return {
    ...row,
    object: 'provider.status',
    last_minute: none,
    last_hour: none,
    first_token_ms: null,
    last_failures: [],
    price: null,
    ...more,
  };
}

function failed(at: number): ProviderStatus['last_failures'][number] {
  return { at, outcome: 'throttled', status: 429, request_id: null };
}

function window(used: number, limit: number, reserved = 0): WindowSummary {
  return { window: 'tokensPerMinute', used, limit, reserved, source: 'observed', resets_at: null };
}

function providerList(...data: ProviderStatus[]): ProviderList {
  return { object: 'list', data };
}

describe('the facts of an entry', () => {
  test('its state is the live one of its keys, in the order of their numbers', () => {
    const rows = [
      limitRow('groq/llama#10'),
      limitRow('groq/llama#2', { state: 'failing' }),
      limitRow('groq/other', { state: 'failing' }),
    ];
    const limits = new Map(rows.map((row) => [row.id, row]));
    const facts = entryFacts({ entry: { ...STATUS, state: 'limited' }, limits, providers: undefined });
    expect(facts.keys.map(({ key }) => key)).toEqual([2, 10]);
    expect(facts.standing.state).toBe('ready');
  });

  test('until live rows come, its state is that of the list', () => {
    expect(
      entryFacts({ entry: { ...STATUS, state: 'failing' }, limits: new Map(), providers: undefined }),
    ).toMatchObject({
      standing: { state: 'failing' },
      firstToken: null,
      price: null,
      lastHour: { attempts: 0, answered: 0 },
      lastFailure: null,
    });
  });

  test('attempts of all keys are added up, and the newest failure counts', () => {
    const providers = providerList(
      providerRow('groq/llama#1', {
        last_hour: { attempts: 3, success_rate: 2 / 3 },
        last_failures: [failed(10)],
        first_token_ms: { p50: 100, p95: 300 },
      }),
      providerRow('groq/llama#2', {
        last_hour: { attempts: 7, success_rate: 1 },
        last_failures: [failed(20)],
        first_token_ms: { p50: 80, p95: 200 },
        price: { input: 1, output: 2, source: 'table' },
      }),
      providerRow('groq/other', { last_hour: { attempts: 100, success_rate: 1 } }),
    );
    expect(entryFacts({ entry: STATUS, limits: new Map(), providers })).toMatchObject({
      lastHour: { attempts: 10, answered: 9 },
      lastFailure: { at: 20 },
      firstToken: { from: 80, to: 100 },
      price: { input: 1, output: 2 },
    });
  });

  test('percentiles of one key are shown as they are', () => {
    const providers = providerList(providerRow('groq/llama', { first_token_ms: { p50: 100, p95: 300 } }));
    expect(entryFacts({ entry: STATUS, limits: new Map(), providers }).firstToken).toEqual({ p50: 100, p95: 300 });
  });
});

describe('the limits of an entry', () => {
  test('are those of its key, with its concurrency', () => {
    const row = limitRow('groq/llama', { windows: [window(5, 10, 2)], running: 1, concurrency: 4 });
    expect(limitsOf([row])).toEqual([
      { name: 'tokensPerMinute', used: 5, reserved: 2, limit: 10 },
      { name: 'concurrency', used: 1, reserved: 0, limit: 4 },
    ]);
    expect(limitsOf([])).toEqual([]);
  });

  test('of several keys are added up, where all of them are known to have one', () => {
    const one = limitRow('groq/llama#1', { windows: [window(5, 10, 2)], running: 1, concurrency: 4 });
    const two = limitRow('groq/llama#2', { windows: [window(1, 20, 1)] });
    expect(limitsOf([one, two])).toEqual([{ name: 'tokensPerMinute', used: 6, reserved: 3, limit: 30 }]);
    expect(limitsOf([one, limitRow('groq/llama#3')])).toEqual([]);
  });
});

describe('shares', () => {
  const NOTHING = {
    input_tokens: 0,
    cached_input_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    cost_usd: 0,
    estimated_usd: 0,
    unknown: 0,
  };
  const row = (provider: string | null, code: string, requests: number, failovers = 0): UsageSummaryRow => ({
    ...NOTHING,
    chain: 'default',
    provider,
    model: provider === null ? null : 'm',
    code,
    requests,
    failovers,
  });
  const data = [
    row('groq', 'ok', 90),
    row('openai', 'ok', 10, 8),
    row(null, 'all_providers_exhausted', 2),
    row('groq', 'stream_interrupted', 1),
    row(null, 'client_closed', 7),
  ];

  test('are of the answered requests of the chain', () => {
    const own = chainSums({ data, has_more: false })?.get('default');
    expect(own).toMatchObject({ requests: 110, answered: 100, failed: 3, failovers: 8 });
    expect([shareOf(own, 'groq', 'm'), shareOf(own, 'openai', 'm'), shareOf(own, 'local', 'm')]).toEqual([0.9, 0.1, 0]);
  });

  test('are unknown without answers, and where rows were cut', () => {
    expect(chainSums({ data, has_more: true })).toBeUndefined();
    expect(shareOf(undefined, 'groq', 'm')).toBeUndefined();
    expect(
      shareOf(chainSums({ data: [row(null, 'client_closed', 1)], has_more: false })?.get('default'), 'groq', 'm'),
    ).toBeUndefined();
  });

  test('have words', () => {
    expect(chainWords(chainSums({ data, has_more: false })?.get('default'))).toBe(
      '7.3% of 110 failed over in 24 h, 3 failed',
    );
    expect(chainWords(chainSums({ data: [row('groq', 'ok', 1200)], has_more: false })?.get('default'))).toBe(
      '0% of 1,200 failed over in 24 h, none failed',
    );
    expect(chainWords(undefined)).toBe('no requests in 24 h');
  });
});

test.each([
  [0, '0'],
  [0.4, '0.40'],
  [0.075, '0.075'],
  [12, '12.00'],
  [0.0000004, '<0.000001'],
])('a price of %d is shown as %s', (usd, text) => {
  expect(formatPrice(usd)).toBe(text);
});
