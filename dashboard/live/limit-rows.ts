import type { LimitStatus } from 'spillway/client';

/** The rows of limits as a subscription brings them: every row once, then each row that changes. */
export class LimitRows {
  readonly #rows = new Map<string, LimitStatus>();
  /** What this subscription has brought, until one of it comes again; then all rows have come. */
  #first: Set<string> | undefined = new Set();

  /** A subscription begins. The rows of the last one stay until all rows have come; those that have not come are dropped then. */
  restart(): void {
    this.#first = new Set();
  }

  /** Forgets all rows. */
  clear(): void {
    this.#rows.clear();
    this.restart();
  }

  /** Takes in a row. */
  keep(row: LimitStatus): void {
    if (this.#first?.has(row.id) === true) {
      for (const id of this.#rows.keys()) if (!this.#first.has(id)) this.#rows.delete(id);
      this.#first = undefined;
    }
    this.#first?.add(row.id);
    this.#rows.set(row.id, row);
  }

  /** A copy of the rows, by their ids. */
  copy(): ReadonlyMap<string, LimitStatus> {
    return new Map(this.#rows);
  }
}
