import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { Usage } from '../domain/usage.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** Estimates how many tokens providers will count for requests. */
export interface Demands {
  /**
   * Tokens to reserve for a request: the estimate of its prompt, corrected by what the provider has counted before and by how much that
   * varied, so that a request seldom takes more than is reserved. Includes the output where the provider reserves it in advance.
   */
  tokensOf(target: Target, needs: Needs): number;
  /** Tokens that the request takes at least, however wrong the estimate is. Images count as none: each provider counts them in its own way. */
  minimumTokensOf(target: Target, needs: Needs): number;
  /** Tokens to settle for an attempt that ended without a usage: its prompt, and as much output as answers usually have. */
  unreportedTokensOf(target: Target, needs: Needs): number;
  /**
   * Tokens that the request's prompt seldom exceeds: its estimate, corrected as in `tokensOf`. Before the first correction it is generous, so that it can be
   * priced.
   */
  promptTokensOf(target: Target, needs: Needs): number;
  /** Tokens of an answer as long as answers of the target usually are at most; undefined before one was counted. */
  usualAnswerOf(target: Target): number | undefined;
  /** Learns from what the provider counted for a request with these needs. Ignores estimated usage. */
  learn(target: Target, needs: Needs, usage: Usage): void;
}

/** Weight of the newest answer against all before it. */
const NEWEST = 0.2;
/** Estimates are corrected by this factor at most: one cached or cut prompt must not make all prompts look small. */
const MOST = 3;
/** The mean plus this many times the usual distance from it is reserved: too much is given back on settling, too little is a refusal. */
const CAUTION = 3;
/** Estimates by bytes are up to this factor too high: in some scripts a letter takes two bytes. */
const UNSURE = 2;
/** Tokens that a model's own marks around a short conversation take, which no estimate by bytes sees. */
const FRAME_TOKENS = 16;
/** Keys remembered at most. */
const MOST_KEYS = 10_000;

/** A mean, and the usual distance of single values from it. */
interface Usual {
  readonly mean: number;
  readonly distance: number;
}

/** What is known from one model's answers. */
interface Known {
  /** Counted tokens of prompts, as a fraction of their estimates. */
  readonly prompts: Usual;
  /** Tokens of answers. */
  readonly answers: Usual;
}

const UNKNOWN: Known = { prompts: { mean: 1, distance: 0 }, answers: { mean: 0, distance: 0 } };

/** Returns demands that have learned nothing yet. In memory, bounded. */
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
    promptTokensOf({ counterKey }, needs) {
      if (models.has(counterKey)) return promptOf(counterKey, needs);
      return Math.ceil(needs.inputTokens * UNSURE) + FRAME_TOKENS;
    },
    usualAnswerOf({ counterKey }) {
      const known = models.get(counterKey);
      return known === undefined ? undefined : Math.ceil(atMost(known.answers));
    },
    unreportedTokensOf({ counterKey, rules }, needs) {
      const { outputTokens } = needs;
      const answer = Math.ceil(atMost(knownOf(counterKey).answers));
      if (outputTokens === 0) return promptOf(counterKey, needs) + answer;
      return promptOf(counterKey, needs) + (rules.reservesOutput ? outputTokens : Math.min(outputTokens, answer));
    },
    learn({ counterKey }, { inputTokens }, { source, input: prompt, output: answer = 0 }) {
      if (source !== 'provider' || !prompt || inputTokens === 0) return;
      const fraction = Math.min(MOST, Math.max(1 / MOST, prompt / inputTokens));
      const before = models.get(counterKey);
      const known = { prompts: learned(before?.prompts, fraction), answers: learned(before?.answers, answer) };
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
