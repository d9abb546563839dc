import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { mergeUsage, type RawUsage } from './usage.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A block that is being put together. */
interface FoldedBlock {
  readonly start: Fields;
  readonly text: string[];
  readonly thinking: string[];
  readonly input: string[];
  readonly citations: unknown[];
  signature: string | undefined;
}

/** Puts a message together from the values of its stream's events. */
export class MessageFold {
  #message: Fields | undefined;
  #usage: RawUsage = {};
  #end: Fields = {};
  readonly #blocks = new Map<number, FoldedBlock>();

  /** Adds an event; one that is no part of the message changes nothing. */
  add(event: Fields): void {
    const index = typeof event['index'] === 'number' ? event['index'] : 0;
    switch (event['type']) {
      case 'message_start':
        return this.#start(fieldsOf(event['message']));
      case 'content_block_start':
        this.#blocks.set(index, emptyBlock(fieldsOf(event['content_block'])));
        return;
      case 'content_block_delta':
        return this.#addDelta(index, fieldsOf(event['delta']));
      case 'message_delta': {
        const { type: _type, delta, usage, ...more } = event;
        this.#end = { ...this.#end, ...more, ...fieldsOf(delta) };
        this.#usage = mergeUsage(this.#usage, usage);
        return;
      }
      default:
        return undefined;
    }
  }

  /** The message so far; undefined before its first event. */
  message(): object | undefined {
    if (this.#message === undefined) return undefined;
    const order = [...this.#blocks].toSorted(([a], [b]) => a - b);
    const content = order.map(([, block]) => contentOf(block));
    return { ...this.#message, content, ...this.#end, usage: this.#usage };
  }

  #start({ content, usage, ...message }: Fields): void {
    this.#message = message;
    this.#usage = mergeUsage(this.#usage, usage);
    const blocks = Array.isArray(content) ? content.map(fieldsOf) : [];
    for (const [index, block] of blocks.entries()) this.#blocks.set(index, emptyBlock(block));
  }

  #addDelta(index: number, delta: Fields): void {
    let block = this.#blocks.get(index);
    if (block === undefined) {
      // Some servers leave the start out.
      block = emptyBlock(startFor(delta));
      this.#blocks.set(index, block);
    }
    const { text, thinking, partial_json: json, signature, citation } = delta;
    if (typeof text === 'string') block.text.push(text);
    if (typeof thinking === 'string') block.thinking.push(thinking);
    if (typeof json === 'string') block.input.push(json);
    if (typeof signature === 'string') block.signature = signature;
    if (isRecord(citation)) block.citations.push(citation);
  }
}

function emptyBlock(start: Fields): FoldedBlock {
  return { start, text: [], thinking: [], input: [], citations: [], signature: undefined };
}

function startFor(delta: Fields): Fields {
  return delta['type'] === 'text_delta'
    ? { type: 'text', text: '' }
    : { type: 'thinking', thinking: '', signature: '' };
}

function contentOf({ start, text, thinking, input, citations, signature }: FoldedBlock): object {
  const block: Record<string, unknown> = { ...start };
  if (text.length > 0) block['text'] = textOf(start['text']) + text.join('');
  if (thinking.length > 0) block['thinking'] = textOf(start['thinking']) + thinking.join('');
  if (signature !== undefined) block['signature'] = signature;
  if (citations.length > 0)
    block['citations'] = [...(Array.isArray(start['citations']) ? start['citations'] : []), ...citations];
  const json = input.join('');
  if (json !== '') block['input'] = inputOf(json);
  return block;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * The input of a call as an object. One that is no JSON object is wrapped, as Anthropic advises for a call that is sent back
 * (https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming).
 */
export function inputOf(json: string): Fields {
  const value = json.trim() === '' ? {} : parseJson(json);
  return isRecord(value) ? value : { INVALID_JSON: json };
}
