import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** One measured time, in milliseconds: of a stream to its first token, or of a whole JSON answer. */
export interface Measure {
  readonly ms: number;
  readonly stream: boolean;
}

/**
 * How fast models at accounts answer; recent answers weigh most. In memory, bounded: of streams and of JSON answers the 10,000 models
 * measured last are kept.
 */
export interface Speeds {
  /** Records the time of an answer; failures are not recorded. Ignores times that are negative or not finite. */
  record(target: Target, measure: Measure): void;
  /** Expected milliseconds to the first token of a stream; undefined when none was measured. */
  firstTokenMs(target: Target): number | undefined;
  /** Expected milliseconds to a whole JSON answer; undefined when none was measured. */
  answerMs(target: Target): number | undefined;
}

/** After this many further answers, an answer weighs half. */
const HALF_LIFE = 10;
const DECAY = 0.5 ** (1 / HALF_LIFE);
const MOST_KEYS = 10_000;

/** Sums whose quotient is the mean: with the first answers it is their own mean, and is not drawn to an initial value that was never measured. */
interface Mean {
  readonly sum: number;
  readonly weight: number;
}

/** Returns speeds of which none is measured yet. */
export function createSpeeds(): Speeds {
  const streams = new Map<string, Mean>();
  const answers = new Map<string, Mean>();
  return {
    record(target, { ms, stream }) {
      if (!Number.isFinite(ms) || ms < 0) return;
      const means = stream ? streams : answers;
      const { sum, weight } = means.get(target.modelKey) ?? { sum: 0, weight: 0 };
      putBounded(means, [target.modelKey, { sum: sum * DECAY + ms, weight: weight * DECAY + 1 }], MOST_KEYS);
    },
    firstTokenMs: ({ modelKey }) => valueOf(streams.get(modelKey)),
    answerMs: ({ modelKey }) => valueOf(answers.get(modelKey)),
  };
}

function valueOf(mean: Mean | undefined): number | undefined {
  return mean === undefined ? undefined : mean.sum / mean.weight;
}
