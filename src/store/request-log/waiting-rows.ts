import { type PackedRows, RowPacker, sliceRows } from './packed-rows.ts';
import type { RequestRow } from './request-row.ts';

/** Rows that wait for their write, in batches. */
export class WaitingRows {
  readonly #most: number;
  /** Only the last one is not full. */
  readonly #batches: { readonly packer: RowPacker; readonly bytes: number[] }[] = [];

  /** `most`: rows of one batch. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds a row of about so many bytes. */
  add(row: RequestRow, bytes: number): void {
    let batch = this.#batches.at(-1);
    if (batch === undefined || batch.bytes.length >= this.#most)
      this.#batches.push((batch = { packer: new RowPacker(), bytes: [] }));
    batch.packer.add(row);
    batch.bytes.push(bytes);
  }

  /** Removes all rows. */
  clear(): void {
    this.#batches.length = 0;
  }

  /** Takes the oldest batch out, with each user as `storedUser` returns it; undefined where no row waits. */
  take(storedUser: (user: string) => string | undefined): RowBatch | undefined {
    const batch = this.#batches.shift();
    return batch && new RowBatch(batch.packer.pack(storedUser), batch.bytes);
  }
}

/** Rows that are being written, from the first one on. */
export class RowBatch {
  readonly #rows: PackedRows;
  readonly #bytes: readonly number[];
  #done = 0;

  /** `bytes`: about how many each row takes. */
  constructor(rows: PackedRows, bytes: readonly number[]) {
    this.#rows = rows;
    this.#bytes = bytes;
  }

  /** Number of rows that are left. */
  get left(): number {
    return this.#rows.count - this.#done;
  }

  /** The next rows, at most so many. */
  next(count: number): PackedRows {
    return count === this.#rows.count ? this.#rows : sliceRows(this.#rows, this.#done, this.#done + count);
  }

  /** Removes the next rows, and returns how many bytes they take. */
  remove(count: number): number {
    let bytes = 0;
    for (const each of this.#bytes.slice(this.#done, this.#done + count)) bytes += each;
    this.#done += count;
    return bytes;
  }
}
