import type { Usage } from '../../../domain/usage.ts';
import { fieldsOf } from '../../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The counts of `usage` so far, each as the provider last sent it. */
export type RawUsage = Fields;

/**
 * Adds a later `usage` object of the same stream. Counts are cumulative: one that is present replaces the earlier one, one that is absent or null
 * changes nothing. The same object where there is nothing to add.
 */
export function mergeUsage(usage: RawUsage, later: unknown): RawUsage {
  const news = Object.entries(fieldsOf(later)).filter(([, value]) => value !== null && value !== undefined);
  return news.length === 0 ? usage : { ...usage, ...Object.fromEntries(news) };
}

/**
 * Reads Anthropic's `usage`, whose `input_tokens` lack what was read from the cache and written to it. Undefined where it counts neither input nor
 * output.
 */
export function readUsage(usage: unknown): Usage | undefined {
  const fields = fieldsOf(usage);
  const { input, cachedInput, cacheWrite, output } = countsOf(fields);
  if (input === undefined && output === undefined) return undefined;
  const thinking = count(fieldsOf(fields['output_tokens_details'])['thinking_tokens']);
  const reasoning = output === undefined || thinking === undefined ? thinking : Math.min(thinking, output);
  return {
    input: input === undefined ? undefined : input + (cachedInput ?? 0) + (cacheWrite ?? 0),
    cachedInput,
    cacheWrite,
    output,
    reasoning,
    source: 'provider',
    ...(hasOtherPrices(fields) ? { approximate: true } : {}),
  };
}

/** Whether something is billed otherwise than by these counts: what is cached for an hour, and searches. */
function hasOtherPrices(fields: Fields): boolean {
  const longWrites = count(fieldsOf(fields['cache_creation'])['ephemeral_1h_input_tokens']) ?? 0;
  const searches = count(fieldsOf(fields['server_tool_use'])['web_search_requests']) ?? 0;
  return longWrites > 0 || searches > 0;
}

interface Counts {
  readonly input: number | undefined;
  readonly cachedInput: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly output: number | undefined;
}

/** Iterations that are a part of the request's bill. An advisor is billed apart. */
const BILLED: ReadonlySet<unknown> = new Set(['message', 'compaction']);

/** The counts of all iterations of the provider's own loop, where it lists them; else those at the top. */
function countsOf(fields: Fields): Counts {
  const listed = Array.isArray(fields['iterations']) ? fields['iterations'].map(fieldsOf) : [];
  const billed = listed.filter(({ type }) => BILLED.has(type));
  // After a fallback to another model the top counts what that one has used.
  if (billed.length === 0 || listed.some(({ type }) => type === 'fallback_message')) return ownCounts(fields);
  return billed.map(ownCounts).reduce((sum, each) => ({
    input: plus(sum.input, each.input),
    cachedInput: plus(sum.cachedInput, each.cachedInput),
    cacheWrite: plus(sum.cacheWrite, each.cacheWrite),
    output: plus(sum.output, each.output),
  }));
}

function ownCounts(fields: Fields): Counts {
  return {
    input: count(fields['input_tokens']),
    cachedInput: count(fields['cache_read_input_tokens']),
    cacheWrite: count(fields['cache_creation_input_tokens']),
    output: count(fields['output_tokens']),
  };
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
