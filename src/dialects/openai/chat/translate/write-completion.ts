import type { SseEvent } from '../../../../domain/stream-grammar.ts';
import type { Usage } from '../../../../domain/usage.ts';
import type { WriterContext } from '../../../neutral/api.ts';
import type { AnswerWriter, BlockEvent, BlockStart, FinishReason } from '../../../neutral/block-event.ts';
import { unwrapFreeform } from '../../../neutral/freeform-tool.ts';
import type { Opaque } from '../../../neutral/request.ts';
import { type AnswerHead, answerHead } from './answer-head.ts';
import { annotationOf } from './citations.ts';
import { writeFinish } from './finish-reasons.ts';
import { PendingSignature } from './pending-signature.ts';
import { extraContentOf } from './thought-signature.ts';
import { writeUsage } from './usage.ts';

/** A call that is put together. */
interface WrittenCall {
  readonly kind: 'call';
  readonly start: Extract<BlockStart, { readonly kind: 'call' }>;
  input: string;
  opaque: Opaque | undefined;
}

type OpenBlock =
  | { readonly kind: 'text'; readonly start: number }
  | { readonly kind: 'reasoning' | 'refusal' }
  | WrittenCall;

const NOTHING: readonly SseEvent[] = Object.freeze([]);

/** Writes a whole chat completion. */
export class CompletionWriter implements AnswerWriter {
  readonly #model: string;
  readonly #open = new Map<number, OpenBlock>();
  readonly #calls: WrittenCall[] = [];
  readonly #annotations: object[] = [];
  readonly #signature = new PendingSignature();
  #head: AnswerHead | undefined;
  #text = '';
  #reasoning = '';
  #refusal = '';
  #reason: FinishReason = 'stop';
  #usage: Usage | undefined;

  constructor({ model }: WriterContext) {
    this.#model = model;
  }

  write(event: BlockEvent): readonly SseEvent[] {
    switch (event.t) {
      case 'start':
        this.#head = answerHead(event, { prefix: 'chatcmpl-', model: this.#model });
        break;
      case 'open':
        this.#openBlock(event.i, event.block);
        break;
      case 'delta':
        this.#delta(this.#open.get(event.i), event.text);
        break;
      case 'opaque': {
        const block = this.#open.get(event.i);
        if (block?.kind === 'call') block.opaque = event.opaque;
        else this.#signature.add(event.opaque);
        break;
      }
      case 'cite': {
        const block = this.#open.get(event.i);
        if (block?.kind === 'text')
          this.#annotations.push(annotationOf(event.citation, { start: block.start, end: this.#text.length }));
        break;
      }
      case 'close':
        this.#open.delete(event.i);
        break;
      case 'finish':
        this.#reason = event.reason;
        break;
    }
    return NOTHING;
  }

  usage(usage: Usage): void {
    this.#usage = usage;
  }

  finish(): readonly SseEvent[] {
    return NOTHING;
  }

  whole(): object {
    const { id, created, model, serviceTier } =
      this.#head ?? answerHead({ t: 'start' }, { prefix: 'chatcmpl-', model: this.#model });
    return {
      id,
      object: 'chat.completion',
      created,
      model,
      choices: [
        {
          index: 0,
          message: this.#message(),
          logprobs: null,
          finish_reason: writeFinish(this.#reason, this.#refusal !== ''),
        },
      ],
      ...(this.#usage === undefined ? {} : { usage: writeUsage(this.#usage) }),
      ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
    };
  }

  #message(): object {
    const hasOther = this.#calls.length > 0 || this.#refusal !== '';
    const signature = this.#signature.take();
    return {
      role: 'assistant',
      content: this.#text === '' && hasOther ? null : this.#text,
      refusal: this.#refusal === '' ? null : this.#refusal,
      ...(this.#reasoning === '' ? {} : { reasoning_content: this.#reasoning }),
      ...(this.#calls.length === 0 ? {} : { tool_calls: this.#calls.map(toolCallOf) }),
      ...(this.#annotations.length === 0 ? {} : { annotations: this.#annotations }),
      ...(signature === undefined ? {} : { extra_content: extraContentOf(signature) }),
    };
  }

  #openBlock(i: number, block: BlockStart): void {
    switch (block.kind) {
      case 'text':
        this.#open.set(i, { kind: 'text', start: this.#text.length });
        break;
      case 'reasoning':
      case 'refusal':
        this.#open.set(i, { kind: block.kind });
        break;
      case 'call': {
        const call: WrittenCall = { kind: 'call', start: block, input: '', opaque: this.#signature.take() };
        this.#calls.push(call);
        this.#open.set(i, call);
        break;
      }
      case 'redacted':
      case 'foreign':
        break;
    }
  }

  #delta(block: OpenBlock | undefined, text: string): void {
    switch (block?.kind) {
      case 'text':
        this.#text += text;
        break;
      case 'reasoning':
        this.#reasoning += text;
        break;
      case 'refusal':
        this.#refusal += text;
        break;
      case 'call':
        block.input += text;
        break;
      case undefined:
        break;
    }
  }
}

function toolCallOf({ start: { id, name, freeform }, input, opaque }: WrittenCall): object {
  const signature = opaque === undefined ? {} : { extra_content: extraContentOf(opaque) };
  if (freeform) return { id, type: 'custom', custom: { name, input: unwrapFreeform(input) }, ...signature };
  return { id, type: 'function', function: { name, arguments: input === '' ? '{}' : input }, ...signature };
}
