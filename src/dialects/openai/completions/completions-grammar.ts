import type { Quirks } from '../../../domain/chain.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../domain/stream-grammar.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { errorIn } from '../../../refusals/error-in-answer.ts';
import { isFailedFinish, MODEL_FAILED } from '../chat/finish-reason.ts';
import { readUsage } from '../usage.ts';

/** What a grammar of completions is made for. */
export interface CompletionsGrammarOptions extends Pick<Quirks, 'emptyAnswer' | 'finishReason'> {
  /** Number of choices that the provider was requested to make, of all prompts together. */
  readonly choices: number;
  /** The client requested no usage: an event that holds nothing else is not shown to it. */
  readonly hideUsage: boolean;
}

const NOTHING: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: false });
const DONE: Inspection = Object.freeze({ ...NOTHING, done: true });
const UNREADABLE: Inspection = Object.freeze({ ...NOTHING, unreadable: true });
const END_MARK = '[DONE]';
const NO_EVENTS: readonly SseEvent[] = Object.freeze([]);

/** The grammar of one stream of the older completions. Every event is parsed. */
export class CompletionsGrammar implements StreamGrammar {
  readonly #options: CompletionsGrammarOptions;
  /** Indexes of the choices that have begun, and of those with a finish reason. */
  readonly #begun = new Set<number>();
  readonly #finished = new Set<number>();
  #hasEndMark = false;
  #hasText = false;
  #outputBytes = 0;

  constructor(options: CompletionsGrammarOptions) {
    this.#options = options;
  }

  inspect({ name, data, parsed }: SseEvent): Inspection {
    const text = parsed === undefined ? data.toString('utf8').trim() : '';
    if (text === END_MARK) {
      this.#hasEndMark = true;
      return DONE;
    }
    if (parsed === undefined && text === '') return NOTHING;
    const value = parsed === undefined ? parseJson(text) : parsed.value;
    // Once everything has arrived, only the usage can follow.
    if (value === undefined) return this.settled() ? NOTHING : UNREADABLE;
    const error = errorIn(value, name);
    if (error !== undefined) return { ...NOTHING, error };
    return isRecord(value) ? this.#inspectChunk(value) : NOTHING;
  }

  /** Every event is parsed. */
  skim(_text: () => string, from: number): number {
    return from;
  }

  complete(): boolean {
    const { emptyAnswer, finishReason } = this.#options;
    if (emptyAnswer === 'next' && !this.#hasText) return false;
    if (this.#finished.size === 0) return finishReason === 'optional' && this.#hasEndMark && this.#hasText;
    return this.#hasEndMark || this.#begun.size === this.#finished.size;
  }

  settled(): boolean {
    const { size } = this.#finished;
    if (this.#options.emptyAnswer === 'next' && !this.#hasText) return false;
    return size >= this.#options.choices && size === this.#begun.size;
  }

  problem(): string | undefined {
    const isEmpty = this.#options.emptyAnswer === 'next' && !this.#hasText && this.#finished.size > 0;
    return isEmpty ? 'The answer is empty.' : undefined;
  }

  finish(): readonly SseEvent[] {
    return NO_EVENTS;
  }

  outputBytes(): number {
    return this.#outputBytes;
  }

  #inspectChunk(value: Readonly<Record<string, unknown>>): Inspection {
    const choices: unknown[] = Array.isArray(value['choices']) ? value['choices'] : [];
    let token = false;
    for (const each of choices) {
      const { index: sent, text, finish_reason: reason } = fieldsOf(each);
      const index = typeof sent === 'number' ? sent : 0;
      this.#begun.add(index);
      if (typeof text === 'string' && text !== '') {
        token = true;
        this.#hasText = true;
        this.#outputBytes += Buffer.byteLength(text);
      }
      if (isFailedFinish(reason)) return { ...NOTHING, error: MODEL_FAILED };
      if (typeof reason !== 'string' || reason === '') continue;
      token = true;
      this.#finished.add(index);
    }
    const usage = readUsage(value['usage']);
    const hasChoice = choices.length > 0;
    const show = Array.isArray(value['choices']) && (hasChoice || usage === undefined || !this.#options.hideUsage);
    return { token, feeds: hasChoice || usage !== undefined, show, done: false, usage };
  }
}
