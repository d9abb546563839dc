import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { Usage } from '../domain/usage.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** How many tokens a request will be counted for, before anybody has counted them. */
export interface Demands {
  /**
   * The prompt's estimate, corrected by what this vendor has counted before and by how far that was off, so that a request seldom takes more
   * than was booked for it; and the output where he books it ahead.
   */
  tokensOf(target: Target, needs: Needs): number;
  /** What it takes for sure, however wrong the estimate is: vendors count images in ways of their own. */
  minimumTokensOf(target: Target, needs: Needs): number;
  /** What one has taken of which nobody told how it ended, so that as much may have been answered as usually is. */
  lostWith(target: Target, needs: Needs): number;
  /** Learns from what the vendor counted of a request whose needs were these. */
  learn(target: Target, needs: Needs, usage: Usage): void;
}

/** How much the newest answer counts against all before it. */
const NEWEST = 0.2;
/** Estimates are never corrected by more than this factor: a cached or cut prompt must not teach that all prompts are small. */
const MOST = 3;
/** Beyond the mean so many times the usual distance from it is booked: what was too much comes back, and what was too little is a refusal. */
const CAUTION = 3;
/** Estimates by bytes run to the double for scripts whose letters take two of them. */
const UNSURE = 2;
/** Keys remembered at most. */
const MOST_KEYS = 10_000;

/** A mean, and how far single values usually are from it. */
interface Usual {
  readonly mean: number;
  readonly distance: number;
}

/** What one model's answers have taught. */
interface Known {
  /** Tokens counted of prompts, in parts of what was estimated. */
  readonly prompts: Usual;
  /** Tokens of answers. */
  readonly answers: Usual;
}

const UNKNOWN: Known = { prompts: { mean: 1, distance: 0 }, answers: { mean: 0, distance: 0 } };

/** Makes demands that know no vendor's ways yet. Bounded; in memory. */
export function createDemands(): Demands {
  const models = new Map<string, Known>();
  const knownOf = (counterKey: string): Known => models.get(counterKey) ?? UNKNOWN;

  function promptOf(counterKey: string, { inputTokens }: Needs): number {
    return Math.ceil(inputTokens * Math.min(MOST, atMost(knownOf(counterKey).prompts)));
  }

  return {
    tokensOf({ counterKey, rules }, needs) {
      return promptOf(counterKey, needs) + (rules.reservesOutput ? needs.outputTokens : 0);
    },
    minimumTokensOf({ rules }, { inputTokens, outputTokens, images }) {
      return (images ? 0 : inputTokens / UNSURE) + (rules.reservesOutput ? outputTokens : 0);
    },
    lostWith({ counterKey, rules }, needs) {
      const { outputTokens } = needs;
      const answer = Math.ceil(atMost(knownOf(counterKey).answers));
      if (outputTokens === 0) return promptOf(counterKey, needs) + answer;
      return promptOf(counterKey, needs) + (rules.reservesOutput ? outputTokens : Math.min(outputTokens, answer));
    },
    learn({ counterKey }, { inputTokens }, { source, inputTokens: prompt, outputTokens: answer = 0 }) {
      if (source !== 'provider' || !prompt || inputTokens === 0) return;
      const part = Math.min(MOST, Math.max(1 / MOST, prompt / inputTokens));
      const before = models.get(counterKey);
      const known = { prompts: learned(before?.prompts, part), answers: learned(before?.answers, answer) };
      putBounded(models, [counterKey, known], MOST_KEYS);
    },
  };
}

function atMost({ mean, distance }: Usual): number {
  return mean + CAUTION * distance;
}

function learned(before: Usual | undefined, value: number): Usual {
  if (before === undefined) return { mean: value, distance: 0 };
  return {
    mean: before.mean + NEWEST * (value - before.mean),
    distance: before.distance + NEWEST * (Math.abs(value - before.mean) - before.distance),
  };
}
