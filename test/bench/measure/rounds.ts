/** How often each way is measured. */
export const ROUNDS = Number(process.env['ROUNDS'] || 15);

/** How long a measurement in turns is. */
export interface Turns {
  readonly rounds?: number;
  /** Rounds that do not count yet: what is only made once is made in them. */
  readonly warmUps?: number;
}

/**
 * Measures several ways in turn, in every other round the other way round, so that what the machine does meanwhile meets all of them alike.
 * Resolves with a figure per round for each way.
 */
export async function inTurns<Name extends string, Figure>(
  ways: Readonly<Record<Name, () => Promise<Figure>>>,
  { rounds = ROUNDS, warmUps = 2 }: Turns = {},
): Promise<Record<Name, Figure[]>> {
  const names = Object.keys(ways) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Figure[]>;
  for (let round = -warmUps; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figure = await ways[name]();
      if (round >= 0) figures[name].push(figure);
    }
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

/** By how much more than the other: the median over the rounds. */
export function added(figures: readonly number[], without: readonly number[]): number {
  return median(figures.map((figure, round) => figure - (without[round] ?? Number.NaN)));
}
