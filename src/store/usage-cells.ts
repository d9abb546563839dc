import type { UsageRow } from './store.ts';
import { LabelBound } from './label-bound.ts';
import type { UsageDayRow } from './tables.ts';

/** The labels in the order in which they become `(other)`. */
const GIVEN_UP = ['model', 'chain', 'provider', 'keyId', 'tenant'] as const;

/** What is summed: the name of each sum, and its column. */
export const USAGE_SUMS = Object.freeze([
  ['requests', 'requests'],
  ['inputTokens', 'input_tokens'],
  ['cachedInputTokens', 'cached_input_tokens'],
  ['outputTokens', 'output_tokens'],
  ['reasoningTokens', 'reasoning_tokens'],
  ['costNano', 'cost_nano'],
  ['estimatedNano', 'estimated_nano'],
  ['unknownCost', 'unknown_cost'],
] as const satisfies readonly (readonly [keyof UsageRow, keyof UsageDayRow])[]);

/** Most cells of one UTC day with all their labels. */
const MOST_CELLS = 10_000;
/** Further cells for each label that is given up. */
const MORE_CELLS = 2000;

/**
 * Bounds the labels of one process's sums, because clients can name models: beyond 10,000 cells in one UTC day a new cell's model becomes `(other)`, then its
 * chain, its provider, its key and its tenant, so that totals stay right.
 */
export class UsageLabelBound extends LabelBound<UsageRow, (typeof GIVEN_UP)[number]> {
  constructor() {
    super({
      givenUp: GIVEN_UP,
      mostCells: MOST_CELLS,
      moreCells: MORE_CELLS,
      timeOf: ({ day }) => day,
      nameOf: cellOf,
    });
  }
}

/** Sums of usage by cell. */
export class UsageCells {
  readonly #cells = new Map<string, UsageRow>();

  /** Number of cells. */
  get size(): number {
    return this.#cells.size;
  }

  /** Adds the numbers of a row to its cell. */
  add(row: UsageRow): void {
    const name = cellOf(row);
    const known = this.#cells.get(name);
    this.#cells.set(name, known === undefined ? row : sumOfRows(known, row));
  }

  /** One row for each cell. */
  rows(): readonly UsageRow[] {
    return [...this.#cells.values()];
  }
}

/** The sum of two rows, with the labels of the first one. */
export function sumOfRows(row: UsageRow, other: UsageRow): UsageRow {
  const sum: { -readonly [Name in keyof UsageRow]: UsageRow[Name] } = { ...row };
  for (const [name] of USAGE_SUMS) sum[name] += other[name];
  return sum;
}

/** The name of a row's cell. Clients choose some of the labels, so that no separator would be safe. */
function cellOf({ day, tenant, keyId, provider, chain, model }: UsageRow): string {
  return JSON.stringify([day, tenant, keyId, provider, chain, model]);
}
