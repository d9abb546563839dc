import type { SseEvent } from '../../../domain/stream-grammar.ts';
import type { Usage } from '../../../domain/usage.ts';
import { bareEvent } from '../../../sse/framing.ts';
import type { WriterContext } from '../../neutral/api.ts';
import type { AnswerWriter, BlockEvent, FinishReason } from '../../neutral/block-event.ts';
import { type AnswerHead, answerHead } from '../chat/translate/answer-head.ts';
import { writeUsage } from '../chat/translate/usage.ts';
import { requestsUsage } from '../stream-fields.ts';

const NOTHING: readonly SseEvent[] = Object.freeze([]);

/** Writes a completion of the older API: the texts of an answer, and nothing else of it. */
export class TextWriter implements AnswerWriter {
  readonly #context: WriterContext;
  /** Indexes of the blocks whose text is written. */
  readonly #texts = new Set<number>();
  #head: AnswerHead | undefined;
  /** The JSON of a chunk before its choices. */
  #before = '';
  #after = '}';
  #text = '';
  #reason: FinishReason = 'stop';
  #usage: Usage | undefined;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  write(event: BlockEvent): readonly SseEvent[] {
    switch (event.t) {
      case 'start':
        if (this.#head === undefined) this.#start(event);
        return NOTHING;
      case 'open':
        if (event.block.kind === 'text' || event.block.kind === 'refusal') this.#texts.add(event.i);
        return NOTHING;
      case 'delta':
        if (!this.#texts.has(event.i)) return NOTHING;
        if (this.#context.call.stream) return [this.#chunk(event.text, 'null')];
        this.#text += event.text;
        return NOTHING;
      case 'finish':
        this.#reason = event.reason;
        return NOTHING;
      case 'opaque':
      case 'cite':
      case 'close':
        return NOTHING;
    }
  }

  usage(usage: Usage): void {
    this.#usage = usage;
  }

  finish(): readonly SseEvent[] {
    if (!this.#context.call.stream) return NOTHING;
    const last = this.#chunk('', JSON.stringify(finishOf(this.#reason)));
    if (this.#usage === undefined || !requestsUsage(this.#context.call)) return [last];
    return [last, bareEvent(`${this.#before}[],"usage":${JSON.stringify(writeUsage(this.#usage))}}`)];
  }

  whole(): object {
    const { id, created, model } = this.#head ?? this.#start({ t: 'start' });
    return {
      id,
      object: 'text_completion',
      created,
      model,
      choices: [{ text: this.#text, index: 0, logprobs: null, finish_reason: finishOf(this.#reason) }],
      ...(this.#usage === undefined ? {} : { usage: writeUsage(this.#usage) }),
    };
  }

  #start(event: Extract<BlockEvent, { readonly t: 'start' }>): AnswerHead {
    const head = answerHead(event, { prefix: 'cmpl-', model: this.#context.model });
    const { id, created, model } = head;
    this.#head = head;
    this.#before = `${JSON.stringify({ id, object: 'text_completion', created, model }).slice(0, -1)},"choices":`;
    this.#after = requestsUsage(this.#context.call) ? ',"usage":null}' : '}';
    return head;
  }

  #chunk(text: string, reason: string): SseEvent {
    if (this.#head === undefined) this.#start({ t: 'start' });
    const choice = `{"text":${JSON.stringify(text)},"index":0,"logprobs":null,"finish_reason":${reason}}`;
    return bareEvent(`${this.#before}[${choice}]${this.#after}`);
  }
}

function finishOf(reason: FinishReason): string {
  switch (reason) {
    case 'length':
    case 'context_window':
      return 'length';
    case 'filter':
    case 'refusal':
      return 'content_filter';
    case 'stop':
    case 'stop_sequence':
    case 'tools':
    case 'pause':
      return 'stop';
  }
}
