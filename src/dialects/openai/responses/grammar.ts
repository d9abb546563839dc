import type { Quirks } from '../../../domain/chain.ts';
import type { GatewayError } from '../../../domain/errors.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../domain/stream-grammar.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { readErrorText } from '../../../refusals/error-body.ts';
import { errorIn, orUnnamed } from '../../../refusals/error-in-answer.ts';
import { namedEvent } from '../../../sse/framing.ts';
import { DeltaFrame } from './delta-frame.ts';
import { failureEvents } from './failure-events.ts';
import { failureOf } from './judge-response.ts';
import { isClientCall, outputBytesOf, outputBytesOfAll } from './output.ts';
import { RepeatedText } from './repeated-text.ts';
import { readResponseUsage } from './usage.ts';

/** What a response stream's grammar is made for. */
export interface ResponsesGrammarOptions {
  /** Whether an answer without any output is one. */
  readonly emptyAnswer: Quirks['emptyAnswer'];
  /** Members that the response has for the client in place of the provider's. */
  readonly members?: object | undefined;
}

/** Makes the grammar of one response's stream. Events are parsed, but for runs of deltas that differ only in their text and number. */
export function createResponsesGrammar(options: ResponsesGrammarOptions): StreamGrammar {
  return new ResponsesGrammar(options);
}

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: false });
const LEAD_IN: Inspection = Object.freeze({ token: false, feeds: false, show: true, done: false });
const FEEDS: Inspection = Object.freeze({ token: false, feeds: true, show: true, done: false });
const TOKEN: Inspection = Object.freeze({ token: true, feeds: true, show: true, done: false });
const UNREADABLE: Inspection = Object.freeze({ ...NOTHING, unreadable: true });
/** A larger event is not learned. */
const MAX_LEARNED_BYTES = 64 * 1024;
const END_MARK = '[DONE]';
const COMPLETED = 'response.completed';

class ResponsesGrammar implements StreamGrammar {
  readonly #options: ResponsesGrammarOptions;
  readonly #frame = new DeltaFrame();
  readonly #repeated = new RepeatedText();
  /** A delta that is learned if a run may begin: one character per byte. */
  #toLearn: string | undefined;
  /** Items with a token, by their index. */
  readonly #withToken = new Set<unknown>();
  /** The response as its first events describe it. */
  #response: Fields | undefined;
  /** The number that the next event has. */
  #next = 0;
  /** The last event, held until the stream's end. */
  #terminal: SseEvent | undefined;
  /** Whether the response is completed and has no output. */
  #isEmpty = false;
  #outputBytes = 0;

  constructor(options: ResponsesGrammarOptions) {
    this.#options = options;
  }

  inspect(event: SseEvent): Inspection {
    const { name, data, parsed } = event;
    if (parsed !== undefined) return parsed.value === undefined ? UNREADABLE : this.#inspectValue(parsed.value, event);
    const known = this.#readRepetition(event);
    if (known !== undefined) return this.#inspectValue(known, event);
    const text = data.toString('utf8');
    const value = parseJson(text);
    if (value !== undefined) return this.#inspectValue(value, event);
    const blank = text.trim();
    if (blank === '' || blank === END_MARK) return NOTHING;
    return name === 'error' ? { ...NOTHING, error: orUnnamed(readErrorText(text)) } : UNREADABLE;
  }

