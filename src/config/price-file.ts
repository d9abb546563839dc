import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Price } from '../domain/chain.ts';
import { splitPair } from './pair.ts';
import { parseYaml } from './parse-yaml.ts';
import { price } from './price-schema.ts';
import { type ConfigProblem, problemsOf } from './problems.ts';

const schema = z.record(
  z.string().refine((key) => splitPair(key) !== undefined, 'is not an entry; write provider/model'),
  price,
);

/** Prices by `provider/model`. */
export type FilePrices = ReadonlyMap<string, Price>;

/** The prices of a file, or every problem that it has. */
export type PriceFile =
  | { readonly ok: true; readonly prices: FilePrices }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const NO_PRICES: PriceFile = Object.freeze({ ok: true, prices: new Map<string, Price>() });

/**
 * Reads a file of prices: YAML or JSON, relative to the working directory. No prices without a path. Problems have the path `prices.file` and say where
 * in the file they are. Synchronous; never throws.
 */
export function readPriceFile(path: string | undefined): PriceFile {
  if (path === undefined) return NO_PRICES;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return problems([code === 'ENOENT' ? `file '${path}' does not exist` : `file '${path}' cannot be read (${code})`]);
  }
  const within = (found: readonly ConfigProblem[]): PriceFile =>
    problems(found.map(({ path: place, message }) => `file '${path}', ${place}: ${message}`));
  const yaml = parseYaml(text);
  if (!yaml.ok) return within(yaml.problems);
  const value = yaml.value ?? {};
  const parsed = schema.safeParse(value);
  if (!parsed.success) return within(problemsOf(parsed.error, value));
  return { ok: true, prices: new Map(Object.entries(parsed.data)) };
}

function problems(messages: readonly string[]): PriceFile {
  return { ok: false, problems: messages.map((message) => ({ path: 'prices.file', message })) };
}
