import { wrapOpaque } from '../../neutral/opaque.ts';
import type { BlockStart } from '../../neutral/block-event.ts';
import type { Opaque } from '../../neutral/request.ts';
import type { DeltaType, EventOutput } from './event-output.ts';

/** A block of the answer, as it arrives. */
interface Slot {
  readonly start: BlockStart;
  /** What has arrived and is not written. */
  readonly waiting: Piece[];
  /** Whether it stands in the line of blocks that wait for the floor. */
  queued: boolean;
  closed: boolean;
  /** Whether a block of the message was begun for it. */
  begun: boolean;
  /** What a call is signed with. */
  signature: Opaque | undefined;
}

/** A piece of a block: text, or an opaque value. */
type Piece = string | Opaque;

/** A block of the message that is open. */
interface Open {
  readonly index: number;
  readonly slot: Slot;
  /** No delta may follow a signature. */
  signed: boolean;
}

/**
 * Writes blocks that may grow at the same time as blocks one after the other. A text or reasoning block gives way to any other block, and goes on in a new
 * one; a call keeps the floor until it is closed, and what arrives for others meanwhile waits. A block begins with its first piece, so that none is empty.
 */
export class BlockWriter {
  readonly #output: EventOutput;
  readonly #slots = new Map<number, Slot>();
  /** Blocks that wait for the floor, from `#first` on. */
  readonly #line: Slot[] = [];
  #first = 0;
  #open: Open | undefined;
  #count = 0;

  constructor(output: EventOutput) {
    this.#output = output;
  }

  /** A block begins. */
  open(i: number, start: BlockStart): void {
    const slot: Slot = { start, waiting: [], queued: false, closed: false, begun: false, signature: undefined };
    this.#slots.set(i, slot);
    if (isWhole(start) || start.kind === 'call') this.#advance(slot);
  }

  /** A piece of a block. */
  add(i: number, piece: Piece): void {
    const slot = this.#slots.get(i);
    if (slot === undefined || isWhole(slot.start) || piece === '') return;
    if (typeof piece !== 'string' && slot.start.kind !== 'reasoning' && slot.start.kind !== 'call') return;
    if (this.#open?.slot === slot && slot.waiting.length === 0) return this.#write(slot, piece);
    slot.waiting.push(piece);
    this.#advance(slot);
  }

  /** A block is over. */
  close(i: number): void {
    const slot = this.#slots.get(i);
    if (slot === undefined) return;
    this.#slots.delete(i);
    slot.closed = true;
    if (this.#open?.slot !== slot) return;
    this.#stop();
    this.#next();
  }

  /** All blocks are over. */
  closeAll(): void {
    for (const slot of this.#slots.values()) slot.closed = true;
    this.#slots.clear();
    this.#stop();
    this.#next();
  }

  /** Writes a block's pieces, or lets it wait. */
  #advance(slot: Slot): void {
    if (this.#open?.slot === slot) return this.#flush(slot);
    if (this.#open?.slot.start.kind !== 'call' && this.#line.length === 0) {
      this.#stop();
      this.#flush(slot);
    } else if (!slot.queued) {
      slot.queued = true;
      this.#line.push(slot);
    }
  }

  /** Writes the blocks that wait, in order, as far as one keeps the floor. */
  #next(): void {
    while (this.#open?.slot.start.kind !== 'call') {
      const slot = this.#line[this.#first];
      if (slot === undefined) break;
      this.#first++;
      slot.queued = false;
      this.#stop();
      this.#flush(slot);
      if (slot.closed) this.#stop();
    }
    if (this.#first < this.#line.length) return;
    this.#line.length = 0;
    this.#first = 0;
  }

  /** Writes what waits in a block, which takes the floor. */
  #flush(slot: Slot): void {
    if (isWhole(slot.start)) return this.#writeWhole(slot.start);
    if (slot.start.kind === 'call' && !slot.begun) this.#begin(slot);
    for (const piece of slot.waiting.splice(0)) this.#write(slot, piece);
  }

  #write(slot: Slot, piece: Piece): void {
    const { start } = slot;
    if (start.kind === 'call' && typeof piece !== 'string') {
      slot.signature = piece;
      return;
    }
    if (this.#open?.slot !== slot || this.#open.signed) {
      this.#stop();
      this.#begin(slot);
    }
    const open = this.#open;
    const delta = DELTAS[start.kind];
    if (open === undefined || delta === undefined) return;
    if (typeof piece === 'string') {
      const text = isFreeform(start) ? JSON.stringify(piece).slice(1, -1) : piece;
      return this.#output.addDelta(open.index, delta, text);
    }
    this.#output.addDelta(open.index, 'signature_delta', wrapOpaque(piece, 'anthropic'));
    open.signed = true;
  }

  #begin(slot: Slot): void {
    this.#open = { index: this.#count, slot, signed: false };
    slot.begun = true;
    this.#start(startOf(slot.start));
    if (isFreeform(slot.start)) this.#output.addDelta(this.#open.index, 'input_json_delta', BEFORE_RAW_TEXT);
  }

  #start(block: object): void {
    this.#output.add('content_block_start', { index: this.#count, content_block: block });
    this.#count++;
  }

  #stop(): void {
    if (this.#open === undefined) return;
    const { index, slot } = this.#open;
    if (isFreeform(slot.start)) this.#output.addDelta(index, 'input_json_delta', AFTER_RAW_TEXT);
    this.#output.add('content_block_stop', { index });
    this.#open = undefined;
    // A call has no member for its signature, so that stands behind it.
    if (slot.signature !== undefined) this.#writeWhole({ kind: 'redacted', opaque: slot.signature });
  }

  /** A block that is whole when it begins. */
  #writeWhole(start: Whole): void {
    this.#stop();
    const index = this.#count;
    if (start.kind === 'foreign') {
      // Other APIs' items have no form here.
      if (start.family !== 'anthropic') return;
      this.#start(start.value);
    } else if (start.opaque.issuer === 'anthropic')
      this.#start({ type: 'redacted_thinking', data: start.opaque.value });
    else {
      this.#start(startOf({ kind: 'reasoning' }));
      this.#output.addDelta(index, 'signature_delta', wrapOpaque(start.opaque, 'anthropic'));
    }
    this.#output.add('content_block_stop', { index });
  }
}

type Whole = Extract<BlockStart, { readonly kind: 'redacted' | 'foreign' }>;

function isWhole(start: BlockStart): start is Whole {
  return start.kind === 'redacted' || start.kind === 'foreign';
}

/** Undefined for blocks without deltas. */
const DELTAS: Readonly<Record<BlockStart['kind'], DeltaType | undefined>> = Object.freeze({
  text: 'text_delta',
  refusal: 'text_delta',
  reasoning: 'thinking_delta',
  call: 'input_json_delta',
  redacted: undefined,
  foreign: undefined,
});

/** Around the raw text of a freeform call, which is JSON in this API. */
const BEFORE_RAW_TEXT = '{"input":"';
const AFTER_RAW_TEXT = '"}';

/** Whether it is a call whose input is raw text. */
function isFreeform(start: BlockStart): boolean {
  return start.kind === 'call' && start.freeform;
}

/** A block before its first delta. A refusal is text here: the reason to stop says that it is one. */
function startOf(start: BlockStart): object {
  switch (start.kind) {
    case 'call':
      return { type: 'tool_use', id: start.id, name: start.name, input: {}, caller: { type: 'direct' } };
    case 'reasoning':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'text':
    case 'refusal':
    case 'redacted':
    case 'foreign':
      return { type: 'text', text: '', citations: null };
    // no default
  }
}
