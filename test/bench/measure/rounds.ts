/** How often each way is measured. */
export const ROUNDS = Number(process.env['ROUNDS'] || 7);

/**
 * Measures several ways in turn, in every other round the other way round, so that what the machine does meanwhile meets all of them alike.
 * Each is run twice before it counts. Resolves with a figure per round for each way.
 */
export async function inTurns<Name extends string>(
  ways: Readonly<Record<Name, () => Promise<number>>>,
  rounds = ROUNDS,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(ways) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (const name of [...names, ...names]) await ways[name]();
  for (let round = 0; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) figures[name].push(await ways[name]());
  return figures;
}

/** The middle of the figures; NaN without any. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5);
}

/** The figure that a share of the others is not above; NaN without any. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = Float64Array.from(figures).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Times of the yardstick: the median over the rounds. */
export function ratio(figures: readonly number[], yardstick: readonly number[]): number {
  return median(figures.map((figure, round) => figure / (yardstick[round] ?? Number.NaN)));
}
