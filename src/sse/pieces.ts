/** The bytes of an event that the network has cut. They are joined once: joining them at every read would be quadratic. */
export interface Pieces {
  /** Bytes held. */
  readonly size: number;
  /** The first byte held; undefined when there is none. */
  readonly firstByte: number | undefined;
  /** The last byte held; undefined when there is none. */
  readonly lastByte: number | undefined;
  add(piece: Buffer): void;
  /** Removes all pieces and returns them in order. */
  take(): readonly Buffer[];
}

/** So many pieces are joined into one: a tiny piece costs several times its bytes and keeps the memory of its whole read alive. */
const JOIN_AT = 256;

/** Makes an empty list of pieces. */
export function createPieces(): Pieces {
  return new JoinedPieces();
}

class JoinedPieces implements Pieces {
  size = 0;
  #pieces: Buffer[] = [];
  #unjoined = 0;

  get firstByte(): number | undefined {
    return this.#pieces[0]?.[0];
  }

  get lastByte(): number | undefined {
    return this.#pieces.at(-1)?.at(-1);
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.size += piece.length;
    if (++this.#unjoined < JOIN_AT) return;
    this.#pieces.push(Buffer.concat(this.#pieces.splice(-JOIN_AT)));
    this.#unjoined = 0;
  }

  take(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#unjoined = 0;
    this.size = 0;
    return pieces;
  }
}
