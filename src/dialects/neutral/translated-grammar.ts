import type { GatewayError } from '../../domain/errors.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../domain/stream-grammar.ts';
import { isRecord } from '../../lib/record.ts';
import { parseJson } from '../../lib/parse-json.ts';
import type { AnswerReader, BlockEvent } from './block-event.ts';
import type { Translation } from './translation.ts';

/**
 * The grammar of a stream that is translated. What an event means for the commit, the watchdogs and the end is what the provider's own grammar says of
 * it; what is shown is what the writer makes of it.
 */
export class TranslatedGrammar implements StreamGrammar {
  readonly #own: StreamGrammar;
  readonly #reader: AnswerReader;
  readonly #translation: Translation;

  constructor(own: StreamGrammar, reader: AnswerReader, translation: Translation) {
    this.#own = own;
    this.#reader = reader;
    this.#translation = translation;
  }

  inspect(event: SseEvent): Inspection {
    const read = withValue(event);
    const seen = this.#own.inspect(read);
    if (seen.usage !== undefined) this.#translation.usage(seen.usage);
    if (seen.pieces !== undefined || seen.unreadable === true || seen.error !== undefined || seen.done) return seen;
    const instead: SseEvent[] = [];
    if (seen.show && seen.instead === undefined) this.#write(this.#read(read), instead);
    else if (seen.show) for (const each of seen.instead ?? []) this.#write(this.#read(each), instead);
    // Something may be written late, so that an event is shown as nothing; it counts all the same.
    const { token, feeds, usage } = seen;
    return { token, feeds, show: instead.length > 0, done: false, instead, usage };
  }

  /** Nothing passes unread. */
  skim(_text: () => string, from: number): number {
    return from;
  }

  complete(): boolean {
    return this.#own.complete();
  }

  settled(): boolean {
    return this.#own.settled();
  }

  problem(): string | undefined {
    return this.#own.problem();
  }

  finish(): readonly SseEvent[] {
    const last: SseEvent[] = [];
    for (const event of this.#own.finish()) this.#write(this.#read(event), last);
    this.#write(this.#reader.end(), last);
    last.push(...this.#translation.finish());
    return last;
  }

  failed(error: GatewayError): readonly SseEvent[] | undefined {
    return this.#translation.failed(error);
  }

  outputBytes(): number {
    return this.#own.outputBytes();
  }

  #read({ parsed, data, name }: SseEvent): readonly BlockEvent[] {
    const value = parsed === undefined ? parseJson(data.toString('utf8')) : parsed.value;
    return value === undefined ? NOTHING : this.#reader.read(value, name);
  }

  #write(events: readonly BlockEvent[], into: SseEvent[]): void {
    for (const event of events) for (const each of this.#translation.write(event)) into.push(each);
  }
}

/** An event with its value, which the provider's grammar and its reader both need. It never passes as it is, so that the grammar learns none of its bytes. */
function withValue(event: SseEvent): SseEvent {
  const { name, data, unfinished } = event;
  if (event.parsed !== undefined) return event;
  const value = parseJson(data.toString('utf8'));
  return isRecord(value) ? { name, data, plain: undefined, parsed: { value }, unfinished } : event;
}

const NOTHING: readonly BlockEvent[] = Object.freeze([]);
