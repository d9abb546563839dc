import type { UsageSums } from 'spillway/client';

/** The sums of one request that has used nothing. */
export const SUMS: UsageSums = {
  requests: 1,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_usd: 0,
  estimated_usd: 0,
  unknown: 0,
};
