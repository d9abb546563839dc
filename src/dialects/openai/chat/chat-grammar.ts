import type { Quirks } from '../../../domain/chain.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../domain/stream-grammar.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { readErrorText } from '../../../refusals/error-body.ts';
import { errorIn, orUnnamed } from '../../../refusals/error-in-answer.ts';
import { splice } from '../splice.ts';
import { beginsAtTop, continuesFirstChoice, latin1Of } from './chunk-bytes.ts';
import { createChunkFrame } from './chunk-frame.ts';
import { withTextContents } from './content-parts.ts';
import { isFailedFinish, MODEL_FAILED } from './finish-reason.ts';
import { createLoneMessages } from './lone-messages.ts';
import type { ToolCallMender } from './mend-tool-calls.ts';
import { outputBytesOf } from './output.ts';
import { chunksInList, isChunkList, piecesOf } from './read-pieces.ts';
import { isStrayPiece, withChoicesInList } from './stray-pieces.ts';
import { textDeltaOf } from './text-delta.ts';
import { usageOf, withUsageInPlace } from './usage-place.ts';

/** What a chat stream's grammar is made for. */
export interface ChatGrammarOptions {
  /** Number of choices that the provider was requested to make. */
  readonly choices: number;
  /** The client requested no usage: an event that holds nothing else is not shown to it. */
  readonly hideUsage: boolean;
  /** For a provider whose tool calls break strict clients. */
  readonly mender?: ToolCallMender | undefined;
  /** Whether contents in parts become texts, and a usage elsewhere becomes `usage`. */
  readonly normalize: boolean;
  /** Whether an answer without any output is one. */
  readonly emptyAnswer: Quirks['emptyAnswer'];
  /** Whether the end mark ends an answer that has no finish reason. */
  readonly finishReason: Quirks['finishReason'];
}

/**
 * Makes the grammar of one chat completion's stream. Every event is parsed until the first token. After it an event passes unparsed when its
 * bytes show that it is valid JSON, continues the only choice, and holds no finish reason, no token counts and no error.
 */
export function createChatGrammar(options: ChatGrammarOptions): StreamGrammar {
  return new ChatGrammar(options);
}

type Fields = Readonly<Record<string, unknown>>;

/** A chunk without the quirks of its server. */
interface Mended {
  readonly chunk: Fields;
  /** The JSON that clients get in place of the event's data; undefined where that stays. */
  readonly written: Buffer | undefined;
}

const NOTHING: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: false });
const DONE: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: true });
const TOKEN: Inspection = Object.freeze({ token: true, feeds: true, show: true, done: false });
const UNREADABLE: Inspection = Object.freeze({ ...NOTHING, unreadable: true });
const NO_EVENTS: readonly SseEvent[] = Object.freeze([]);
/** A larger event is parsed, so that an image in it does not count as text. */
const MAX_UNPARSED_BYTES = 64 * 1024;

/** Output in the JSON of a damaged chunk. */
const HOLDS_OUTPUT = /"(?:content|reasoning\w*|arguments|text)"\s*:\s*"[^"]/;
/** What only an event with the usage holds. */
const OF_USAGE = /"usage"|_tokens"/;

class ChatGrammar implements StreamGrammar {
  readonly #options: ChatGrammarOptions;
  readonly #toolCalls: { readonly toolCalls: 'pass' | 'parse' };
  readonly #frame = createChunkFrame();
  readonly #loneMessages = createLoneMessages(this.#frame);
  /** Indexes of the choices that have begun. */
  readonly #begun = new Set<number>();
  /** Indexes of the choices with a finish reason. */
  readonly #finished = new Set<number>();
  #hasEndMark = false;
  /** Output has followed a finish reason: some providers send one with every chunk. */
  #goesOn = false;
  #hasToken = false;
  /** Whether an event may pass unparsed: after a token, and until an event was dropped that could not be read. */
  #mayPass = false;
  /** An event that cannot be read was dropped after the finish reason. */
  #hasDropped = false;
  /** Output of the events that were inspected. The frame counts that of skimmed events. */
  #outputBytes = 0;
  /** Bytes of a chunk that are not output, measured on the last parsed chunk with output. */
  #overheadBytes = 0;

  constructor(options: ChatGrammarOptions) {
    this.#options = options;
    this.#toolCalls = { toolCalls: options.mender === undefined ? 'pass' : 'parse' };
  }

