import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { Usage } from '../domain/usage.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** How many tokens a request will be counted for, before anybody has counted them. */
export interface Demands {
  /** The prompt's estimate, corrected by what this vendor has counted before, and the output where he books it ahead. */
  tokensOf(target: Target, needs: Needs): number;
  /** Learns from what the vendor counted of a request whose needs were these. */
  learn(target: Target, needs: Needs, usage: Usage): void;
}

/** How much the newest answer counts against all before it. */
const NEWEST = 0.2;
/** Estimates are never corrected by more than this factor: a cached or cut prompt must not teach that all prompts are small. */
const MOST = 3;
/** Keys remembered at most. */
const MOST_KEYS = 10_000;

/** Makes demands that know no vendor's ways yet. Bounded; in memory. */
export function createDemands(): Demands {
  const corrections = new Map<string, number>();
  return {
    tokensOf({ counted, rules }, { inputTokens, outputTokens }) {
      const input = Math.ceil(inputTokens * (corrections.get(counted) ?? 1));
      return rules.booksOutput ? input + outputTokens : input;
    },
    learn({ counted }, { inputTokens }, usage) {
      if (usage.source !== 'provider' || !usage.inputTokens || inputTokens === 0) return;
      const seen = Math.min(MOST, Math.max(1 / MOST, usage.inputTokens / inputTokens));
      const before = corrections.get(counted);
      const now = before === undefined ? seen : before + NEWEST * (seen - before);
      putBounded(corrections, [counted, now], MOST_KEYS);
    },
  };
}
