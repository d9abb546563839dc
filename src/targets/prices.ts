import { createRequire } from 'node:module';
// Types only: the price table takes 40 ms to load, so it is loaded when a price is needed that is not configured.
import type * as PriceTable from '@pydantic/genai-prices';
import { PRESETS } from '../catalog/presets.ts';
import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** Prices of requests, from the configuration or from the price lists of `@pydantic/genai-prices` as of its release. Bounded; in memory. */
export interface Prices {
  /**
   * Returns what a request costs at a target at the time `now` (milliseconds since the epoch), in US dollars; undefined when that is unknown.
   * Synchronous; the first call that needs the price lists loads them, in about 40 ms. Free tiers are priced as if they were paid for, since
   * it is unknown how much of them remains.
   */
  of(target: Target, needs: Pick<Needs, 'inputTokens' | 'outputTokens'>, now: number): number | undefined;
  /**
   * Returns the size of a model's context window in tokens, as the price lists state it; undefined where they do not. Loads the lists as `of`
   * does. A local server sets its own window, so its models are not looked up.
   */
  contextTokensOf(target: Target): number | undefined;
}

/** Assumed length of an answer whose request sets no bound, in tokens. */
const USUAL_OUTPUT_TOKENS = 500;
const MOST_MODELS = 10_000;

/** Ids in the price lists of the presets that have another name there. All others have the same name, or are not listed. */
const PROVIDER_IDS: Readonly<Record<string, string>> = Object.freeze({
  'gemini-compat': 'google',
  'cohere-compat': 'cohere',
  'anthropic-compat': 'anthropic',
  'deepseek-anthropic': 'deepseek',
  'moonshot-anthropic': 'moonshotai',
  xai: 'x-ai',
});

/** A provider of the price lists, reduced to the one model that was looked up: the lookup is what takes time. */
type Row = PriceTable.Provider;

/** Returns prices; the price lists are not loaded yet. */
export function createPrices(): Prices {
  const rows = new Map<string, Row | undefined>();
  let table: typeof PriceTable | undefined;

  function rowOf(list: typeof PriceTable, target: Target): Row | undefined {
    const key = `${target.preset ?? target.baseUrl}\n${target.model}`;
    if (rows.has(key)) return rows.get(key);
    const row = find(list, target);
    putBounded(rows, [key, row], MOST_MODELS);
    return row;
  }

  return {
    of(target, { inputTokens, outputTokens }, now) {
      const { price, preset } = target;
      const output = outputTokens === 0 ? USUAL_OUTPUT_TOKENS : outputTokens;
      if (price !== undefined) return (price.input * inputTokens + price.output * output) / 1e6;
      if (isLocal(preset)) return 0;
      table ??= load();
      const row = rowOf(table, target);
      if (row === undefined) return undefined;
      const usage = { input_tokens: inputTokens, output_tokens: output };
      return calculate(table, { usage, model: nameOf(target), options: { provider: row, timestamp: new Date(now) } })
        ?.total_price;
    },
    contextTokensOf(target) {
      if (isLocal(target.preset)) return undefined;
      table ??= load();
      return rowOf(table, target)?.models[0]?.context_window;
    },
  };
}

function isLocal(preset: string | undefined): boolean {
  return preset !== undefined && PRESETS[preset]?.cost === 'local';
}

function load(): typeof PriceTable {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` loads is what the types describe
  return createRequire(import.meta.url)('@pydantic/genai-prices') as typeof PriceTable;
}

/** Finds the provider by the preset, or by the base URL where there is no preset. */
function find(list: typeof PriceTable, target: Target): Row | undefined {
  const { preset, baseUrl } = target;
  const options = preset === undefined ? { providerApiUrl: baseUrl } : { providerId: PROVIDER_IDS[preset] ?? preset };
  const found = calculate(list, { usage: {}, model: nameOf(target), options });
  if (found === undefined || !isByTokens(found.model_price)) return undefined;
  return { ...found.provider, models: [found.model] };
}

/** A free model has no prices at all. A model that is billed by hours or pages has no price per token: that does not make it free. */
function isByTokens(prices: PriceTable.ModelPrice): boolean {
  const names = Object.keys(prices);
  return names.length === 0 || names.includes('input_mtok') || names.includes('output_mtok');
}

/** Gemini's model names may begin with their collection, `models/`. */
function nameOf({ model }: Target): string {
  return model.replace(/^models\//, '');
}

interface Lookup {
  readonly usage: PriceTable.Usage;
  readonly model: string;
  readonly options: PriceTable.PriceOptions;
}

/** The lists are third-party data: what cannot be calculated has no known price. */
function calculate(
  list: typeof PriceTable,
  { usage, model, options }: Lookup,
): PriceTable.PriceCalculation | undefined {
  try {
    return list.calcPrice(usage, model, options) ?? undefined;
  } catch {
    return undefined;
  }
}
