import { createRandomHex } from '../../../lib/ids.ts';
import type { BlockStart } from '../../neutral/block-event.ts';
import { FreeformInput } from './freeform-input.ts';
import { type ItemPlace, type ItemStatus, WrittenItem } from './written-item.ts';

type CallStart = Extract<BlockStart, { readonly kind: 'call' }>;

const newDigits = createRandomHex(24);

/** A call of one of the client's tools. The input of a freeform tool is unwrapped from the JSON that the model was given for it. */
export class CallItem extends WrittenItem {
  readonly #call: object;
  readonly #name: string;
  readonly #freeform: FreeformInput | undefined;
  readonly #before: string;
  #input = '';

  constructor(place: ItemPlace, { id, name, namespace, freeform }: CallStart) {
    super(place, freeform ? 'ctc' : 'fc');
    const callId = id === '' ? `call_${newDigits()}` : id;
    this.#name = name;
    this.#freeform = freeform ? new FreeformInput() : undefined;
    this.#call = { call_id: callId, name, ...(namespace === undefined ? {} : { namespace }) };
    this.#before = `${this.at},"delta":`;
    this.add(this.#item('in_progress'));
  }

  delta(text: string): void {
    const piece = this.#freeform === undefined ? text : this.#freeform.push(text);
    if (piece !== '') this.#grow(piece);
  }

  end(status: ItemStatus): object {
    const rest = this.#freeform === undefined ? this.#missing(status) : this.#freeform.end();
    if (rest !== '') this.#grow(rest);
    if (this.#freeform !== undefined)
      this.events.add('response.custom_tool_call_input.done', `${this.at},"input":`, this.#input);
    else {
      const members = `${this.at},"name":${JSON.stringify(this.#name)},"arguments":`;
      this.events.add('response.function_call_arguments.done', members, this.#input);
    }
    return this.done(this.#item(status));
  }

  /** A call without any input has an empty object for it, which clients parse. */
  #missing(status: ItemStatus): string {
    return this.#input === '' && status === 'completed' ? '{}' : '';
  }

  #grow(piece: string): void {
    this.#input += piece;
    const type =
      this.#freeform === undefined ? 'response.function_call_arguments.delta' : 'response.custom_tool_call_input.delta';
    this.events.add(type, this.#before, piece);
  }

  #item(status: ItemStatus | 'in_progress'): object {
    return this.#freeform === undefined
      ? { id: this.id, type: 'function_call', status, ...this.#call, arguments: this.#input }
      : { id: this.id, type: 'custom_tool_call', ...this.#call, input: this.#input };
  }
}
