import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUsage as readMessages } from '../../src/dialects/anthropic/messages/usage.ts';
import { readResponseUsage } from '../../src/dialects/openai/responses/usage.ts';
import { readUsage as readChat } from '../../src/dialects/openai/usage.ts';
import type { Price, Target } from '../../src/domain/chain.ts';
import { type Cost, dollarText, type Usage } from '../../src/domain/usage.ts';
import { createPrices } from '../../src/targets/prices.ts';
import golden from '../fixtures/costs.json' with { type: 'json' };
import { targetOf } from '../helpers/target.ts';

/** Before the night's discount of DeepSeek. */
const NOON = Date.parse('2026-11-25T12:00:00Z');
const READERS = { chat: readChat, messages: readMessages, responses: readResponseUsage };
const prices = createPrices();

interface Row {
  readonly title: string;
  readonly vendor: string;
  readonly model: string;
  readonly api: string;
  readonly usage: object;
  /** How the cost was calculated by hand: tokens x US dollars per million of them. */
  readonly sum: string;
  readonly cost: string | null;
  readonly approximate: boolean;
  readonly preset?: string;
  readonly baseUrl?: string;
  readonly at?: string;
}

const rows: readonly Row[] = golden;

test.each(rows)('$vendor, $title: $cost', ({ api, usage, model, preset, baseUrl, at, cost, approximate }) => {
  const own = { model, preset, ...(baseUrl === undefined ? {} : { baseUrl }) };
  const read = READERS[api as keyof typeof READERS](usage);
  if (read === undefined) throw new Error('The usage cannot be read.');
  const { nano, ...rest } = prices.costOf(targetOf(own), read, { at: at === undefined ? NOON : Date.parse(at) });
  expect([nano === null ? null : dollarText(nano), rest.approximate]).toEqual([cost, approximate]);
});

test('the golden table has usages of at least 12 vendors', () => {
  expect(new Set(rows.map(({ vendor }) => vendor)).size).toBeGreaterThanOrEqual(12);
  expect(rows.length).toBeGreaterThanOrEqual(40);
});

function costOf(own: Partial<Target>, usage: Partial<Usage>, serviceTier?: unknown): Cost {
  const whole: Usage = { input: undefined, output: undefined, source: 'provider', ...usage };
  return prices.costOf(targetOf(own), whole, { at: NOON, serviceTier });
}

const PRICE: Price = { input: 2, output: 8 };
const ALL: Price = {
  input: 2,
  output: 8,
  cachedInput: 0.5,
  cacheWrite: 2.5,
  audioInput: 40,
  audioOutput: 80,
  perRequest: 0.01,
};

describe('a configured price', () => {
  test('prices each part by its own price, and the request itself', () => {
    const usage = { input: 100, cachedInput: 10, cacheWrite: 20, audioInput: 0, output: 50, audioOutput: 30 };
    // 70 x 2 + 10 x 0.5 + 20 x 2.5 + 20 x 8 + 30 x 80 = 2,755 millionths of a dollar, and 0.01.
    expect(costOf({ price: ALL }, usage)).toEqual({ nano: 12_755_000, source: 'configured', approximate: false });
  });

  test('prices a part without a price of its own as its whole, and says so', () => {
    const plain = costOf({ price: PRICE }, { input: 100, output: 50 });
    expect(plain).toEqual({ nano: 600_000, source: 'configured', approximate: false });
    for (const part of [{ cachedInput: 1 }, { cacheWrite: 1 }, { audioInput: 1 }, { audioOutput: 1 }])
      expect(costOf({ price: PRICE }, { input: 100, output: 50, ...part })).toEqual({ ...plain, approximate: true });
    expect(costOf({ price: PRICE }, { input: 100, output: 50, reasoning: 9 })).toEqual(plain);
  });

  test('wins over the file and the lists, and the provider’s own figure over all', () => {
    const own = createPrices();
    const listed = targetOf({ preset: 'openai', model: 'gpt-4.1' });
    const usage: Usage = { input: 1_000_000, output: 0, source: 'provider' };
    const nano = (target: Target, used = usage): unknown => own.costOf(target, used, { at: NOON }).nano;
    expect(nano(listed)).toBe(2e9);
    own.useFile(new Map([['p/gpt-4.1', { input: 3, output: 0 }]]));
    expect(nano(listed)).toBe(3e9);
    expect(nano({ ...listed, model: 'gpt-4.1-mini' })).toBe(0.4e9);
    expect(nano({ ...listed, price: { input: 4, output: 0 } })).toBe(4e9);
    expect(nano({ ...listed, price: { input: 4, output: 0 } }, { ...usage, cost: 0.5 })).toBe(0.5e9);
    own.useFile(new Map());
    expect(nano(listed)).toBe(2e9);
  });
});

test('an estimate, a contradiction and another service tier make a cost approximate, unless nothing is billed', () => {
  const usage = { input: 3, output: 4 };
  for (const tier of [undefined, null, 'auto', 'default', 'on_demand', 'standard_only'])
    expect(costOf({ price: PRICE }, usage, tier).approximate).toBe(false);
  for (const tier of ['flex', 'priority', 'batch', 7])
    expect(costOf({ price: PRICE }, usage, tier).approximate).toBe(true);
  expect(costOf({ price: PRICE }, { ...usage, source: 'estimated' }).approximate).toBe(true);
  expect(costOf({ price: PRICE }, { ...usage, approximate: true }).approximate).toBe(true);
  expect(costOf({ preset: 'ollama' }, { ...usage, source: 'estimated' }, 'flex').approximate).toBe(false);
});

