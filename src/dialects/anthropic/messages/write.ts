import type { SseEvent } from '../../../domain/stream-grammar.ts';
import type { Usage } from '../../../domain/usage.ts';
import { createRandomHex } from '../../../lib/ids.ts';
import { estimateUsage } from '../../../operations/estimate-usage.ts';
import type { WriterContext } from '../../neutral/api.ts';
import type { AnswerWriter, BlockEvent, FinishReason } from '../../neutral/block-event.ts';
import { createEventOutput, type EventOutput } from './event-output.ts';
import { BlockWriter } from './write-blocks.ts';

type BlockOf<Kind extends BlockEvent['t']> = Extract<BlockEvent, { readonly t: Kind }>;

const STOP_REASONS: Readonly<Record<FinishReason, string>> = Object.freeze({
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  tools: 'tool_use',
  length: 'max_tokens',
  context_window: 'model_context_window_exceeded',
  refusal: 'refusal',
  filter: 'refusal',
  pause: 'pause_turn',
});
const SERVICE_TIERS: ReadonlySet<string> = new Set(['standard', 'priority', 'batch']);
const newDigits = createRandomHex(24);

/** Makes the writer of one answer in the Messages API. */
export function createMessageWriter(context: WriterContext): AnswerWriter {
  return new MessageWriter(context);
}

class MessageWriter implements AnswerWriter {
  readonly #context: WriterContext;
  readonly #output: EventOutput;
  readonly #blocks: BlockWriter;
  #usage: Usage | undefined;
  #hasStarted = false;
  #finish: BlockOf<'finish'> | undefined;
  #serviceTier: string | undefined;
  /** Characters of output, by which its tokens are estimated where the provider counts none. */
  #characters = 0;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#output = createEventOutput(context.call);
    this.#blocks = new BlockWriter(this.#output);
  }

  write(event: BlockEvent): readonly SseEvent[] {
    if (!this.#hasStarted) this.#start(event.t === 'start' ? event : { t: 'start' });
    switch (event.t) {
      case 'open':
        this.#blocks.open(event.i, event.block);
        break;
      case 'delta':
        this.#characters += event.text.length;
        this.#blocks.add(event.i, event.text);
        break;
      case 'opaque':
        this.#blocks.add(event.i, event.opaque);
        break;
      case 'close':
        this.#blocks.close(event.i);
        break;
      case 'finish':
        this.#finish = event;
        this.#blocks.closeAll();
        break;
      case 'start':
      case 'cite':
        // A citation of the web needs what only Anthropic's own search gives.
        break;
      // no default
    }
    return this.#output.take();
  }

  usage(usage: Usage): void {
    this.#usage = usage;
  }

  finish(): readonly SseEvent[] {
    if (!this.#hasStarted) this.#start({ t: 'start' });
    this.#blocks.closeAll();
    const { reason = 'stop', stopSequence = null, stopDetails = null } = this.#finish ?? {};
    this.#output.add('message_delta', {
      delta: {
        stop_reason: STOP_REASONS[reason],
        stop_sequence: stopSequence,
        stop_details: stopDetails,
        container: null,
      },
      usage: this.#finalUsage(),
    });
    this.#output.add('message_stop', {});
    return this.#output.take();
  }

  whole(): object {
    return this.#output.message();
  }

  #start({ id, model, serviceTier }: BlockOf<'start'>): void {
    this.#hasStarted = true;
    this.#serviceTier = serviceTier !== undefined && SERVICE_TIERS.has(serviceTier) ? serviceTier : undefined;
    this.#output.add('message_start', {
      message: {
        id: id?.startsWith('msg_') === true ? id : `msg_${newDigits()}`,
        type: 'message',
        role: 'assistant',
        model: model ?? this.#context.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        stop_details: null,
        container: null,
        diagnostics: null,
        usage: {
          ...this.#inputCounts(),
          cache_creation: null,
          output_tokens: 1,
          server_tool_use: null,
          service_tier: this.#serviceTier ?? null,
        },
      },
    });
  }

  /** Coding agents show the first count of the input with every message, so it is never 0. */
  #inputCounts(): object {
    const { input, cachedInput = 0, cacheWrite = 0 } = this.#usage ?? {};
    const whole = input ?? Math.max(1, this.#context.call.content.inputTokens);
    return {
      input_tokens: Math.max(0, whole - cachedInput - cacheWrite),
      cache_creation_input_tokens: cacheWrite,
      cache_read_input_tokens: cachedInput,
    };
  }

  #finalUsage(): object {
    const { output, reasoning } = this.#usage ?? {};
    return {
      ...this.#inputCounts(),
      output_tokens: output ?? estimateUsage(this.#context.call, this.#characters).output ?? 0,
      ...(reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoning } }),
    };
  }
}
