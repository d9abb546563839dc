import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { AnswerReader, BlockEvent, FinishReason } from '../../neutral/block-event.ts';
import { BlockLog, ReadItem } from './read-item.ts';

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: readonly BlockEvent[] = Object.freeze([]);

/** A reader for the stream of one response. */
export function createResponseReader(): AnswerReader {
  return new ResponseReader();
}

/** A whole response as block events. */
export function readResponse(value: object): readonly BlockEvent[] {
  return new ResponseReader().readAll(fieldsOf(value));
}

class ResponseReader implements AnswerReader {
  readonly #log = new BlockLog();
  /** By their index, or by their id where a server gives no index. */
  readonly #items = new Map<unknown, ReadItem>();
  #hasStarted = false;

  read(value: unknown, name: string | undefined): readonly BlockEvent[] {
    if (!isRecord(value)) return NOTHING;
    const { type = name } = value;
    if (typeof type !== 'string') return NOTHING;
    switch (type) {
      case 'response.output_text.delta':
        this.#itemOf(value).part(indexOf(value['content_index']), 'text', textOf(value['delta']));
        break;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.#itemOf(value).input(textOf(value['delta']));
        break;
      case 'response.reasoning_summary_text.delta':
        this.#itemOf(value).reasoning(`summary ${indexOf(value['summary_index'])}`, textOf(value['delta']));
        break;
      case 'response.reasoning_text.delta':
        this.#itemOf(value).reasoning(`text ${indexOf(value['content_index'])}`, textOf(value['delta']));
        break;
      case 'response.refusal.delta':
        this.#itemOf(value).part(indexOf(value['content_index']), 'refusal', textOf(value['delta']));
        break;
      default:
        this.#readOther(type, value);
    }
    return this.#log.take();
  }

  end(): readonly BlockEvent[] {
    return NOTHING;
  }

  readAll(response: Fields): readonly BlockEvent[] {
    this.#start(response);
    this.#finish(response);
    return this.#log.take();
  }

  #readOther(type: string, value: Fields): void {
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.#start(fieldsOf(value['response']));
        break;
      case 'response.output_item.added':
        this.#itemOf(value).added(fieldsOf(value['item']));
        break;
      case 'response.output_item.done':
        this.#itemOf(value).done(fieldsOf(value['item']));
        break;
      case 'response.completed':
      case 'response.incomplete':
        this.#start(fieldsOf(value['response']));
        this.#finish(fieldsOf(value['response']));
        break;
      default:
        this.#readWhole(type, value);
    }
  }

  /** What a part is as a whole: its deltas have given all of it, or none. */
  #readWhole(type: string, value: Fields): void {
    // Other events, such as signs of life, may come before the response begins, and are about no item.
    if (!type.startsWith('response.') || !/\.(?:added|done)$/.test(type)) return;
    const item = this.#itemOf(value);
    const index = indexOf(value['content_index']);
    switch (type) {
      case 'response.output_text.done':
        item.wholePart(index, { type: 'output_text', text: value['text'] });
        break;
      case 'response.refusal.done':
        item.wholePart(index, { type: 'refusal', refusal: value['refusal'] });
        break;
      case 'response.content_part.done': {
        const part = fieldsOf(value['part']);
        if (part['type'] === 'reasoning_text') item.wholeReasoning(`text ${index}`, part['text']);
        else item.wholePart(index, part);
        item.closePart(index);
        break;
      }
      case 'response.output_text.annotation.added':
        item.cite(index, fieldsOf(value['annotation']));
        break;
      case 'response.function_call_arguments.done':
        item.wholeInput(value['arguments']);
        break;
      case 'response.custom_tool_call_input.done':
        item.wholeInput(value['input']);
        break;
      case 'response.reasoning_summary_text.done':
        item.wholeReasoning(`summary ${indexOf(value['summary_index'])}`, value['text']);
        break;
      case 'response.reasoning_text.done':
        item.wholeReasoning(`text ${index}`, value['text']);
        break;
      default:
        break;
    }
  }

  #start({ id, model, created_at: created, service_tier: tier }: Fields): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#log.add({
      t: 'start',
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof model === 'string' ? { model } : {}),
      ...(typeof created === 'number' ? { created } : {}),
      ...(typeof tier === 'string' ? { serviceTier: tier } : {}),
    });
  }

  /** Items that no event before had are read from the response itself. */
  #finish(response: Fields): void {
    const { output } = response;
    const items: readonly unknown[] = Array.isArray(output) ? output : [];
    for (const [index, each] of items.entries()) {
      const item = fieldsOf(each);
      const { id } = item;
      ((typeof id === 'string' ? this.#items.get(id) : undefined) ?? this.#at(index)).done(item);
    }
    for (const item of this.#items.values()) item.close();
    this.#log.add({ t: 'finish', reason: this.#reasonOf(response) });
  }

  #reasonOf({ status, incomplete_details: details }: Fields): FinishReason {
    if (status !== 'incomplete') return this.#log.hasRefusal ? 'refusal' : 'stop';
    return fieldsOf(details)['reason'] === 'content_filter' ? 'filter' : 'length';
  }

  #itemOf({ output_index: index, item_id: id, item }: Fields): ReadItem {
    this.#start({});
    return this.#at(typeof index === 'number' ? index : (id ?? fieldsOf(item)['id']));
  }

  #at(key: unknown): ReadItem {
    let item = this.#items.get(key);
    if (item === undefined) this.#items.set(key, (item = new ReadItem(this.#log)));
    return item;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function indexOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
