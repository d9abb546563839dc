/** Smallest and largest size of a piece of memory, in bytes. An event that is larger has one of its own. */
const FIRST_PIECE_BYTES = 8 * 1024;
const PIECE_BYTES = 64 * 1024;
/** The largest part of a log's bound that one piece takes: so much of it is lost at once. */
const BOUND_PART = 8;
/** The part of a piece's size that it takes beside its bytes, for the ends of its events. */
const OVERHEAD_PART = 16;

/** Events in one piece of memory. */
interface Piece {
  readonly bytes: Buffer;
  /** Number of its first event. */
  readonly first: number;
  /** For each event twice the offset of its end, and one more for a chunk. */
  readonly ends: number[];
}

/** What an event is written of; the texts are ASCII. */
export interface EventParts {
  readonly before: string;
  readonly source: Buffer;
  /** The part of the source. */
  readonly from: number;
  readonly to: number;
  readonly after: string;
  readonly isChunk: boolean;
}

/** Events that lie together in memory. */
export interface EventRange {
  /** Their bytes, which are the log's own and never change; undefined where the first event is left out. */
  readonly bytes: Buffer | undefined;
  /** Number of the first event behind them. */
  readonly next: number;
}

/**
 * The last events of a run, in bytes, numbered without gaps, from 1 unless they begin later. They are copied into few pieces of memory, so that many small events
 * cost little more than their bytes. The oldest are dropped by whole pieces.
 */
export class EventLog {
  readonly #pieces: Piece[] = [];
  readonly #onBytes: (change: number) => void;
  readonly #largestPiece: number;
  #last: number;
  #bytes = 0;

  /**
   * `onBytes` is called when the memory that the log takes has changed, with the change in bytes: not for each event, but for each piece. `maxBytes`:
   * the memory to which its owner bounds it. `after`: the number before that of its first event.
   */
  constructor(onBytes: (change: number) => void, maxBytes = Infinity, after = 0) {
    this.#onBytes = onBytes;
    this.#last = after;
    this.#largestPiece = Math.min(PIECE_BYTES, Math.ceil(maxBytes / BOUND_PART));
  }

  /** Number of the oldest event that is kept; one more than `last` when there is none. */
  get first(): number {
    return this.#pieces[0]?.first ?? this.#last + 1;
  }

  /** Number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Memory that the events take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies an event. Returns its number. */
  append({ before, source, from, to, after, isChunk }: EventParts): number {
    const piece = this.#pieceFor(before.length + to - from + after.length);
    const { bytes, ends } = piece;
    let at = endOf(piece, ends.length - 1);
    at += bytes.write(before, at, 'latin1');
    at += source.copy(bytes, at, from, to);
    if (after !== '') at += bytes.write(after, at, 'latin1');
    ends.push(at * 2 + (isChunk ? 1 : 0));
    return ++this.#last;
  }

  /**
   * Events from number `from` on that lie together, as many as there are: all of them, or those that are chunks. Where the first one is no chunk
   * and only chunks are wanted, there are no bytes.
   */
  range(from: number, only: 'all' | 'chunks'): EventRange {
    const piece = this.#pieces[this.#indexOf(from)];
    if (piece === undefined || from > this.#last) return { bytes: undefined, next: from };
    const { first, ends, bytes } = piece;
    const begin = from - first;
    let end = ends.length;
    if (only === 'chunks') {
      end = begin;
      while (end < ends.length && isChunkAt(piece, end)) end++;
      if (end === begin) return { bytes: undefined, next: from + 1 };
    }
    return { bytes: bytes.subarray(endOf(piece, begin - 1), endOf(piece, end - 1)), next: first + end };
  }

  /** The bytes of one event that is kept. They are the log's own. */
  eventAt(number: number): { readonly bytes: Buffer; readonly isChunk: boolean } {
    const piece = this.#pieces[this.#indexOf(number)];
    const index = number - (piece?.first ?? 0);
    if (piece === undefined || index >= piece.ends.length) throw new RangeError('The log has no such event.');
    return {
      bytes: piece.bytes.subarray(endOf(piece, index - 1), endOf(piece, index)),
      isChunk: isChunkAt(piece, index),
    };
  }

  /** Drops the oldest piece; returns false, and drops nothing, where there is only one: the newest event is always kept. */
  dropOldest(): boolean {
    if (this.#pieces.length < 2) return false;
    const dropped = this.#pieces.shift();
    if (dropped !== undefined) this.#count(-sizeOf(dropped));
    return true;
  }

  /** Drops everything. */
  clear(): void {
    this.#pieces.length = 0;
    this.#count(-this.#bytes);
  }

  /** Drops everything, and continues behind a later event. */
  skipTo(last: number): void {
    this.clear();
    this.#last = last;
  }

  #pieceFor(size: number): Piece {
    const current = this.#pieces.at(-1);
    if (current !== undefined && endOf(current, current.ends.length - 1) + size <= current.bytes.length) return current;
    const wanted = current === undefined ? FIRST_PIECE_BYTES : current.bytes.length * 2;
    const made = {
      bytes: Buffer.allocUnsafeSlow(Math.max(Math.min(wanted, this.#largestPiece), size)),
      first: this.#last + 1,
      ends: [],
    };
    this.#pieces.push(made);
    this.#count(sizeOf(made));
    return made;
  }

  /** Where the piece of an event is, by bisection. Readers are at the end most of the time. */
  #indexOf(number: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    if ((this.#pieces[high]?.first ?? 0) <= number) return high;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pieces[middle]?.first ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #count(change: number): void {
    this.#bytes += change;
    this.#onBytes(change);
  }
}

/** Where an event of a piece ends, by its index in it; 0 before the first. */
function endOf({ ends }: Piece, index: number): number {
  return (ends[index] ?? 0) >> 1;
}

function isChunkAt({ ends }: Piece, index: number): boolean {
  return ((ends[index] ?? 0) & 1) === 1;
}

function sizeOf({ bytes }: Piece): number {
  return bytes.length + Math.ceil(bytes.length / OVERHEAD_PART);
}