test('an unknown price, an unknown count and a cost beyond all money are unknown, and never 0', () => {
  const unknown = { nano: null, source: 'none', approximate: false };
  expect(costOf({ model: 'no-such-model' }, { input: 1, output: 1 })).toEqual(unknown);
  expect(costOf({ price: PRICE }, { input: 1 })).toEqual(unknown);
  expect(costOf({ price: PRICE }, { output: 1 })).toEqual(unknown);
  expect(costOf({ price: { input: 2, output: 0 } }, { input: 1 })).toMatchObject({ nano: 2000 });
  expect(costOf({ price: PRICE }, { input: 1e300, output: 0 })).toEqual(unknown);
  expect(costOf({ price: PRICE }, { input: 1, output: 0, cost: 1e300 })).toMatchObject({ source: 'configured' });
  expect(costOf({ price: PRICE }, { input: 0, output: 0 })).toMatchObject({ nano: 0, source: 'configured' });
});

const COUNT = fc.integer({ min: 0, max: 1_000_000 });
/** Parts that are disjoint, as a provider counts them. */
const PARTS = fc.record({ plain: COUNT, cachedInput: COUNT, cacheWrite: COUNT, said: COUNT, audioOutput: COUNT });
type Parts = Record<'plain' | 'cachedInput' | 'cacheWrite' | 'said' | 'audioOutput', number>;
const DOLLARS = fc.integer({ min: 0, max: 1_000_000_000 }).map((units) => units / 10_000);
const PRICES = fc.record({
  input: DOLLARS,
  output: DOLLARS,
  cachedInput: DOLLARS,
  cacheWrite: DOLLARS,
  audioOutput: DOLLARS,
});

/** What tokens cost in units of 10^-10 dollars, so that a sum is a whole number. */
function units(tokens: number, dollars: number): bigint {
  return BigInt(tokens) * BigInt(Math.round(dollars * 10_000));
}

function usageOf({ plain, cachedInput, cacheWrite, said, audioOutput }: Parts): Usage {
  const input = plain + cachedInput + cacheWrite;
  return { input, cachedInput, cacheWrite, output: said + audioOutput, audioOutput, source: 'provider' };
}

describe('for all prices and counts', () => {
  test('one more token of any part never costs less', () => {
    const models: fc.Arbitrary<Partial<Target>> = fc.oneof(
      PRICES.map((price) => ({ price })),
      fc.constantFrom('gpt-4o', 'gpt-5', 'o4-mini', 'gpt-audio').map((model) => ({ preset: 'openai', model })),
      fc.constantFrom('claude-sonnet-4-5', 'claude-opus-4-5').map((model) => ({ preset: 'anthropic', model })),
    );
    const part = fc.constantFrom('plain', 'cachedInput', 'cacheWrite', 'said', 'audioOutput');
    fc.assert(
      fc.property(models, PARTS, part, fc.integer({ min: 1, max: 300_000 }), (own, parts, name, more) => {
        const [less, all] = [parts, { ...parts, [name]: parts[name] + more }].map((each) => costOf(own, usageOf(each)));
        expect(all?.nano ?? -1).toBeGreaterThanOrEqual(less?.nano ?? 0);
      }),
    );
  });

  test('each token is billed once, at the price of its part', () => {
    fc.assert(
      fc.property(PRICES, PARTS, (price, parts) => {
        const { plain, cachedInput, cacheWrite, said, audioOutput } = parts;
        const sum =
          units(plain, price.input) +
          units(cachedInput, price.cachedInput) +
          units(cacheWrite, price.cacheWrite) +
          units(said, price.output) +
          units(audioOutput, price.audioOutput);
        expect(costOf({ price }, usageOf(parts)).nano).toBe(Number((sum + 5n) / 10n));
      }),
    );
  });

  test('parts that exceed their whole are cut, so that no more tokens are billed than there are', () => {
    const usage = fc.record({ input: COUNT, cachedInput: COUNT, cacheWrite: COUNT, audioInput: COUNT, output: COUNT });
    fc.assert(
      fc.property(usage, (counts) => {
        const { nano, approximate } = costOf({ price: ALL }, counts);
        const { input, output, cachedInput, cacheWrite, audioInput } = counts;
        expect(nano).toBeLessThanOrEqual(input * 40_000 + output * 8000 + 10_000_000);
        expect(nano).toBeGreaterThanOrEqual(input * 500 + output * 8000 + 10_000_000);
        if (cachedInput + cacheWrite + audioInput > input) expect(approximate).toBe(true);
      }),
    );
  });

  test('a reservation is at least what such a request costs', () => {
    fc.assert(
      fc.property(PRICES, PARTS, (price, parts) => {
        const usage = usageOf(parts);
        const tokens = { inputTokens: usage.input ?? 0, outputTokens: usage.output ?? 0, audio: true };
        const reserved = prices.reservationNano(targetOf({ price }), tokens, NOON);
        expect(reserved ?? -1).toBeGreaterThanOrEqual(costOf({ price }, usage).nano ?? 0);
      }),
    );
  });
});

test('a reservation is rounded up, counts audio only where it is asked for, and is unknown without a price', () => {
  expect(reserve({ price: { input: 0.0001, output: 0 } })).toBe(1);
  expect(reserve({ price: ALL })).toBe(2500 + 16_000 + 10_000_000);
  expect(reserve({ price: ALL }, { audio: true })).toBe(40_000 + 160_000 + 10_000_000);
  expect(reserve({ preset: 'ollama', model: 'qwen3' })).toBe(0);
  expect(reserve({ model: 'no-such-model' })).toBeNull();
});

function reserve(own: Partial<Target>, tokens: { audio?: boolean } = {}): number | null {
  return prices.reservationNano(targetOf(own), { inputTokens: 1, outputTokens: 2, ...tokens }, NOON);
}
