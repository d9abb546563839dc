/** Smallest and largest size of a segment, in bytes. An event that is larger has a segment of its own. */
const FIRST_SEGMENT_BYTES = 4 * 1024;
const SEGMENT_BYTES = 64 * 1024;
/** The part of a segment's size that it takes beside its bytes, for the ends of its events. */
const OVERHEAD_PART = 16;

/** Events in one piece of memory. */
interface Segment {
  readonly bytes: Buffer;
  /** Number of its first event. */
  readonly first: number;
  /** Where each event ends. */
  readonly ends: number[];
}

/**
 * The last events of a run, as JSON texts, numbered from 1 without gaps. They are copied into few pieces of memory, so that many small events
 * cost little more than their bytes. The oldest are dropped by whole pieces.
 */
export class EventLog {
  readonly #segments: Segment[] = [];
  readonly #onBytes: (change: number) => void;
  #last = 0;
  #bytes = 0;

  /** `onBytes` is called when the memory that the log takes has changed, with the change in bytes: not for each event, but for each piece. */
  constructor(onBytes: (change: number) => void) {
    this.#onBytes = onBytes;
  }

  /** Number of the oldest event that is kept; one more than `last` when there is none. */
  get first(): number {
    return this.#segments[0]?.first ?? this.#last + 1;
  }

  /** Number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Memory that the events take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies an event, given in parts. Returns its number. */
  append(...parts: readonly Buffer[]): number {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const { bytes, ends } = this.#segmentFor(size);
    let at = ends.at(-1) ?? 0;
    for (const part of parts) at += part.copy(bytes, at);
    ends.push(at);
    return ++this.#last;
  }

  /** The events from number `from` on, oldest first, until they have `maxBytes` together: one at least, if there is any. They share memory with the log. */
  *from(from: number, maxBytes = Infinity): Generator<Buffer, void> {
    let bytes = 0;
    for (const segment of this.#segments.slice(this.#indexOf(from))) {
      const skipped = Math.max(0, from - segment.first);
      for (let index = skipped; index < segment.ends.length && bytes < maxBytes; index++) {
        const event = segment.bytes.subarray(segment.ends[index - 1] ?? 0, segment.ends[index]);
        bytes += event.length;
        yield event;
      }
    }
  }

  /** Drops the oldest piece; nothing where there is only one, because the newest event is always kept. */
  dropOldest(): boolean {
    if (this.#segments.length < 2) return false;
    const dropped = this.#segments.shift();
    if (dropped !== undefined) this.#count(-sizeOf(dropped));
    return true;
  }

  /** Drops everything. */
  clear(): void {
    this.#segments.length = 0;
    this.#count(-this.#bytes);
  }

  #segmentFor(size: number): Segment {
    const current = this.#segments.at(-1);
    if (current !== undefined && (current.ends.at(-1) ?? 0) + size <= current.bytes.length) return current;
    const wanted = current === undefined ? FIRST_SEGMENT_BYTES : Math.min(SEGMENT_BYTES, current.bytes.length * 2);
    const made = { bytes: Buffer.allocUnsafeSlow(Math.max(wanted, size)), first: this.#last + 1, ends: [] };
    this.#segments.push(made);
    this.#count(sizeOf(made));
    return made;
  }

  /** Where the segment of an event is, by bisection. */
  #indexOf(number: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#segments[middle]?.first ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #count(change: number): void {
    this.#bytes += change;
    this.#onBytes(change);
  }
}

function sizeOf({ bytes }: Segment): number {
  return bytes.length + Math.ceil(bytes.length / OVERHEAD_PART);
}
