import { createRequire } from 'node:module';
import { beforeEach, expect, test } from 'vitest';
import { PRESETS } from '../../src/catalog/presets.ts';
import type { Target } from '../../src/domain/chain.ts';
import { createPrices, type Prices } from '../../src/targets/prices.ts';
import { targetOf } from '../helpers/target.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const MILLION = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
const require = createRequire(import.meta.url);
const table = require.resolve('@pydantic/genai-prices');
let prices: Prices;

beforeEach(() => {
  prices = createPrices();
});

function priceOf(own: Partial<Target>, needs = MILLION): number | undefined {
  return prices.of(targetOf(own), needs, NOW);
}

test('configured prices and local servers need no price lists', () => {
  expect(require.cache[table]).toBeUndefined();
  const own = { price: { input: 2, output: 8 }, preset: 'openai', model: 'gpt-4.1' };
  expect(priceOf(own)).toBe(10);
  expect(priceOf(own, { inputTokens: 1000, outputTokens: 100 })).toBeCloseTo(0.0028, 10);
  expect(priceOf({ preset: 'ollama', model: 'qwen3' })).toBe(0);
  expect(priceOf({ preset: 'ollama', model: 'qwen3', price: { input: 1, output: 0 } })).toBe(1);
  expect(require.cache[table]).toBeUndefined();
  expect(priceOf({ preset: 'openai', model: 'gpt-4.1-mini' })).toBeCloseTo(2, 10);
  expect(require.cache[table]).toBeDefined();
});

test('the price lists contain the default models of these presets only', () => {
  const known = Object.entries(PRESETS)
    .filter(([preset, { defaultModel, cost }]) => {
      return cost !== 'local' && defaultModel !== undefined && priceOf({ preset, model: defaultModel }) !== undefined;
    })
    .map(([preset]) => preset);
  expect(known).toEqual([
    'groq',
    'cerebras',
    'gemini-compat',
    'mistral',
    'cohere-compat',
    'cloudflare',
    'openai',
    'anthropic',
    'deepseek',
    'xai',
    'together',
    'moonshot-anthropic',
    'minimax-anthropic',
  ]);
});

test('without a preset the base URL identifies the provider, and an unknown one has no price', () => {
  const model = 'llama-3.3-70b-versatile';
  expect(priceOf({ baseUrl: 'https://api.groq.com/openai/v1', model })).toBeCloseTo(0.59 + 0.79, 10);
  expect(priceOf({ baseUrl: 'http://127.0.0.1:8000/v1', model })).toBeUndefined();
  expect(priceOf({ preset: 'nvidia', baseUrl: 'https://api.groq.com/openai/v1', model })).toBeUndefined();
  expect(priceOf({ preset: 'openai', model: 'no-such-model' })).toBeUndefined();
});

test('dated names and Gemini’s full names are the same models; Azure has OpenAI’s prices', () => {
  const mini = priceOf({ preset: 'openai', model: 'gpt-4.1-mini' });
  expect(priceOf({ preset: 'openai', model: 'gpt-4.1-mini-2025-04-14' })).toBe(mini);
  expect(priceOf({ preset: 'azure', model: 'gpt-4.1-mini' })).toBe(mini);
  const flash = priceOf({ preset: 'gemini-compat', model: 'gemini-2.5-flash' });
  expect(flash).toBeGreaterThan(0);
  expect(priceOf({ preset: 'gemini-compat', model: 'models/gemini-2.5-flash' })).toBe(flash);
});

test('long prompts have their own price, also after a short one was priced', () => {
  const pro = { preset: 'gemini-compat', model: 'gemini-2.5-pro' };
  const short = priceOf(pro, { inputTokens: 100_000, outputTokens: 1000 }) ?? 0;
  const long = priceOf(pro, { inputTokens: 300_000, outputTokens: 1000 }) ?? 0;
  expect(long).toBeGreaterThan(3 * short * 1.5);
});

test('an answer without a bound is priced as one of usual length', () => {
  const price = { input: 0, output: 1_000_000 };
  expect(priceOf({ price }, { inputTokens: 1, outputTokens: 0 })).toBe(500);
  expect(priceOf({ price }, { inputTokens: 1, outputTokens: 3 })).toBe(3);
});

test('a free model costs nothing, and a model that is not billed by tokens has no price per token', () => {
  expect(priceOf({ preset: 'openrouter', model: 'meta-llama/llama-3.3-70b-instruct:free' })).toBe(0);
  expect(priceOf({ preset: 'groq', model: 'whisper-large-v3' })).toBeUndefined();
});

const windowOf = (own: Partial<Target>): number | undefined => prices.contextTokensOf(targetOf(own));

test('the price lists state context windows, but not those of local servers', () => {
  expect(windowOf({ preset: 'openai', model: 'gpt-4.1-mini' })).toBe(1_000_000);
  expect(windowOf({ preset: 'ollama', model: 'gpt-4.1-mini' })).toBeUndefined();
  expect(windowOf({ preset: 'openai', model: 'no-such-model' })).toBeUndefined();
  expect(windowOf({ baseUrl: 'http://127.0.0.1:8000/v1', model: 'gpt-4.1-mini' })).toBeUndefined();
});
