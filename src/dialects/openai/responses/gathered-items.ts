import { fieldsOf } from '../../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An item so far. */
interface Item {
  added: Fields;
  /** The texts of its parts, by their kind and index. */
  readonly texts: Map<string, { kind: string; pieces: string[] }>;
  done: Fields | undefined;
}

/** Gathers the items of a response from the events of its stream, for servers whose last event does not repeat them. */
export class GatheredItems {
  readonly #items = new Map<number, Item>();

  /** Takes one event; those that are no matter of items change nothing. */
  add({ type, output_index: index, item, ...event }: Fields): void {
    if (typeof type !== 'string' || typeof index !== 'number') return;
    if (type === 'response.output_item.done') this.#item(index).done = fieldsOf(item);
    else if (type === 'response.output_item.added') this.#item(index).added = fieldsOf(item);
    else if (type.endsWith('.delta')) this.#grow(index, type, event);
  }

  /** The items in the order of their indexes. */
  list(): readonly object[] {
    return [...this.#items.entries()].toSorted(([a], [b]) => a - b).map(([, item]) => item.done ?? joined(item));
  }

  #grow(index: number, type: string, { delta, content_index: content, summary_index: summary }: Fields): void {
    if (typeof delta !== 'string') return;
    const { texts } = this.#item(index);
    const kind = type.slice('response.'.length, -'.delta'.length);
    const part = summary ?? content;
    const key = `${kind} ${typeof part === 'number' ? part : 0}`;
    const text = texts.get(key);
    if (text === undefined) texts.set(key, { kind, pieces: [delta] });
    else text.pieces.push(delta);
  }

  #item(index: number): Item {
    let item = this.#items.get(index);
    if (item === undefined) this.#items.set(index, (item = { added: {}, texts: new Map(), done: undefined }));
    return item;
  }
}

/** An item that was never done, of its beginning and its deltas. */
function joined({ added, texts }: Item): object {
  const item: Record<string, unknown> = { ...added };
  const content: object[] = [];
  const summary: object[] = [];
  for (const { kind, pieces } of texts.values()) {
    const text = pieces.join('');
    if (kind === 'output_text') content.push({ type: kind, text, annotations: [], logprobs: [] });
    else if (kind === 'refusal') content.push({ type: kind, refusal: text });
    else if (kind === 'reasoning_text') content.push({ type: kind, text });
    else if (kind === 'reasoning_summary_text') summary.push({ type: 'summary_text', text });
    else if (kind === 'function_call_arguments') item['arguments'] = text;
    else if (kind === 'custom_tool_call_input') item['input'] = text;
  }
  const type = item['type'] ?? (summary.length > 0 ? 'reasoning' : 'message');
  if (type === 'message') return { ...item, type, role: 'assistant', status: 'completed', content };
  if (type === 'reasoning') return { ...item, type, summary, ...(content.length > 0 ? { content } : {}) };
  return item['status'] === undefined ? item : { ...item, status: 'completed' };
}
