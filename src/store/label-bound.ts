/** Stands for all values of a label beyond a bound. */
export const OTHER = '(other)';

/** What is bounded, and how. */
export interface LabelBoundOptions<Row, Label extends string> {
  /** The labels in the order in which they become `(other)`. */
  readonly givenUp: readonly Label[];
  /** Most cells of one time with all their labels. */
  readonly mostCells: number;
  /** Further cells for each label that is given up. */
  readonly moreCells: number;
  /** The time of a row, such as its day. Names of an earlier time are forgotten with the first row of a later one. */
  readonly timeOf: (row: Row) => number;
  /** The name of a row's cell. */
  readonly nameOf: (row: Row) => string;
}

/** Bounds the labels of sums that clients can choose, so that totals stay right. Keeps the names of one time's cells. */
export class LabelBound<Row extends Readonly<Record<Label, string>>, Label extends string> {
  readonly #options: LabelBoundOptions<Row, Label>;
  readonly #known = new Set<string>();
  #time = 0;

  constructor(options: LabelBoundOptions<Row, Label>) {
    this.#options = options;
  }

  /** The row itself, or the row with fewer labels. */
  bounded(row: Row): Row {
    const { givenUp, mostCells, moreCells, timeOf } = this.#options;
    const time = timeOf(row);
    if (time > this.#time) {
      this.#time = time;
      this.#known.clear();
    }
    if (this.#admits(row, mostCells)) return row;
    let coarser = row;
    for (const [index, label] of givenUp.entries()) {
      coarser = { ...coarser, [label]: OTHER };
      if (this.#admits(coarser, mostCells + (index + 1) * moreCells)) break;
    }
    return coarser;
  }

  #admits(row: Row, most: number): boolean {
    const name = this.#options.nameOf(row);
    if (this.#known.has(name)) return true;
    if (this.#known.size >= most) return false;
    this.#known.add(name);
    return true;
  }
}