  skim(text: () => string, from: number): number {
    if (this.#terminal !== undefined) return from;
    if (this.#toLearn !== undefined) {
      this.#frame.learn(this.#toLearn);
      this.#toLearn = undefined;
    }
    return this.#frame.follow(text, from);
  }

  complete(): boolean {
    return this.#terminal !== undefined && this.problem() === undefined;
  }

  settled(): boolean {
    return this.complete();
  }

  problem(): string | undefined {
    return this.#isEmpty && this.#options.emptyAnswer === 'next' ? 'The answer is empty.' : undefined;
  }

  finish(): readonly SseEvent[] {
    return this.#terminal === undefined ? [] : [this.#terminal];
  }

  failed(error: GatewayError): readonly SseEvent[] | undefined {
    if (this.#response === undefined) return undefined;
    const sequenceNumber = this.#nextNumber();
    try {
      return failureEvents(error, { response: this.#response, sequenceNumber });
    } catch {
      // What the provider sent nests too deep to be written again.
      return failureEvents(error, { response: labelsOf(this.#response), sequenceNumber });
    }
  }

  outputBytes(): number {
    return this.#outputBytes + this.#frame.followed.textBytes;
  }

  /** The value of an event whose output has been counted; undefined where it may be any other. */
  #readRepetition({ name, data }: SseEvent): Fields | undefined {
    if (this.#withToken.size === 0 || name === undefined) return undefined;
    const isEnd = name === COMPLETED && this.#options.members === undefined;
    if (!isEnd && !name.endsWith('.done')) return undefined;
    const value = this.#repeated.parse(data);
    if (!isRecord(value) || value['type'] !== name) return undefined;
    return isEnd || this.#withToken.has(value['output_index']) ? value : undefined;
  }

  #nextNumber(): number {
    const { sequenceNumber = -1 } = this.#frame.followed;
    return Math.max(this.#next, sequenceNumber + 1);
  }

  #inspectValue(value: unknown, event: SseEvent): Inspection {
    if (!isRecord(value)) return this.#noEvent(value, event);
    const { type = event.name } = value;
    if (typeof type !== 'string') return this.#noEvent(value, event);
    if (type === 'error' || type === 'response.failed' || event.name === 'error') return errorOf(value, type);
    this.#count(value['sequence_number']);
    if (type.endsWith('.delta')) return this.#inspectDelta(value, event);
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return this.#begin(fieldsOf(value['response']), value, event);
      case COMPLETED:
      case 'response.incomplete':
        return this.#end(fieldsOf(value['response']), value, event);
      case 'response.output_item.added':
        return isClientCall(value['item']) ? this.#token(value['output_index'], 0) : FEEDS;
      case 'response.image_generation_call.partial_image':
        return this.#token(value['output_index'], 0);
      default:
        return type.endsWith('.done') ? this.#inspectDone(value) : type.startsWith('response.') ? FEEDS : LEAD_IN;
    }
  }

  /** What is no event of the API may be an error in another form. */
  #noEvent(value: unknown, { name }: SseEvent): Inspection {
    const error = errorIn(typeof value === 'string' ? { error: value } : value, name);
    return error === undefined ? NOTHING : { ...NOTHING, error };
  }

  #inspectDelta({ delta, output_index: index }: Fields, { plain }: SseEvent): Inspection {
    if (typeof delta !== 'string') return isRecord(delta) ? this.#token(index, 0) : FEEDS;
    if (delta === '') return FEEDS;
    if (plain !== undefined && plain.length <= MAX_LEARNED_BYTES) this.#toLearn = plain.toString('latin1');
    return this.#token(index, Buffer.byteLength(delta));
  }

  /** A text that comes whole is a token, unless its item has had one. */
  #inspectDone(value: Fields): Inspection {
    const index = value['output_index'];
    if (this.#withToken.has(index)) return FEEDS;
    const bytes = outputBytesOf(value['item'] ?? value['part'] ?? value);
    return bytes === undefined ? FEEDS : this.#token(index, bytes);
  }

  #token(index: unknown, bytes: number): Inspection {
    this.#withToken.add(index);
    this.#outputBytes += bytes;
    return TOKEN;
  }

  #begin(response: Fields, value: Fields, event: SseEvent): Inspection {
    this.#response = this.#own(response);
    const { members } = this.#options;
    return members === undefined ? LEAD_IN : { ...LEAD_IN, instead: [this.#withMembers(value, event)] };
  }

  #end(response: Fields, value: Fields, event: SseEvent): Inspection {
    this.#terminal = this.#options.members === undefined ? event : this.#withMembers(value, event);
    const output = outputBytesOfAll(response['output']);
    this.#isEmpty = response['status'] !== 'incomplete' && this.#withToken.size === 0 && output === undefined;
    if (this.#withToken.size === 0) this.#outputBytes += output ?? 0;
    return { ...NOTHING, done: true, usage: readResponseUsage(response['usage']) };
  }

  #own(response: Fields): Fields {
    const { members } = this.#options;
    return members === undefined ? response : { ...response, ...members };
  }

  #withMembers(value: Fields, { name }: SseEvent): SseEvent {
    const own = { ...value, response: this.#own(fieldsOf(value['response'])) };
    return namedEvent(name ?? String(value['type']), JSON.stringify(own));
  }

  /** Servers that number nothing are counted. */
  #count(number: unknown): void {
    this.#next = Number.isSafeInteger(number) ? Number(number) + 1 : this.#next + 1;
  }
}

/** The members of a response that are no lists and no objects. */
function labelsOf(response: Fields): Fields {
  return Object.fromEntries(Object.entries(response).filter(([, value]) => typeof value !== 'object'));
}

function errorOf(value: Fields, type: string): Inspection {
  const error = type === 'response.failed' ? failureOf(fieldsOf(value['response'])) : errorIn(value, 'error');
  return { ...NOTHING, error: orUnnamed(error ?? readErrorText('')) };
}
