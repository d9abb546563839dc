import type { MetricDefinition } from './definitions.ts';
import type { Labels } from './labels.ts';
import type { AddSeries, Reading } from './metric.ts';
import type { SeriesBound } from './series-bound.ts';

/** What cells are made with. */
export interface CellsOptions {
  readonly labels: readonly Labels[];
  readonly bound: SeriesBound;
}

/** The size of one row: its numbers, and the series that are read of it. */
interface RowSize {
  readonly width: number;
  readonly series: number;
}

/** The cells of the first table; it doubles when it is full. */
const FIRST_CELLS = 16;
/** Metrics with at most so many sets of labels have all of them from the beginning. */
const MAX_ZEROS = 16;
/** Numbers of so many bits are small integers in V8, and the fastest keys of a map. */
const MAX_BITS = 30;

/**
 * Numbers in a typed array, a row for each set of labels. A set is found by one number, which the numbers of its labels are packed into. Where
 * the bound is reached, a new set is counted without its chain, model and key, or else in the one row of all other sets.
 */
abstract class Cells implements Reading {
  readonly definition: MetricDefinition;
  readonly #labels: readonly Labels[];
  readonly #shifts: readonly number[];
  /** The bits of packed labels that no open label has. */
  readonly #closedMask: number;
  readonly #bound: SeriesBound;
  readonly #width: number;
  readonly #series: number;
  /** Where the rows begin, by the packed labels. */
  readonly #rows = new Map<number, number>();
  protected values: Float64Array;

  constructor(definition: MetricDefinition, { labels, bound }: CellsOptions, { width, series }: RowSize) {
    const bits = labels.map(({ size }) => Math.ceil(Math.log2(size)));
    if (bits.reduce((sum, each) => sum + each, 0) > MAX_BITS)
      throw new Error(`${definition.name} has too many labels.`);
    if (labels.flatMap(({ names }) => names).join() !== definition.labels.join())
      throw new Error(`${definition.name} has other labels than its definition.`);
    this.definition = definition;
    this.#labels = labels;
    this.#shifts = bits.map((_, index) => bits.slice(0, index).reduce((sum, each) => sum + each, 0));
    const masks = bits.map((each, index) => ((1 << each) - 1) << (this.#shifts[index] ?? 0));
    this.#closedMask = masks.reduce((all, mask, index) => (labels[index]?.open === true ? all : all | mask), 0);
    this.#bound = bound;
    this.#width = width;
    this.#series = series;
    this.values = new Float64Array(FIRST_CELLS * width);
    // The row of all other sets is always there.
    bound.reserve(series);
    if (labels.every(({ open }) => !open)) this.#openAll();
  }

  /** Opens the rows of few sets at once, so that their first count is seen as an increase. */
  #openAll(): void {
    const sets = this.#labels.reduce<number[][]>(
      (all, { size }) => all.flatMap((ids) => Array.from({ length: size - 1 }, (_, index) => [...ids, index + 1])),
      [[]],
    );
    if (sets.length > MAX_ZEROS) return;
    this.#bound.reserve(sets.length * this.#series);
    for (const [a, b, c, d] of sets) this.#open(this.at(a, b, c, d));
  }

  /** Packs the numbers of up to four labels, in the order of the definition. */
  // oxlint-disable-next-line max-params -- a list would be made for each call
  at(a = 0, b = 0, c = 0, d = 0): number {
    const [, second = 0, third = 0, fourth = 0] = this.#shifts;
    return a | (b << second) | (c << third) | (d << fourth);
  }

  read(add: AddSeries): void {
    for (const [packed, row] of this.#rows) this.readRow(this.#valuesOf(packed), row, add);
  }

  protected abstract readRow(labels: readonly string[], row: number, add: AddSeries): void;

  /** Where the row of packed labels begins. */
  protected rowOf(packed: number): number {
    return this.#rows.get(packed) ?? this.#newRow(packed);
  }

  #newRow(packed: number): number {
    if (packed === 0 || this.#bound.admit(this.#series, true)) return this.#open(packed);
    this.#bound.dropped++;
    const coarse = packed & this.#closedMask;
    const known = this.#rows.get(coarse);
    if (known !== undefined) return known;
    if (coarse === 0 || this.#bound.admit(this.#series, false)) return this.#open(coarse);
    return this.#rows.get(0) ?? this.#open(0);
  }

  #open(packed: number): number {
    const row = this.#rows.size * this.#width;
    if (row + this.#width > this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.#rows.set(packed, row);
    return row;
  }

  #idsOf(packed: number): number[] {
    return this.#shifts.map((shift, index) => {
      const next = this.#shifts[index + 1] ?? MAX_BITS;
      return (packed >> shift) & ((1 << (next - shift)) - 1);
    });
  }

  #valuesOf(packed: number): readonly string[] {
    return this.#idsOf(packed).flatMap((id, index) => this.#labels[index]?.valuesOf(id) ?? []);
  }
}

/** Sums by labels. `scale`: how many of its numbers are one in the unit of the metric. */
export class CounterCells extends Cells {
  readonly #scale: number;

  constructor(definition: MetricDefinition, options: CellsOptions, scale = 1) {
    super(definition, options, { width: 1, series: 1 });
    this.#scale = scale;
  }

  /** Adds to the sum of packed labels. */
  add(packed: number, by = 1): void {
    const row = this.rowOf(packed);
    this.values[row] = (this.values[row] ?? 0) + by;
  }

  protected override readRow(labels: readonly string[], row: number, add: AddSeries): void {
    add(labels, (this.values[row] ?? 0) / this.#scale);
  }
}

/** Distributions by labels. */
export class HistogramCells extends Cells {
  readonly #bounds: readonly number[];

  constructor(definition: MetricDefinition, options: CellsOptions) {
    const { buckets = [] } = definition;
    // A row has the counts of the buckets, that of larger values, and the sum; read are also the count of all.
    super(definition, options, { width: buckets.length + 2, series: buckets.length + 3 });
    this.#bounds = buckets;
  }

  /** Counts a value, in the unit of the metric. */
  observe(packed: number, value: number): void {
    const row = this.rowOf(packed);
    const { values } = this;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    values[row + bucket] = (values[row + bucket] ?? 0) + 1;
    const sum = row + bounds.length + 1;
    values[sum] = (values[sum] ?? 0) + value;
  }

  protected override readRow(labels: readonly string[], row: number, add: AddSeries): void {
    const bounds = this.#bounds;
    let count = 0;
    for (const [index, bound] of bounds.entries()) {
      count += this.values[row + index] ?? 0;
      add(labels, count, { suffix: '_bucket', le: String(bound) });
    }
    count += this.values[row + bounds.length] ?? 0;
    add(labels, count, { suffix: '_bucket', le: '+Inf' });
    add(labels, this.values[row + bounds.length + 1] ?? 0, { suffix: '_sum' });
    add(labels, count, { suffix: '_count' });
  }
}
