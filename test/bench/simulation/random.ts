/** Pseudo-random numbers: the same for the same seed. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  between(least: number, most: number): number;
  /** The wait for an event that happens `perSecond` times a second on average, in milliseconds. */
  wait(perSecond: number): number;
  normal(mean: number, deviation: number): number;
  /** Log-normal: half of them are below the median. */
  spread(median: number, sigma: number): number;
}

/** Marsaglia's xorshift on 32 bits, which is plenty for a day. */
export function randomOf(seed: number): Random {
  // Zero would remain zero, and neighbouring seeds must not start with similar numbers.
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  }
  for (let warm = 0; warm < 16; warm++) next();
  const normal = (mean: number, deviation: number): number =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    between: (least, most) => least + (most - least) * next(),
    wait: (perSecond) => (-Math.log(1 - next()) / perSecond) * 1000,
    normal,
    spread: (median, sigma) => median * Math.exp(normal(0, sigma)),
  };
}
