import type { GatewayError } from '../../../domain/errors.ts';
import type { SseEvent } from '../../../domain/stream-grammar.ts';
import type { Usage } from '../../../domain/usage.ts';
import { secondsNow } from '../../../lib/clock.ts';
import type { WriterContext } from '../../neutral/api.ts';
import type { AnswerWriter, BlockEvent, FinishReason } from '../../neutral/block-event.ts';
import { failureEvents } from './failure-events.ts';
import { NumberedEvents } from './numbered-events.ts';
import { OutputWriter } from './output-writer.ts';
import { type AnswerStart, idSuffixOf, responseShell, type ResponseShell } from './response-shell.ts';
import { responseUsage } from './usage.ts';

const ENCRYPTED = 'reasoning.encrypted_content';

/** A writer for one answer in the Responses API. */
export function createResponseWriter(context: WriterContext): AnswerWriter {
  return new ResponseWriter(context);
}

/** What the provider has said at the beginning, where it has. */
type Started = Omit<AnswerStart, 'model'> & { readonly model?: string | undefined };

/** What of a response is known once it has begun. */
interface Begun {
  readonly shell: ResponseShell;
  readonly output: OutputWriter;
}

class ResponseWriter implements AnswerWriter {
  readonly #context: WriterContext;
  readonly #events: NumberedEvents;
  #begun: Begun | undefined;
  #usage: Usage | undefined;
  #reason: FinishReason = 'stop';
  #whole: ResponseShell | undefined;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#events = new NumberedEvents(context.call);
  }

  write(event: BlockEvent): readonly SseEvent[] {
    const { output } = event.t === 'start' ? this.#start(event) : this.#start({});
    switch (event.t) {
      case 'delta':
      case 'opaque':
      case 'cite':
        output.grow(event);
        break;
      case 'open':
        output.open(event.i, event.block);
        break;
      case 'close':
        output.close(event.i);
        break;
      case 'finish':
        this.#reason = event.reason;
        break;
      case 'start':
        break;
    }
    return this.#events.take();
  }

  usage(usage: Usage): void {
    this.#usage = usage;
  }

  finish(): readonly SseEvent[] {
    const { shell, output } = this.#start({});
    const cut = cutBy(this.#reason, output.hasRefusal);
    const status = cut === undefined ? 'completed' : 'incomplete';
    output.finish(status);
    this.#whole = {
      ...shell,
      status,
      incomplete_details: cut === undefined ? null : { reason: cut },
      output: output.output,
      usage: this.#usage === undefined ? null : responseUsage(this.#usage),
      completed_at: cut === undefined ? secondsNow() : null,
    };
    this.#events.add(`response.${status}`, '"response":', this.#whole);
    return this.#events.take();
  }

  whole(): object {
    return this.#whole ?? this.#start({}).shell;
  }

  failed(error: GatewayError): readonly SseEvent[] {
    const { shell, output } = this.#start({});
    const response = { ...shell, output: output.output };
    const failure = failureEvents(error, { response, sequenceNumber: this.#events.next });
    return [...this.#events.take(), ...failure];
  }

  #start({ id, model = this.#context.model, created, serviceTier }: Started): Begun {
    if (this.#begun !== undefined) return this.#begun;
    const { call } = this.#context;
    const shell = responseShell(call, { id, model, created, serviceTier });
    this.#events.add('response.created', '"response":', shell);
    this.#events.add('response.in_progress', '"response":', shell);
    const include = call.body.get('include');
    const encrypted = Array.isArray(include) && include.includes(ENCRYPTED);
    const output = new OutputWriter({ events: this.#events, suffix: idSuffixOf(shell), encrypted });
    return (this.#begun = { shell, output });
  }
}

/** Why a response is incomplete; undefined where it is not. A refusal in a part of its own is a whole answer. */
function cutBy(reason: FinishReason, hasRefusal: boolean): string | undefined {
  switch (reason) {
    case 'length':
    case 'context_window':
      return 'max_output_tokens';
    case 'refusal':
      return hasRefusal ? undefined : 'content_filter';
    case 'filter':
      return 'content_filter';
    case 'stop':
    case 'stop_sequence':
    case 'tools':
    case 'pause':
      return undefined;
  }
}
