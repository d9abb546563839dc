import type { Inspection, SseEvent, StreamGrammar } from '../../../domain/stream-grammar.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { readErrorText } from '../../../refusals/error-body.ts';
import { errorIn } from '../../../refusals/error-in-answer.ts';
import { readUsage } from '../usage.ts';
import { continuesFirstChoice, hasToolCalls, latin1Of, looksComplete, needsParsing } from './chunk-bytes.ts';
import { createChunkFrame } from './chunk-frame.ts';
import { isFailedFinish, MODEL_FAILED } from './finish-reason.ts';
import type { ToolCallMender } from './mend-tool-calls.ts';
import { outputBytesOf } from './output.ts';

/** What a chat stream's grammar is made for. */
export interface ChatGrammarOptions {
  /** Number of choices that the provider was requested to make. */
  readonly choices: number;
  /** The client requested no usage: an event that holds nothing else is not shown to it. */
  readonly hideUsage: boolean;
  /** For a provider whose tool calls break strict clients. */
  readonly mender?: ToolCallMender | undefined;
}

/**
 * Makes the grammar of one chat completion's stream. Every event is parsed until the first token. After it an event passes unparsed when its
 * bytes show that it continues the only choice and holds no finish reason, no token counts and no error.
 */
export function createChatGrammar(options: ChatGrammarOptions): StreamGrammar {
  return new ChatGrammar(options);
}

const NOTHING: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: false });
const DONE: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: true });
const TOKEN: Inspection = Object.freeze({ token: true, feeds: true, show: true, done: false });
const NO_EVENTS: readonly SseEvent[] = Object.freeze([]);

class ChatGrammar implements StreamGrammar {
  readonly #requestedChoices: number;
  readonly #hideUsage: boolean;
  readonly #mender: ToolCallMender | undefined;
  readonly #frame = createChunkFrame();
  /** Indexes of the choices that have begun. */
  readonly #begun = new Set<number>();
  /** Indexes of the choices with a finish reason. */
  readonly #finished = new Set<number>();
  #hasEndMark = false;
  #hasToken = false;
  /** Output of the events that were inspected. The frame counts that of skimmed events. */
  #outputBytes = 0;
  /** Bytes of a chunk that are not output, measured on the last parsed chunk with output. */
  #overheadBytes = 0;

  constructor({ choices, hideUsage, mender }: ChatGrammarOptions) {
    this.#requestedChoices = choices;
    this.#hideUsage = hideUsage;
    this.#mender = mender;
  }

  inspect(event: SseEvent): Inspection {
    const { data, name } = event;
    if (this.#passesUnparsed(event)) {
      this.#outputBytes += Math.max(0, data.length - this.#overheadBytes);
      return TOKEN;
    }
    if (data.length === 6 && data.toString('latin1') === '[DONE]') {
      this.#hasEndMark = true;
      return DONE;
    }
    const value = parse(data);
    const error = value === undefined ? errorInText(event) : errorIn(value, name);
    if (error !== undefined) return { ...NOTHING, error };
    if (!isRecord(value) || event.stray === true) return NOTHING;
    // Pings and progress reports: a client expects choices in every event that it is shown.
    if (value['choices'] === undefined && (name !== undefined || readUsage(value['usage']) === undefined))
      return NOTHING;
    return this.#inspectChunk(value, event);
  }

  skim(text: () => string, from: number): number {
    // After a choice has ended, any event may begin another one.
    return !this.#hasToken || this.#finished.size > 0 ? from : this.#frame.follow(text, from);
  }

  complete(): boolean {
    const finished = this.#finished;
    return finished.size > 0 && (this.#hasEndMark || [...this.#begun].every((index) => finished.has(index)));
  }

  settled(): boolean {
    return this.#finished.size >= this.#requestedChoices && this.#finished.size === this.#begun.size;
  }

  finish(): readonly SseEvent[] {
    return NO_EVENTS;
  }

  outputBytes(): number {
    return this.#outputBytes + this.#frame.textBytes();
  }

  #passesUnparsed({ name, data, plain }: SseEvent): boolean {
    // A name may turn a chunk into an error or a ping, so named events are parsed.
    if (name !== undefined) return false;
    // An event without its blank line may be cut at any brace.
    if (!this.#hasToken || this.#requestedChoices > 1 || plain === undefined || !looksComplete(data)) return false;
    const chunk = latin1Of(data);
    // A choice that was not requested has to finish as well, and a chunk without choices may be an error in any form.
    const passes =
      continuesFirstChoice(chunk) && !needsParsing(chunk) && (this.#mender === undefined || !hasToolCalls(chunk));
    if (passes) this.#frame.learn(chunk);
    return passes;
  }

  #inspectChunk(chunk: Readonly<Record<string, unknown>>, { name, data }: SseEvent): Inspection {
    const usage = readUsage(chunk['usage']);
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].map(fieldsOf) : [];
    let token = false;
    let output = 0;
    for (const choice of choices) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      this.#begun.add(index);
      const reason = choice['finish_reason'];
      if (isFailedFinish(reason)) return { ...NOTHING, error: MODEL_FAILED };
      if (typeof reason === 'string' && reason !== '') {
        this.#finished.add(index);
        token = true;
      }
      const bytes = outputBytesOf(choice['delta']);
      token ||= bytes !== undefined;
      output += bytes ?? 0;
    }
    this.#outputBytes += output;
    if (output > 0) this.#overheadBytes = data.length - output;
    this.#hasToken ||= token;
    const show = !(this.#hideUsage && choices.length === 0 && usage !== undefined);
    const feeds = choices.length > 0 || usage !== undefined;
    const mended = this.#mender?.mend(chunk, data);
    const instead = mended === undefined ? undefined : [{ name, data: mended, plain: undefined }];
    return { token, feeds, show, done: false, usage, instead };
  }
}

/** An event that is named `error` may report it in plain text. Any other event that is not JSON is noise and is skipped. */
function errorInText({ name, data }: SseEvent): Inspection['error'] {
  if (name !== 'error') return undefined;
  const error = readErrorText(data.toString('utf8'));
  return error.message === '' ? { ...error, message: 'The provider reported an error.' } : error;
}

/** The parsed data, undefined where it is not JSON. A bare string counts as an error's text. */
function parse(data: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return typeof value === 'string' ? { error: value } : value;
  } catch {
    return undefined;
  }
}
