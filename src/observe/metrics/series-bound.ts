/** The share of the series that whole sets of labels may have; the rest is for sets without chains, models and keys. */
const WHOLE_SHARE = 0.9;
/** The share of all series that is left to what is read at the scrape: states of entries, limits, budgets. */
const READ_SHARE = 0.25;

/** Counts the series of one gateway, and decides whether there may be more. */
export class SeriesBound {
  readonly #max: number;
  readonly #maxCounted: number;
  #counted = 0;
  /** Values that were merged or left out because the bound was reached. */
  dropped = 0;

  /** `max`: most series at one scrape. */
  constructor(max: number) {
    this.#max = max;
    this.#maxCounted = Math.floor(max * (1 - READ_SHARE));
  }

  /** Takes series that are always there. */
  reserve(series: number): void {
    this.#counted += series;
  }

  /** Takes series, or returns false. `whole`: with all their labels. */
  admit(series: number, whole: boolean): boolean {
    const most = whole ? this.#maxCounted * WHOLE_SHARE : this.#maxCounted;
    if (this.#counted + series > most) return false;
    this.#counted += series;
    return true;
  }

  /** How many series may be read at a scrape beside those that are counted. */
  get room(): number {
    return Math.max(0, this.#max - this.#counted);
  }
}
