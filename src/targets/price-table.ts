import { createRequire } from 'node:module';
// Types only: the table takes 40 ms to load.
import type * as Library from '@pydantic/genai-prices';
import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { TokenPrice } from './token-cost.ts';

/** The price lists of `@pydantic/genai-prices`, as of its release. Bounded; in memory. */
export interface PriceTable {
  /** Loads the lists, in about 40 ms; idempotent. The other methods do it at their first call. */
  load(): void;
  /**
   * Returns the price of a model at a time, in milliseconds since the epoch; undefined where the lists have none per token. Some models cost
   * more for long prompts: `inputTokens` decides.
   */
  priceOf(target: Target, when: { readonly at: number; readonly inputTokens: number }): TokenPrice | undefined;
  /** Returns the size of a model's context window in tokens; undefined where the lists do not state it. */
  contextTokensOf(target: Target): number | undefined;
}

const MOST_MODELS = 10_000;

/** Ids in the price lists of the presets that have another name there. All others have the same name, or are not listed. */
const PROVIDER_IDS: Readonly<Record<string, string>> = Object.freeze({
  'openai-responses': 'openai',
  'gemini-compat': 'google',
  'cohere-compat': 'cohere',
  'anthropic-compat': 'anthropic',
  'deepseek-anthropic': 'deepseek',
  'moonshot-anthropic': 'moonshotai',
  'zai-anthropic': 'zai',
  'minimax-anthropic': 'minimax',
  xai: 'x-ai',
});

/** A provider of the price lists, reduced to the one model that was looked up: the lookup is what takes time. */
type Row = Library.Provider;

/** Returns the table; its lists are not loaded yet. */
export function createPriceTable(): PriceTable {
  const rows = new Map<string, Row | undefined>();
  let library: typeof Library | undefined;

  function rowOf(target: Target): Row | undefined {
    const key = `${target.preset ?? target.baseUrl}\n${target.model}`;
    if (rows.has(key)) return rows.get(key);
    library ??= loadLists();
    const row = find(library, target);
    putBounded(rows, [key, row], MOST_MODELS);
    return row;
  }

  return {
    load: () => void (library ??= loadLists()),
    priceOf(target, { at, inputTokens }) {
      const row = rowOf(target);
      if (row === undefined || library === undefined) return undefined;
      const options = { provider: row, timestamp: new Date(at) };
      const found = lookUp(library, nameOf(target), options);
      return found && toPrice(found.model_price, inputTokens);
    },
    contextTokensOf: (target) => rowOf(target)?.models[0]?.context_window,
  };
}

function loadLists(): typeof Library {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` loads is what the types describe
  return createRequire(import.meta.url)('@pydantic/genai-prices') as typeof Library;
}

/** Finds the provider by the preset, or by the base URL where there is no preset. */
function find(library: typeof Library, target: Target): Row | undefined {
  const { preset, baseUrl } = target;
  const options = preset === undefined ? { providerApiUrl: baseUrl } : { providerId: PROVIDER_IDS[preset] ?? preset };
  const found = lookUp(library, nameOf(target), options);
  if (found === undefined || !isByTokens(found.model_price)) return undefined;
  return { ...found.provider, models: [found.model] };
}

/** A free model has no prices at all. A model that is billed by hours or pages has no price per token: that does not make it free. */
function isByTokens(prices: Library.ModelPrice): boolean {
  const names = Object.keys(prices);
  return names.length === 0 || names.includes('input_mtok') || names.includes('output_mtok');
}

/** Gemini's model names may begin with their collection, `models/`. */
function nameOf({ model }: Target): string {
  return model.replace(/^models\//, '');
}

/**
 * Looks a model up without any usage: the library's own sums throw for parts that contradict each other, warn of keys that a model does not
 * price, and are binary fractions. The lists are third-party data: what cannot be read has no known price.
 */
function lookUp(
  library: typeof Library,
  model: string,
  options: Library.PriceOptions,
): Library.PriceCalculation | undefined {
  try {
    return library.calcPrice({}, model, options) ?? undefined;
  } catch {
    return undefined;
  }
}

function toPrice(prices: Library.ModelPrice, inputTokens: number): TokenPrice {
  const at = (key: string): number | undefined => tierOf(prices[key], inputTokens);
  const perThousandRequests = at('requests_kcount');
  return {
    input: at('input_mtok') ?? 0,
    output: at('output_mtok') ?? 0,
    cachedInput: at('cache_read_mtok'),
    cacheWrite: at('cache_write_mtok'),
    audioInput: at('input_audio_mtok'),
    audioOutput: at('output_audio_mtok'),
    reasoning: at('output_reasoning_mtok'),
    perRequest: perThousandRequests === undefined ? undefined : perThousandRequests / 1000,
  };
}

/** The price of a prompt so long: that of the highest tier that it exceeds the start of, for all of its tokens. */
function tierOf(price: Library.ModelPrice[string], inputTokens: number): number | undefined {
  if (price === undefined || typeof price === 'number') return price;
  const tiers = price.tiers.filter(({ start }) => inputTokens > start).toSorted((a, b) => a.start - b.start);
  return tiers.at(-1)?.price ?? price.base;
}
