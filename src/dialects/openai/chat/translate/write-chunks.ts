import type { SseEvent } from '../../../../domain/stream-grammar.ts';
import type { Usage } from '../../../../domain/usage.ts';
import { bareEvent } from '../../../../sse/framing.ts';
import type { WriterContext } from '../../../neutral/api.ts';
import type { AnswerWriter, BlockEvent, BlockStart, FinishReason } from '../../../neutral/block-event.ts';
import { unwrapFreeform } from '../../../neutral/freeform-tool.ts';
import type { Opaque } from '../../../neutral/request.ts';
import { requestsUsage } from '../../stream-fields.ts';
import { answerHead } from './answer-head.ts';
import { annotationOf } from './citations.ts';
import { writeFinish } from './finish-reasons.ts';
import { PendingSignature } from './pending-signature.ts';
import { extraContentOf } from './thought-signature.ts';
import { writeUsage } from './usage.ts';

/** A block that is open, and what its deltas become. */
type OpenBlock =
  | { readonly kind: 'text'; readonly start: number }
  | { readonly kind: 'reasoning' | 'refusal' | 'none' }
  | { readonly kind: 'call'; readonly index: number; hasInput: boolean }
  /** Its input is written once it is whole: it may be wrapped. */
  | { readonly kind: 'freeform'; readonly index: number; input: string };

const NOTHING: readonly SseEvent[] = Object.freeze([]);
const START = Object.freeze({ t: 'start' } as const);

/** Writes the chunks of a chat completion. */
export class ChunkWriter implements AnswerWriter {
  readonly #model: string;
  readonly #wantsUsage: boolean;
  readonly #open = new Map<number, OpenBlock>();
  readonly #signature = new PendingSignature();
  /** The JSON of a chunk before its choices, and after them. */
  #before = '';
  #after = '}';
  #hasRole = false;
  #calls = 0;
  #textChars = 0;
  #refused = false;
  #reason: FinishReason = 'stop';
  #usage: Usage | undefined;

  constructor({ call, model }: WriterContext) {
    this.#model = model;
    this.#wantsUsage = requestsUsage(call);
  }

