import type { Quirks } from '../../../domain/chain.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../domain/stream-grammar.ts';
import type { Usage } from '../../../domain/usage.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { readErrorText } from '../../../refusals/error-body.ts';
import { errorIn, orUnnamed } from '../../../refusals/error-in-answer.ts';
import { namedEvent } from '../../../sse/framing.ts';
import { createEventFrame } from '../../event-frame.ts';
import { blockOutput, deltaOutput } from './output.ts';
import { mergeUsage, type RawUsage, readUsage } from './usage.ts';

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: false });
const DONE: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: true });
const LEAD_IN: Inspection = Object.freeze({ token: false, feeds: false, show: true, done: false });
const FEEDS: Inspection = Object.freeze({ token: false, feeds: true, show: true, done: false });
const TOKEN: Inspection = Object.freeze({ token: true, feeds: true, show: true, done: false });
const UNREADABLE: Inspection = Object.freeze({ ...NOTHING, unreadable: true });
const STOP = 'message_stop';
const DELTA = 'content_block_delta';
const FRAME = Object.freeze({
  head: `event: ${DELTA}\ndata: `,
  textKeys: Object.freeze(['"text":"', '"thinking":"', '"partial_json":"']),
});
/** Deltas of which nothing but the text matters. */
const TEXT_DELTAS: ReadonlySet<unknown> = new Set(['text_delta', 'thinking_delta', 'input_json_delta']);

/**
 * Makes the grammar of one message's stream. Every event is parsed, except for deltas that repeat the one before them in everything but the text. The last
 * event, `message_stop`, is written anew for every complete stream, so that one without it ends as its client expects.
 */
export function createMessagesGrammar(quirks: Pick<Quirks, 'emptyAnswer'>): StreamGrammar {
  return new MessagesGrammar(quirks);
}

class MessagesGrammar implements StreamGrammar {
  readonly #quirks: Pick<Quirks, 'emptyAnswer'>;
  readonly #frame = createEventFrame(FRAME);
  #usage: RawUsage = {};
  #hasToken = false;
  #hasFinish = false;
  #outputBytes = 0;

  constructor(quirks: Pick<Quirks, 'emptyAnswer'>) {
    this.#quirks = quirks;
  }

  inspect(event: SseEvent): Inspection {
    const { name, data, parsed } = event;
    // Some servers end with OpenAI's mark as well.
    if (data.length === 6 && data.toString('latin1') === '[DONE]') return DONE;
    const value = parsed === undefined ? parseJson(data.toString('utf8')) : parsed.value;
    if (!isRecord(value)) return this.#inspectOther(event, value);
    const seen = this.#inspectValue(value, event);
    // Anthropic's clients skip an event without a name.
    if (name !== undefined || !seen.show || typeof value['type'] !== 'string') return seen;
    return { ...seen, instead: [named(value['type'], event)] };
  }

  skim(text: () => string, from: number): number {
    return !this.#hasToken || this.#hasFinish ? from : this.#frame.follow(text, from);
  }

  complete(): boolean {
    return this.#hasFinish && this.problem() === undefined;
  }

  settled(): boolean {
    return this.complete();
  }

  problem(): string | undefined {
    const isEmpty = this.#hasFinish && !this.#hasToken && this.#quirks.emptyAnswer === 'next';
    return isEmpty ? 'The answer is empty.' : undefined;
  }

  finish(): readonly SseEvent[] {
    return [namedEvent(STOP, `{"type":"${STOP}"}`)];
  }

  outputBytes(): number {
    return this.#outputBytes + this.#frame.textBytes();
  }

  #inspectValue(value: Fields, event: SseEvent): Inspection {
    switch (value['type']) {
      case DELTA:
        return this.#inspectDelta(value, event);
      case 'content_block_start':
        return this.#output(blockOutput(value['content_block']));
      case 'content_block_stop':
        return FEEDS;
      case 'message_start':
        return this.#inspectStart(fieldsOf(value['message']));
      case 'message_delta':
        return this.#inspectEnd(value);
      case STOP:
        return DONE;
      case 'ping':
        return LEAD_IN;
      default:
        return this.#inspectOther(event, value);
    }
  }

  #inspectDelta({ delta: member }: Fields, { name, data, plain }: SseEvent): Inspection {
    const delta = fieldsOf(member);
    const seen = this.#output(deltaOutput(delta));
    if (seen.token && name === DELTA && plain !== undefined && TEXT_DELTAS.has(delta['type']))
      this.#frame.learn(data.toString('latin1'));
    return seen;
  }

  /** `bytes`: of the output that an event holds; undefined for none. */
  #output(bytes: number | undefined): Inspection {
    if (bytes === undefined) return FEEDS;
    this.#hasToken = true;
    this.#outputBytes += bytes;
    return TOKEN;
  }

  #inspectStart({ usage, content }: Fields): Inspection {
    const outputs = Array.isArray(content) ? content.map(blockOutput) : [];
    const seen = outputs.reduce((last, bytes) => (bytes === undefined ? last : this.#output(bytes)), FEEDS);
    // The output is counted at the end. Until then its bytes say more than the 1 that is written here.
    const { output_tokens: _begun, ...counts } = fieldsOf(usage);
    return { ...seen, usage: this.#count(counts) };
  }

  #inspectEnd({ delta, usage }: Fields): Inspection {
    const { stop_reason: reason } = fieldsOf(delta);
    const finishes = typeof reason === 'string' && reason !== '';
    this.#hasFinish ||= finishes;
    const token = finishes && (this.#hasToken || this.#quirks.emptyAnswer === 'accept');
    return { ...(token ? TOKEN : FEEDS), usage: this.#count(usage) };
  }

  #count(usage: unknown): Usage | undefined {
    const merged = mergeUsage(this.#usage, usage);
    if (merged === this.#usage) return undefined;
    this.#usage = merged;
    return readUsage(merged);
  }

  /** An event that is no part of an answer: an error, one that is new, or one that cannot be read. */
  #inspectOther({ name, data }: SseEvent, value: unknown): Inspection {
    if (value === undefined && name === 'error') return { ...NOTHING, error: errorInText(data) };
    const error = value === undefined ? undefined : errorIn(value, name);
    if (error !== undefined) return { ...NOTHING, error };
    if (isRecord(value)) return typeof value['type'] === 'string' ? FEEDS : NOTHING;
    // Servers write blanks and words as a sign of life.
    return data.length === 0 || (value === undefined && isNoise(name, data)) ? NOTHING : UNREADABLE;
  }
}

/** The same event with a name. */
function named(type: string, { data, parsed }: SseEvent): SseEvent {
  return { name: type, data, plain: undefined, parsed };
}

function errorInText(data: Buffer): Inspection['error'] {
  return orUnnamed(readErrorText(data.toString('utf8')));
}

/** Whether data that is no JSON holds no piece of one either. */
function isNoise(name: string | undefined, data: Buffer): boolean {
  return (name === undefined || name === 'ping') && !/["{}[\]]/.test(data.toString('latin1', 0, 1024));
}
