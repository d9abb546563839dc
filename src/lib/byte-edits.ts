/** Replacements of ranges of bytes, collected first and made in one copy. */
export class ByteEdits {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #texts: string[] = [];
  #ordered = true;

  /** The number of edits. */
  get size(): number {
    return this.#starts.length;
  }

  /** Puts a text in place of the bytes from `start` to before `end`. Ranges must not overlap; their order is free. */
  replace(start: number, end: number, text: string): void {
    if (start < (this.#ends.at(-1) ?? 0)) this.#ordered = false;
    this.#starts.push(start);
    this.#ends.push(end);
    this.#texts.push(text);
  }

  /** The same bytes as `apply` makes, in pieces that share the memory of `bytes`. For large bytes, which take long to copy. */
  pieces(bytes: Buffer, from = 0, to = bytes.length): readonly Buffer[] {
    const pieces: Buffer[] = [];
    let read = from;
    for (const n of this.#order()) {
      pieces.push(bytes.subarray(read, this.#startOf(n)), Buffer.from(this.#textOf(n)));
      read = this.#endOf(n);
    }
    pieces.push(bytes.subarray(read, to));
    return pieces.filter(({ length }) => length > 0);
  }

  /** The bytes from `from` to before `to`, in which all edits lie, with the edits; a copy. Linear in the bytes and the edits. */
  apply(bytes: Buffer, from = 0, to = bytes.length): Buffer {
    const order = this.#order();
    let length = to - from;
    for (const n of order) length += Buffer.byteLength(this.#textOf(n)) - (this.#endOf(n) - this.#startOf(n));
    const edited = Buffer.allocUnsafe(length);
    let [read, written] = [from, 0];
    for (const n of order) {
      written += bytes.copy(edited, written, read, this.#startOf(n));
      written += edited.write(this.#textOf(n), written);
      read = this.#endOf(n);
    }
    bytes.copy(edited, written, read, to);
    return edited;
  }

  /** The edits in the order of their places. */
  #order(): readonly number[] {
    const order = [...this.#starts.keys()];
    if (!this.#ordered) order.sort((a, b) => this.#startOf(a) - this.#startOf(b));
    return order;
  }

  #startOf(n: number): number {
    return this.#starts[n] ?? 0;
  }

  #endOf(n: number): number {
    return this.#ends[n] ?? 0;
  }

  #textOf(n: number): string {
    return this.#texts[n] ?? '';
  }
}
