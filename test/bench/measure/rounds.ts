/** How often each variant is measured. */
export const ROUNDS = Number(process.env['ROUNDS'] || 15);

/** Length of a measurement in turns. */
export interface Turns {
  readonly rounds?: number;
  /** Rounds before the first that counts: they fill caches and make V8 compile. */
  readonly warmUps?: number;
}

/**
 * Measures several variants in turn, in reverse order in every other round, so that other load of the machine affects all of them equally.
 * Resolves with one figure per round for each variant.
 */
export async function inTurns<Name extends string, Figure>(
  variants: Readonly<Record<Name, () => Promise<Figure>>>,
  { rounds = ROUNDS, warmUps = 2 }: Turns = {},
): Promise<Record<Name, Figure[]>> {
  const names = Object.keys(variants) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Figure[]>;
  for (let round = -warmUps; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figure = await variants[name]();
      if (round >= 0) figures[name].push(figure);
    }
  return figures;
}

/** The median of the figures; NaN without any. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5);
}

/** The percentile of the figures at a share from 0 to 1; NaN without any. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = Float64Array.from(figures).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The ratio to the baseline: the median over the rounds. */
export function ratio(figures: readonly number[], baseline: readonly number[]): number {
  return median(figures.map((figure, round) => figure / (baseline[round] ?? Number.NaN)));
}

/** The difference to `without`: the median over the rounds. */
export function added(figures: readonly number[], without: readonly number[]): number {
  return median(figures.map((figure, round) => figure - (without[round] ?? Number.NaN)));
}
