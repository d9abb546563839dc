import { createRequire } from 'node:module';
// Types only: the table of prices takes 40 ms to load, so it is loaded when a price is asked for that nobody has configured.
import type * as PriceTable from '@pydantic/genai-prices';
import { PRESETS } from '../catalog/presets.ts';
import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** What requests cost, by the configuration or by the vendors' price lists as of the package's release. Bounded; in memory. */
export interface Prices {
  /**
   * US dollars that a request costs at a target at a time; undefined where that is not known. Synchronous; the first question that needs the
   * price lists loads them, in about 40 ms. Free tiers are priced as if they were paid for, since nobody knows how much of them is left.
   */
  of(target: Target, needs: Pick<Needs, 'inputTokens' | 'outputTokens'>, now: number): number | undefined;
}

/** How long an answer is where its request sets no bound, in tokens. */
const USUAL_OUTPUT_TOKENS = 500;
const MOST_MODELS = 10_000;

/** Vendors that the price lists know under another name than our presets; the others' names are the same, or they are not known. */
const VENDORS: Readonly<Record<string, string>> = Object.freeze({
  'gemini-compat': 'google',
  'cohere-compat': 'cohere',
  'anthropic-compat': 'anthropic',
  xai: 'x-ai',
});

/** A vendor with the one model that was looked up: looking it up is what takes time. */
type Row = PriceTable.Provider;

/** Makes prices; nothing is loaded yet. */
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
      if (preset !== undefined && PRESETS[preset]?.cost === 'local') return 0;
      table ??= load();
      const row = rowOf(table, target);
      if (row === undefined) return undefined;
      const usage = { input_tokens: inputTokens, output_tokens: output };
      return calculate(table, { usage, model: nameOf(target), options: { provider: row, timestamp: new Date(now) } })
        ?.total_price;
    },
  };
}

function load(): typeof PriceTable {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` loads is what the types describe
  return createRequire(import.meta.url)('@pydantic/genai-prices') as typeof PriceTable;
}

/** By the preset's vendor, or by whom the address belongs to. */
function find(list: typeof PriceTable, target: Target): Row | undefined {
  const { preset, baseUrl } = target;
  const options = preset === undefined ? { providerApiUrl: baseUrl } : { providerId: VENDORS[preset] ?? preset };
  const found = calculate(list, { usage: {}, model: nameOf(target), options });
  if (found === undefined || !isByTokens(found.model_price)) return undefined;
  return { ...found.provider, models: [found.model] };
}

/** What is free has no prices at all; what is counted by hours or pages costs nothing by tokens, and that is not its price. */
function isByTokens(prices: PriceTable.ModelPrice): boolean {
  const names = Object.keys(prices);
  return names.length === 0 || names.includes('input_mtok') || names.includes('output_mtok');
}

/** Gemini's names may begin with their collection. */
function nameOf({ model }: Target): string {
  return model.replace(/^models\//, '');
}

interface Question {
  readonly usage: PriceTable.Usage;
  readonly model: string;
  readonly options: PriceTable.PriceOptions;
}

/** The lists are others' data: what cannot be calculated has no known price. */
function calculate(
  list: typeof PriceTable,
  { usage, model, options }: Question,
): PriceTable.PriceCalculation | undefined {
  try {
    return list.calcPrice(usage, model, options) ?? undefined;
  } catch {
    return undefined;
  }
}