  write(event: BlockEvent): readonly SseEvent[] {
    switch (event.t) {
      case 'start':
        // A head that is repeated must not rename the answer.
        if (this.#before === '') this.#start(event);
        return NOTHING;
      case 'open':
        return this.#openBlock(event.i, event.block);
      case 'delta':
        return this.#delta(this.#open.get(event.i), event.text);
      case 'opaque':
        return this.#opaque(this.#open.get(event.i), event.opaque);
      case 'cite': {
        const block = this.#open.get(event.i);
        if (block?.kind !== 'text') return NOTHING;
        const annotation = annotationOf(event.citation, { start: block.start, end: this.#textChars });
        return [this.#chunk(JSON.stringify({ annotations: [annotation] }))];
      }
      case 'close':
        return this.#close(event.i);
      case 'finish':
        this.#reason = event.reason;
        return [...this.#open.keys()].flatMap((i) => this.#close(i));
    }
  }

  usage(usage: Usage): void {
    this.#usage = usage;
  }

  finish(): readonly SseEvent[] {
    const events = this.#role('');
    const signature = this.#signature.take();
    if (signature !== undefined) events.push(this.#chunk(JSON.stringify({ extra_content: extraContentOf(signature) })));
    events.push(this.#chunk('{}', JSON.stringify(writeFinish(this.#reason, this.#refused))));
    if (this.#wantsUsage && this.#usage !== undefined)
      events.push(bareEvent(`${this.#before}[],"usage":${JSON.stringify(writeUsage(this.#usage))}}`));
    return events;
  }

  /** A stream is written in chunks alone. */
  whole(): object {
    return {};
  }

  #start(event: Extract<BlockEvent, { readonly t: 'start' }>): void {
    const { id, created, model, serviceTier } = answerHead(event, { prefix: 'chatcmpl-', model: this.#model });
    const tier = serviceTier === undefined ? {} : { service_tier: serviceTier };
    const head = JSON.stringify({ id, object: 'chat.completion.chunk', created, model, ...tier });
    this.#before = `${head.slice(0, -1)},"choices":`;
    // Where the usage is requested, OpenAI sends the member in every chunk.
    this.#after = this.#wantsUsage ? ',"usage":null}' : '}';
  }

  #openBlock(i: number, block: BlockStart): SseEvent[] {
    switch (block.kind) {
      case 'text':
        this.#open.set(i, { kind: 'text', start: this.#textChars });
        return this.#role('');
      case 'refusal':
        this.#refused = true;
        this.#open.set(i, { kind: 'refusal' });
        return this.#role(null);
      case 'reasoning':
        this.#open.set(i, { kind: 'reasoning' });
        return this.#role(null);
      case 'call':
        return [...this.#role(null), this.#openCall(i, block)];
      case 'redacted':
      case 'foreign':
        this.#open.set(i, { kind: 'none' });
        return [];
    }
  }

  #openCall(i: number, { id, name, freeform }: Extract<BlockStart, { readonly kind: 'call' }>): SseEvent {
    const index = this.#calls++;
    if (freeform) this.#open.set(i, { kind: 'freeform', index, input: '' });
    else this.#open.set(i, { kind: 'call', index, hasInput: false });
    const signature = this.#signature.take();
    const call = {
      index,
      id,
      ...(freeform
        ? { type: 'custom', custom: { name, input: '' } }
        : { type: 'function', function: { name, arguments: '' } }),
      ...(signature === undefined ? {} : { extra_content: extraContentOf(signature) }),
    };
    return this.#chunk(JSON.stringify({ tool_calls: [call] }));
  }

  #delta(block: OpenBlock | undefined, text: string): readonly SseEvent[] {
    switch (block?.kind) {
      case 'text':
        this.#textChars += text.length;
        return [this.#chunk(`{"content":${JSON.stringify(text)}}`)];
      case 'reasoning':
        return [this.#chunk(`{"reasoning_content":${JSON.stringify(text)}}`)];
      case 'refusal':
        return [this.#chunk(`{"refusal":${JSON.stringify(text)}}`)];
      case 'call':
        block.hasInput ||= text !== '';
        return [this.#argumentsChunk(block.index, text)];
      case 'freeform':
        block.input += text;
        return NOTHING;
      case 'none':
      case undefined:
        return NOTHING;
    }
  }

  #opaque(block: OpenBlock | undefined, opaque: Opaque): readonly SseEvent[] {
    if (block?.kind !== 'call' && block?.kind !== 'freeform') {
      this.#signature.add(opaque);
      return NOTHING;
    }
    const call = { index: block.index, extra_content: extraContentOf(opaque) };
    return [this.#chunk(JSON.stringify({ tool_calls: [call] }))];
  }

  #close(i: number): readonly SseEvent[] {
    const block = this.#open.get(i);
    this.#open.delete(i);
    if (block?.kind === 'call' && !block.hasInput) return [this.#argumentsChunk(block.index, '{}')];
    if (block?.kind !== 'freeform' || block.input === '') return NOTHING;
    const call = { index: block.index, custom: { input: unwrapFreeform(block.input) } };
    return [this.#chunk(JSON.stringify({ tool_calls: [call] }))];
  }

  /** The first chunk, once: it has the role. `content`: null before anything but a text. */
  #role(content: '' | null): SseEvent[] {
    if (this.#hasRole) return [];
    this.#hasRole = true;
    if (this.#before === '') this.#start(START);
    return [this.#chunk(JSON.stringify({ role: 'assistant', content }))];
  }

  #argumentsChunk(index: number, text: string): SseEvent {
    return this.#chunk(`{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(text)}}}]}`);
  }

  #chunk(delta: string, reason = 'null'): SseEvent {
    return bareEvent(
      `${this.#before}[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}]${this.#after}`,
    );
  }
}
