import type { AnswerReader } from '../../domain/tracing.ts';
import { parseJson } from '../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../lib/record.ts';

/** Longest text that is kept, in characters: ids and names of models and reasons are shorter. */
const MAX_CHARS = 200;
/** Most finish reasons that are kept: one for each choice of an answer. */
const MAX_REASONS = 16;
/** A larger event holds content, or an answer as a whole, and is not parsed. */
const MAX_EVENT_BYTES = 16 * 1024;
/** Most events that are parsed before one has an id or a model. */
const MAX_FIRST_EVENTS = 8;
/** An event of a stream that says why it ends, in each of the clients' APIs. In a JSON string its quotes would be escaped. */
const ENDING = /"(?:finish_reason|stop_reason)"\s*:\s*"|"type"\s*:\s*"response\.(?:completed|incomplete|failed)"/;

/**
 * What a span says of an answer: the provider's id of it, the model that has made it, and why it ended. Read from the answer as clients get it, in
 * each of their APIs.
 */
export class AnswerFacts implements AnswerReader {
  id: string | undefined;
  model: string | undefined;
  readonly finishReasons: string[] = [];
  #firstEvents = 0;

  read(answer: object): void {
    const value = fieldsOf(answer);
    // Chat completions, a message and a response have their facts at the top; first events of messages and responses one level down.
    for (const part of [value, fieldsOf(value['message']), fieldsOf(value['response'])]) {
      this.id ??= textOf(part['id']);
      this.model ??= textOf(part['model']);
      this.#addReason(part['stop_reason']);
      if (part['object'] === 'response') this.#addReason(responseReason(part));
    }
    this.#addReason(fieldsOf(value['delta'])['stop_reason']);
    if (!Array.isArray(value['choices'])) return;
    for (const choice of value['choices'].slice(0, MAX_REASONS)) this.#addReason(fieldsOf(choice)['finish_reason']);
  }

  readEvent(data: Uint8Array): void {
    if (data.length > MAX_EVENT_BYTES) return;
    const isFirst = this.#firstEvents < MAX_FIRST_EVENTS && (this.id === undefined || this.model === undefined);
    if (isFirst) this.#firstEvents++;
    const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('utf8');
    if (!isFirst && !ENDING.test(text)) return;
    const value = parseJson(text);
    if (isRecord(value)) this.read(value);
  }

  #addReason(value: unknown): void {
    const reason = textOf(value);
    if (reason !== undefined && this.finishReasons.length < MAX_REASONS) this.finishReasons.push(reason);
  }
}

/** Why a response ended; undefined for one that has not. */
function responseReason(response: Readonly<Record<string, unknown>>): unknown {
  const { status } = response;
  if (status === 'incomplete') return fieldsOf(response['incomplete_details'])['reason'] ?? status;
  return status === 'completed' || status === 'failed' ? status : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_CHARS) : undefined;
}
