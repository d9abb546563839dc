import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** One measured time, in milliseconds: of a stream to its first token, or of a whole JSON answer. */
export interface Measure {
  readonly ms: number;
  readonly stream: boolean;
}

/** How fast models at accounts answer, the latest answers counting most. In memory, bounded: the 10,000 of each kind measured last are kept. */
export interface Speeds {
  /** Takes in an answer's time; failures are not told here. What is no time is passed over. */
  record(target: Target, measure: Measure): void;
  /** Milliseconds to the first token of a stream, or to a whole JSON answer; undefined where none was measured. */
  expected(target: Target, stream: boolean): number | undefined;
}

/** After so many answers one counts half. */
const HALF_LIFE = 10;
const DECAY = 0.5 ** (1 / HALF_LIFE);
const MOST_KEYS = 10_000;

/** Sums whose quotient is the mean: the first answers are means of themselves, and not of a beginning that nobody measured. */
interface Mean {
  readonly sum: number;
  readonly weight: number;
}

/** Makes an empty memory of speeds. */
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
    expected(target, stream) {
      const mean = (stream ? streams : answers).get(target.modelKey);
      return mean === undefined ? undefined : mean.sum / mean.weight;
    },
  };
}
