import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';
import { TimeHistogram } from './time-histogram.ts';

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
  /**
   * Records that a stream had no first token after `ms` milliseconds, when another entry answered in its place. It counts for `p95FirstTokenMs`
   * with this time, and for nothing else: if it did not count, each hedge would remove the very time that was long.
   */
  recordLost(target: Target, ms: number): void;
  /** Expected milliseconds to the first token of a stream; undefined when none was measured. */
  firstTokenMs(target: Target): number | undefined;
  /** The 95th percentile of the milliseconds to the first token of a stream; undefined before 30 were measured. */
  p95FirstTokenMs(target: Target): number | undefined;
  /** The median of the milliseconds to the first token of a stream; undefined before 30 were measured. */
  medianFirstTokenMs(target: Target): number | undefined;
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

const NOTHING: Mean = Object.freeze({ sum: 0, weight: 0 });

/** The streams of one model. */
interface Streams {
  mean: Mean;
  readonly times: TimeHistogram;
}

/** Returns speeds of which none is measured yet. */
export function createSpeeds(): Speeds {
  const streams = new Map<string, Streams>();
  const answers = new Map<string, Mean>();

  function streamsOf({ modelKey }: Target): Streams {
    const known = streams.get(modelKey) ?? { mean: NOTHING, times: new TimeHistogram() };
    putBounded(streams, [modelKey, known], MOST_KEYS);
    return known;
  }

  return {
    record(target, { ms, stream }) {
      if (!isTime(ms)) return;
      if (stream) {
        const known = streamsOf(target);
        known.mean = withTime(known.mean, ms);
        known.times.record(ms);
      } else putBounded(answers, [target.modelKey, withTime(answers.get(target.modelKey), ms)], MOST_KEYS);
    },
    recordLost(target, ms) {
      if (isTime(ms)) streamsOf(target).times.record(ms);
    },
    firstTokenMs: ({ modelKey }) => valueOf(streams.get(modelKey)?.mean),
    p95FirstTokenMs: ({ modelKey }) => streams.get(modelKey)?.times.p95(),
    medianFirstTokenMs: ({ modelKey }) => streams.get(modelKey)?.times.median(),
    answerMs: ({ modelKey }) => valueOf(answers.get(modelKey)),
  };
}

function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0;
}

function withTime(mean: Mean | undefined, ms: number): Mean {
  const { sum, weight } = mean ?? NOTHING;
  return { sum: sum * DECAY + ms, weight: weight * DECAY + 1 };
}

function valueOf(mean: Mean | undefined): number | undefined {
  return mean === undefined || mean.weight === 0 ? undefined : mean.sum / mean.weight;
}