  inspect(event: SseEvent): Inspection {
    const { data } = event;
    if (this.#passesUnparsed(event)) {
      this.#outputBytes += Math.max(0, data.length - this.#overheadBytes);
      this.#goesOn ||= this.#finished.size > 0;
      return TOKEN;
    }
    if (isEndMark(data)) {
      this.#hasEndMark = true;
      return DONE;
    }
    if (event.parsed !== undefined) return this.#inspectParsed(event.parsed.value, event);
    const text = data.toString('utf8');
    const value = parse(text);
    return value === undefined ? this.#inspectUnparsable(event, text) : this.#inspectValue(value, event);
  }

  skim(text: () => string, from: number): number {
    // After a choice has ended, any event may begin another one.
    return !this.#hasToken || this.#finished.size > 0 ? from : this.#frame.follow(text, from);
  }

  complete(): boolean {
    const finished = this.#finished;
    const { emptyAnswer, finishReason } = this.#options;
    if (emptyAnswer === 'next' && !this.#hasToken) return false;
    if (finished.size === 0) return finishReason === 'optional' && this.#hasEndMark && this.#hasToken;
    return this.#hasEndMark || [...this.#begun].every((index) => finished.has(index));
  }

  settled(): boolean {
    const { size } = this.#finished;
    if (this.#options.emptyAnswer === 'next' && !this.#hasToken) return false;
    return size >= this.#options.choices && size === this.#begun.size;
  }

  problem(): string | undefined {
    const isEmpty = this.#options.emptyAnswer === 'next' && !this.#hasToken && this.#finished.size > 0;
    return isEmpty ? 'The answer is empty.' : undefined;
  }

  finish(): readonly SseEvent[] {
    return NO_EVENTS;
  }

  outputBytes(): number {
    return this.#outputBytes + this.#frame.textBytes();
  }

  #passesUnparsed({ name, data, plain }: SseEvent): boolean {
    // A name may turn a chunk into an error or a ping, so named events are parsed. Without its blank line an event may be cut.
    if (!this.#mayPass || name !== undefined || plain === undefined) return false;
    if (this.#options.choices > 1 || data.length > MAX_UNPARSED_BYTES) return false;
    const chunk = latin1Of(data);
    // A choice that was not requested has to finish as well, and a chunk without choices may be an error in any form.
    const passes = continuesFirstChoice(chunk, this.#toolCalls);
    if (!passes || !beginsAtTop(chunk)) return false;
    if (this.#frame.learn(chunk)) this.#loneMessages.note(chunk);
    return true;
  }

  #inspectParsed(value: unknown, event: SseEvent): Inspection {
    const delta = this.#mayPass && event.name === undefined && isRecord(value) ? textDeltaOf(value) : undefined;
    if (delta === undefined) return value === undefined ? UNREADABLE : this.#inspectValue(value, event);
    this.#outputBytes += Buffer.byteLength(delta.text);
    this.#goesOn ||= this.#finished.size > 0;
    this.#loneMessages.note(delta.choice);
    return TOKEN;
  }

  /** An event whose data is not JSON: words that are noise, several pieces, or a piece of the answer that cannot be read. */
  #inspectUnparsable(event: SseEvent, text: string): Inspection {
    const pieces = piecesOf(text)?.map((piece) => Buffer.from(piece));
    const error = pieces === undefined || pieces.length === 0 ? errorInText(event, text) : undefined;
    if (error !== undefined) return { ...NOTHING, error };
    return pieces?.length === 0 ? NOTHING : this.#inspectPieces(event, pieces);
  }

  /** An event that holds several others, or one in a form that is not JSON. Undefined: it cannot be read. */
  #inspectPieces({ name, data, unfinished }: SseEvent, pieces: readonly Buffer[] | undefined): Inspection {
    if (pieces === undefined) return this.#drop(data.toString('utf8'));
    return { ...NOTHING, pieces: pieces.map((each) => ({ name, data: each, plain: undefined, unfinished })) };
  }

  /** Drops an event that cannot be read and holds no output, once everything that was requested has arrived: only the usage can follow. */
  #drop(text: string): Inspection {
    const mayBeCall = this.#loneMessages.hasOpenCall() || (this.#frame.gaveUp() && !OF_USAGE.test(text));
    if (!this.settled() || this.#goesOn || mayBeCall || HOLDS_OUTPUT.test(text)) return UNREADABLE;
    this.#hasDropped = true;
    this.#mayPass = false;
    return NOTHING;
  }

  #inspectValue(value: unknown, event: SseEvent): Inspection {
    const { name, data } = event;
    const error = errorIn(value, name);
    if (error !== undefined) return { ...NOTHING, error };
    if (isChunkList(value)) return this.#inspectPieces(event, chunksInList(value, data));
    const list = withChoicesInList(value, data);
    if (list !== undefined) return this.#inspectPieces(event, [list]);
    if (isStrayPiece(value)) return UNREADABLE;
    // Pings and progress reports: a client expects choices in every event that it is shown.
    if (!isRecord(value) || (value['choices'] === undefined && (name !== undefined || usageOf(value) === undefined)))
      return NOTHING;
    const read = this.#inOpenaiForm(value, data);
    if (read === 'unclear') return UNREADABLE;
    const seen = this.#inspectChunk(value, event, read);
    if (this.#hasDropped && this.#goesOn) return UNREADABLE;
    if (this.#hasToken) this.#mayPass = !this.#hasDropped;
    return seen;
  }

  /** A chunk as OpenAI's clients read it. Only its usage may still be in another place. */
  #inOpenaiForm(value: Fields, data: Buffer): Mended | 'unclear' {
    const { normalize, hideUsage } = this.#options;
    // An error that says nothing is none, but OpenAI's client for JavaScript raises on an empty object too.
    let written = hasError(value) ? splice(data, { values: { error: undefined } }) : undefined;
    if (normalize) written = withTextContents(value, written ?? data) ?? written;
    let chunk = written === undefined ? value : fieldsOf(parse(written.toString('utf8')));
    const deltas = this.#loneMessages.toDeltas(chunk, written ?? data, this.outputBytes());
    if (deltas === 'unclear') return deltas;
    if (deltas !== undefined) {
      written = deltas;
      chunk = fieldsOf(parse(deltas.toString('utf8')));
    }
    if (normalize && !hideUsage) written = withUsageInPlace(value, written ?? data) ?? written;
    return { chunk, written };
  }

  #inspectChunk(sent: Fields, { name, data }: SseEvent, { chunk, written }: Mended): Inspection {
    const { hideUsage, mender, emptyAnswer } = this.#options;
    const usage = usageOf(chunk);
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].map(fieldsOf) : [];
    let token = false;
    let output = 0;
    for (const [at, choice] of choices.entries()) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      this.#begun.add(index);
      const isBlank = !this.#hasToken && hasBlankParts(sent, at);
      const bytes = isBlank ? undefined : outputBytesOf(choice['delta']);
      this.#goesOn ||= bytes !== undefined && this.#finished.has(index);
      const reason = choice['finish_reason'];
      if (isFailedFinish(reason)) return { ...NOTHING, error: MODEL_FAILED };
      if (typeof reason === 'string' && reason !== '') {
        this.#finished.add(index);
        token ||= emptyAnswer === 'accept' || this.#hasToken;
      }
      token ||= bytes !== undefined;
      output += bytes ?? 0;
    }
    this.#outputBytes += output;
    if (output > 0) this.#overheadBytes = data.length - output;
    this.#hasToken ||= token;
    const show = !(hideUsage && choices.length === 0 && usage !== undefined);
    const feeds = choices.length > 0 || usage !== undefined;
    const mended = mender?.mend(chunk, written ?? data) ?? written;
    const instead = mended === undefined ? undefined : [{ name, data: mended, plain: undefined }];
    return { token, feeds, show, done: false, usage, instead };
  }
}

/** Whether the content of a choice was sent in parts without output. As a text, white space would be output. */
function hasBlankParts({ choices }: Fields, at: number): boolean {
  const { delta, message } = fieldsOf(Array.isArray(choices) ? choices[at] : undefined);
  const part = isRecord(delta) ? delta : message;
  return Array.isArray(fieldsOf(part)['content']) && outputBytesOf(part) === undefined;
}

function hasError({ error }: Fields): boolean {
  return error !== undefined && error !== null;
}

/** An event that is named `error` may report it in plain text. */
function errorInText({ name }: SseEvent, text: string): Inspection['error'] {
  if (name !== 'error') return undefined;
  return orUnnamed(readErrorText(text));
}

/** Whether an event is the end mark. Some servers write blanks around it. */
function isEndMark(data: Buffer): boolean {
  return data.length >= 6 && data.length <= 10 && data.toString('latin1').trim() === '[DONE]';
}

/** The parsed data, undefined where it is not JSON. A bare string counts as an error's text. */
function parse(text: string): unknown {
  const value = parseJson(text);
  return typeof value === 'string' ? { error: value } : value;
}
