import { z } from 'zod';
import type { HedgeLimits } from '../domain/chain.ts';
import { duration } from './units.ts';

/** A second request after the 95th percentile is about 5 % more load (Dean and Barroso, "The Tail at Scale", 2013). */
const DEFAULTS: HedgeLimits = Object.freeze({
  after: 'p95',
  min: 200,
  max: 10_000,
  budget: 0.05,
  maxInputTokens: 8000,
  maxCost: 0.01,
});

/** Schema of `hedge` of a chain: when a stream is requested from a second provider too. */
export const hedge = z
  .strictObject({
    after: z.union([z.literal('p95'), duration], { error: 'must be p95, or a duration such as 800ms' }).optional(),
    min: duration.meta({ description: 'Shortest wait under p95. Default: 200ms.' }).optional(),
    max: duration.meta({ description: 'Longest wait under p95. Default: 10s.' }).optional(),
    budget: z.number().positive().max(1).meta({ description: 'Share of the requests. Default: 0.05.' }).optional(),
    maxInputTokens: z.int().positive().meta({ description: 'Longest prompt in tokens. Default: 8000.' }).optional(),
    maxCost: z.number().min(0).meta({ description: 'US dollars for the second request. Default: 0.01.' }).optional(),
  })
  .meta({ description: 'Request a stream from a second provider too while the first one is slow.' })
  .superRefine((given, context) => {
    const { min, max } = hedgeLimits(given);
    if (min > max)
      context.addIssue({ code: 'custom', path: ['min'], message: `is longer than max, which is ${max} ms` });
  });

/** What a chain hedges by: what is given, and every default. */
export function hedgeLimits(given: Partial<{ [Key in keyof HedgeLimits]: HedgeLimits[Key] | undefined }>): HedgeLimits {
  return Object.freeze({
    after: given.after ?? DEFAULTS.after,
    min: given.min ?? DEFAULTS.min,
    max: given.max ?? DEFAULTS.max,
    budget: given.budget ?? DEFAULTS.budget,
    maxInputTokens: given.maxInputTokens ?? DEFAULTS.maxInputTokens,
    maxCost: given.maxCost ?? DEFAULTS.maxCost,
  });
}
