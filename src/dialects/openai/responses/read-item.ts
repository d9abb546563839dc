import { fieldsOf } from '../../../lib/record.ts';
import type { BlockEvent, BlockStart } from '../../neutral/block-event.ts';
import { unwrapOpaque } from '../../neutral/opaque.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Takes block events, and numbers the blocks of an answer. */
export class BlockLog {
  #events: BlockEvent[] = [];
  #blocks = 0;
  /** Whether a refusal has come in a part of its own. */
  hasRefusal = false;

  open(block: BlockStart): number {
    const i = this.#blocks++;
    this.hasRefusal ||= block.kind === 'refusal';
    this.#events.push({ t: 'open', i, block });
    return i;
  }

  add(event: BlockEvent): void {
    this.#events.push(event);
  }

  /** The events since the last time. */
  take(): readonly BlockEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** A block that is read. */
interface ReadBlock {
  readonly i: number;
  /** Characters of its text so far. */
  length: number;
  citations: number;
  open: boolean;
}

/**
 * One item of a response, read from its deltas and from what its later events repeat. Whatever the deltas have not given is read from the event that
 * has it whole: some servers send no deltas.
 */
export class ReadItem {
  readonly #log: BlockLog;
  /** The blocks of a message's parts, by their index; of any other item there is one, at 0. */
  readonly #blocks = new Map<number, ReadBlock>();
  /** The summary part or the text of reasoning that grows, and all that have. */
  #part: string | undefined;
  readonly #parts = new Set<string>();
  #isDone = false;

  constructor(log: BlockLog) {
    this.#log = log;
  }

  /** The item was announced: a call begins, everything else with its first text. */
  added(item: Fields): void {
    const { type } = item;
    if (type === 'function_call' || type === 'custom_tool_call') this.#call(item);
  }

  /** A piece of a part of a message. */
  part(index: number, kind: 'text' | 'refusal', text: string): void {
    if (text !== '') this.#grow(this.#blocks.get(index) ?? this.#open(index, { kind }), text);
  }

  /** A whole part, of which the deltas may have given everything. */
  wholePart(index: number, part: Fields): void {
    const kind = part['type'] === 'refusal' ? 'refusal' : 'text';
    const text = part[kind];
    if (typeof text !== 'string') return;
    const known = this.#blocks.get(index);
    if (known === undefined && text === '') return;
    const block = known ?? this.#open(index, { kind });
    this.#rest(block, text);
    const annotations: readonly unknown[] = Array.isArray(part['annotations']) ? part['annotations'] : [];
    for (const annotation of annotations.slice(block.citations)) this.cite(index, fieldsOf(annotation));
  }

  cite(index: number, annotation: Fields): void {
    const block = this.#blocks.get(index);
    if (block === undefined || !block.open) return;
    block.citations++;
    const { type, url, title, start_index: start, end_index: end } = annotation;
    if (type !== 'url_citation' || typeof url !== 'string') return;
    const citation = { url, title: textOf(title), start: numberOf(start), end: numberOf(end) };
    this.#log.add({ t: 'cite', i: block.i, citation });
  }

  /** A piece of the input of a call that was announced; the input of any other comes with its end. */
  input(text: string): void {
    const block = this.#blocks.get(0);
    if (block !== undefined) this.#grow(block, text);
  }

  wholeInput(text: unknown): void {
    const block = this.#blocks.get(0);
    if (block !== undefined && typeof text === 'string') this.#rest(block, text);
  }

  /** A piece of reasoning. `part`: the summary part or text that it belongs to; parts are apart by a blank line. */
  reasoning(part: string, text: string): void {
    if (text === '') return;
    const block = this.#blocks.get(0) ?? this.#open(0, { kind: 'reasoning' });
    if (this.#part === part) return this.#grow(block, text);
    const isFirst = this.#part === undefined;
    this.#part = part;
    this.#parts.add(part);
    this.#grow(block, isFirst ? text : `\n\n${text}`);
  }

  /** A whole part of reasoning; nothing where its deltas have come. */
  wholeReasoning(part: string, text: unknown): void {
    if (!this.#parts.has(part) && typeof text === 'string') this.reasoning(part, text);
  }

  /** The item as a whole. */
  done(item: Fields): void {
    if (this.#isDone) return;
    const { type } = item;
    switch (type) {
      case 'message':
        for (const [index, part] of partsOf(item['content'])) this.wholePart(index, part);
        break;
      case 'function_call':
      case 'custom_tool_call':
        if (!this.#blocks.has(0)) this.#call(item);
        this.wholeInput(item[type === 'function_call' ? 'arguments' : 'input']);
        break;
      case 'reasoning':
        this.#reasoningDone(item);
        break;
      default:
        if (typeof type === 'string') this.#open(0, { kind: 'foreign', family: 'openai', value: item });
    }
    this.#isDone = true;
    this.close();
  }

  /** Closes what is open of it. */
  close(): void {
    for (const block of this.#blocks.values()) {
      if (block.open) this.#log.add({ t: 'close', i: block.i });
      block.open = false;
    }
  }

  /** A part of a message is whole. */
  closePart(index: number): void {
    const block = this.#blocks.get(index);
    if (block === undefined || !block.open) return;
    block.open = false;
    this.#log.add({ t: 'close', i: block.i });
  }

  #reasoningDone(item: Fields): void {
    const { encrypted_content: content } = item;
    if (!this.#blocks.has(0)) {
      for (const [index, { text }] of partsOf(item['summary'])) this.wholeReasoning(`summary ${index}`, text);
      for (const [index, { text }] of partsOf(item['content'])) this.wholeReasoning(`text ${index}`, text);
    }
    if (typeof content !== 'string' || content === '') return;
    const opaque = unwrapOpaque(content, 'openai');
    const block = this.#blocks.get(0);
    if (block === undefined) this.#open(0, { kind: 'redacted', opaque });
    else this.#log.add({ t: 'opaque', i: block.i, opaque });
  }

  #call({ type, call_id: callId, id, name, namespace }: Fields): void {
    this.#open(0, {
      kind: 'call',
      id: textOf(callId) ?? textOf(id) ?? '',
      name: textOf(name) ?? '',
      ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
      freeform: type === 'custom_tool_call',
    });
  }

  #open(index: number, start: BlockStart): ReadBlock {
    const block = { i: this.#log.open(start), length: 0, citations: 0, open: true };
    this.#blocks.set(index, block);
    return block;
  }

  #rest(block: ReadBlock, whole: string): void {
    if (whole.length > block.length) this.#grow(block, whole.slice(block.length));
  }

  #grow(block: ReadBlock, text: string): void {
    if (!block.open || text === '') return;
    block.length += text.length;
    this.#log.add({ t: 'delta', i: block.i, text });
  }
}

function partsOf(parts: unknown): readonly (readonly [number, Fields])[] {
  return Array.isArray(parts) ? parts.map((part, index) => [index, fieldsOf(part)] as const) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
