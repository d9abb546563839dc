import type { Price } from '../domain/chain.ts';
import { NANO_PER_DOLLAR, type Usage } from '../domain/usage.ts';

/** A price with what only price lists have. */
export interface TokenPrice extends Price {
  /** US dollars per million tokens. */
  readonly reasoning?: number | undefined;
}

/** What tokens cost. Money is in units of 10^-15 US dollars, so that every sum is exact. */
export interface TokenCost {
  readonly femto: bigint;
  /** A part without a price of its own was used, or it is unknown which part of the tokens has which price. */
  readonly approximate: boolean;
}

const FEMTO_PER_NANO = 1_000_000n;

/** Rounds to whole billionths of a US dollar, half up; null beyond 9 million dollars, which no request costs. */
export function roundHalfUp(femto: bigint): number | null {
  return safe((femto + FEMTO_PER_NANO / 2n) / FEMTO_PER_NANO);
}

/** Rounds up to whole billionths of a US dollar; null beyond 9 million dollars. */
export function roundUp(femto: bigint): number | null {
  return safe((femto + FEMTO_PER_NANO - 1n) / FEMTO_PER_NANO);
}

/**
 * What a usage costs by a price. Each token has one price: cached ones, those written to the cache and audio are taken out of the input,
 * reasoning and audio out of the output. Parts larger than their whole are cut, in that order. Undefined where a count is unknown that has
 * a price above 0.
 */
export function tokenCost(price: TokenPrice, usage: Usage): TokenCost | undefined {
  const { input: inputPrice, output: outputPrice, cachedInput, cacheWrite, audioInput, audioOutput, reasoning } = price;
  const { cachedInput: cached = 0, audioInput: audio = 0 } = usage;
  const input = sideCost(usage.input, inputPrice, [
    { tokens: cached, price: cachedInput },
    { tokens: usage.cacheWrite ?? 0, price: cacheWrite },
    { tokens: audio, price: audioInput },
  ]);
  const output = sideCost(usage.output, outputPrice, [
    { tokens: usage.audioOutput ?? 0, price: audioOutput },
    // Reasoning is output, and costs as much unless a list says otherwise.
    { tokens: usage.reasoning ?? 0, price: reasoning ?? outputPrice },
  ]);
  if (input === undefined || output === undefined) return undefined;
  // Audio may be among what is cached.
  const overlaps = cached > 0 && audio > 0;
  return {
    femto: input.femto + output.femto + perRequest(price) * BigInt(usage.requests ?? 1),
    approximate: input.approximate || output.approximate || overlaps,
  };
}

/** The most that so many tokens cost by a price, whichever part they are. Audio counts only where `audio` is set. */
export function highestCost(
  price: TokenPrice,
  { inputTokens, outputTokens, audio = false }: { inputTokens: number; outputTokens: number; audio?: boolean },
): bigint {
  const { input, output, cachedInput, cacheWrite, audioInput, audioOutput, reasoning } = price;
  const highestInput = Math.max(input, cachedInput ?? 0, cacheWrite ?? 0, audio ? (audioInput ?? 0) : 0);
  const highestOutput = Math.max(output, reasoning ?? 0, audio ? (audioOutput ?? 0) : 0);
  return femto(inputTokens, highestInput) + femto(outputTokens, highestOutput) + perRequest(price);
}

/** Whether everything at this price is free. */
export function isFree(price: TokenPrice): boolean {
  return Object.values(price).every((each) => each === undefined || each === 0);
}

interface Part {
  readonly tokens: number;
  /** Undefined where the part has none of its own. */
  readonly price: number | undefined;
}

/** What the input costs, or the output: its parts, and the rest of it at `price`. */
function sideCost(whole: number | undefined, price: number, parts: readonly Part[]): TokenCost | undefined {
  if (whole === undefined) {
    const free = price === 0 && parts.every((part) => (part.price ?? 0) === 0);
    return free ? { femto: 0n, approximate: false } : undefined;
  }
  let rest = whole;
  let sum = 0n;
  let approximate = false;
  for (const part of parts) {
    const tokens = Math.min(part.tokens, rest);
    if (tokens < part.tokens || (tokens > 0 && part.price === undefined)) approximate = true;
    rest -= tokens;
    sum += femto(tokens, part.price ?? price);
  }
  return { femto: sum + femto(rest, price), approximate };
}

/** `dollars` per million tokens. Prices are decimals of at most nine digits after the point; their binary fractions are rounded to them. */
function femto(tokens: number, dollars: number): bigint {
  if (tokens === 0 || dollars === 0) return 0n;
  return BigInt(Math.round(tokens)) * BigInt(Math.round(dollars * NANO_PER_DOLLAR));
}

function perRequest({ perRequest: dollars = 0 }: TokenPrice): bigint {
  return dollars === 0 ? 0n : BigInt(Math.round(dollars * 1e12)) * 1000n;
}

function safe(nano: bigint): number | null {
  const number = Number(nano);
  return Number.isSafeInteger(number) ? number : null;
}
