import type { BlockEvent, BlockStart, Citation } from '../../neutral/block-event.ts';
import { wrapOpaque } from '../../neutral/opaque.ts';
import type { Opaque } from '../../neutral/request.ts';
import { CallItem } from './call-item.ts';
import { MessageItem } from './message-item.ts';
import type { NumberedEvents } from './numbered-events.ts';
import { ReasoningItem } from './reasoning-item.ts';
import type { ItemPlace, ItemStatus } from './written-item.ts';

/** What a block of an answer grows by. */
type Growth = Extract<BlockEvent, { readonly t: 'delta' | 'opaque' | 'cite' }>;

/** The block that is written as it grows. */
interface Live {
  readonly i: number;
  readonly kind: BlockStart['kind'];
  readonly call: CallItem | undefined;
  readonly reasoning: ReasoningItem | undefined;
  /** What signs a call. */
  opaque: Opaque | undefined;
}

/** A block that has begun while a call was written. */
interface Waiting {
  readonly i: number;
  readonly start: BlockStart;
  readonly growth: Growth[];
  closed: boolean;
}

/** What the output of a response is written with. */
export interface OutputOptions {
  readonly events: NumberedEvents;
  readonly suffix: string;
  /** Whether the client wants encrypted reasoning of OpenAI's own. */
  readonly encrypted: boolean;
}

/**
 * Writes blocks, which may grow in any order, as items that are added and done one after the other. A block begins with its first content. Text and reasoning
 * end where another block begins; a call is written to its end, and what begins meanwhile waits. Consecutive texts are parts of one message.
 */
export class OutputWriter {
  readonly #options: OutputOptions;
  /** Blocks that are open, whether or not anything is written of them. */
  readonly #open = new Map<number, BlockStart>();
  readonly #output: object[] = [];
  #message: MessageItem | undefined;
  #live: Live | undefined;
  /** Blocks that wait, from `#first` on. */
  #waiting: Waiting[] = [];
  #first = 0;
  /** The same by their numbers. */
  readonly #waitingBy = new Map<number, Waiting>();
  /** Whether a refusal was written. */
  hasRefusal = false;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** The items that are done. */
  get output(): readonly object[] {
    return this.#output;
  }

  open(i: number, start: BlockStart): void {
    if (start.kind === 'foreign') return;
    this.#open.set(i, start);
    if (start.kind === 'call' || start.kind === 'redacted') this.#begin(i, start);
  }

  grow(event: Growth): void {
    if (this.#live?.i === event.i) return this.#write(this.#live, event);
    const waiting = this.#waitingBy.get(event.i);
    if (waiting !== undefined) {
      waiting.growth.push(event);
      return;
    }
    const start = this.#open.get(event.i);
    if (start === undefined || start.kind === 'redacted' || !this.#isContent(start, event)) return;
    // A call that ended cannot go on: its block is open no more.
    if (start.kind === 'call') return;
    this.#begin(event.i, start);
    this.grow(event);
  }

  close(i: number): void {
    this.#open.delete(i);
    const waiting = this.#waitingBy.get(i);
    if (waiting !== undefined) waiting.closed = true;
    if (this.#live?.i !== i) return;
    this.#end('completed');
    this.#writeWaiting();
  }

  /** Ends everything. The status is that of the item which the end has cut. */
  finish(status: ItemStatus): void {
    for (const waiting of this.#waiting) waiting.closed = true;
    if (this.#live !== undefined) this.#end(this.#first < this.#waiting.length ? 'completed' : status);
    this.#writeWaiting();
    this.#endMessage(status);
    this.#open.clear();
  }

  #isContent(start: BlockStart, event: Growth): boolean {
    if (event.t === 'delta') return event.text !== '';
    if (event.t === 'cite') return start.kind === 'text';
    return start.kind === 'reasoning' && this.#isWritten(event.opaque);
  }

  #isWritten({ issuer }: Opaque): boolean {
    return issuer !== 'openai' || this.#options.encrypted;
  }

  #begin(i: number, start: BlockStart): void {
    if (this.#live?.kind === 'call') {
      const waiting = { i, start, growth: [], closed: start.kind === 'redacted' };
      this.#waiting.push(waiting);
      this.#waitingBy.set(i, waiting);
      return;
    }
    if (this.#live !== undefined) this.#end('completed');
    this.#beginNow(i, start);
  }

  #beginNow(i: number, start: BlockStart): void {
    const { kind } = start;
    if (kind === 'text' || kind === 'refusal') {
      this.hasRefusal ||= kind === 'refusal';
      (this.#message ??= new MessageItem(this.#place())).beginPart(kind);
      this.#live = { i, kind, call: undefined, reasoning: undefined, opaque: undefined };
      return;
    }
    this.#endMessage('completed');
    if (kind === 'redacted') return this.#writeOpaque(start.opaque);
    const call = kind === 'call' ? new CallItem(this.#place(), start) : undefined;
    const reasoning = kind === 'reasoning' ? new ReasoningItem(this.#place()) : undefined;
    this.#live = { i, kind, call, reasoning, opaque: undefined };
  }

  #write(live: Live, event: Growth): void {
    switch (event.t) {
      case 'delta':
        if (event.text !== '') (live.call ?? live.reasoning ?? this.#message)?.delta(event.text);
        break;
      case 'cite':
        this.#cite(live, event.citation);
        break;
      case 'opaque':
        if (live.reasoning === undefined) live.opaque = event.opaque;
        else this.#sign(live.reasoning, event.opaque);
        break;
    }
  }

  #cite({ kind }: Live, citation: Citation): void {
    if (kind === 'text') this.#message?.cite(citation);
  }

  #sign(reasoning: ReasoningItem, opaque: Opaque): void {
    if (!this.#isWritten(opaque)) return;
    if (opaque.issuer !== 'openai') reasoning.beginPart();
    reasoning.encrypted(wrapOpaque(opaque, 'openai'));
  }

  #end(status: ItemStatus): void {
    const live = this.#live;
    this.#live = undefined;
    if (live?.call !== undefined) {
      this.#output.push(live.call.end(status));
      // An item of its own, because a call has no place for it.
      if (live.opaque !== undefined) this.#writeOpaque(live.opaque);
    } else if (live?.reasoning !== undefined) this.#output.push(live.reasoning.end());
    else this.#message?.endPart();
  }

  #endMessage(status: ItemStatus): void {
    const message = this.#message;
    this.#message = undefined;
    if (message !== undefined) this.#output.push(message.end(status));
  }

  #writeOpaque(opaque: Opaque): void {
    if (!this.#isWritten(opaque)) return;
    const item = new ReasoningItem(this.#place());
    item.encrypted(wrapOpaque(opaque, 'openai'));
    this.#output.push(item.end());
  }

  /** Writes what has waited, up to the next call that is still open. */
  #writeWaiting(): void {
    const waiting = this.#waiting;
    while (this.#first < waiting.length) {
      const each = waiting[this.#first++];
      if (each === undefined) break;
      this.#waitingBy.delete(each.i);
      this.#beginNow(each.i, each.start);
      const live = this.#live;
      if (live !== undefined) for (const event of each.growth) this.#write(live, event);
      if (live === undefined) continue;
      const isLast = this.#first === waiting.length;
      if (each.closed || (live.kind !== 'call' && !isLast)) this.#end('completed');
      else break;
    }
    if (this.#first < waiting.length) return;
    this.#waiting = [];
    this.#first = 0;
  }

  #place(): ItemPlace {
    const { events, suffix } = this.#options;
    return { events, index: this.#output.length, suffix };
  }
}
