import { fieldsOf } from '../../../lib/record.ts';

/** An event of a response's stream before it has its number. */
export type ResponseEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * A whole response as the events of its stream: each item is added empty, grows by one delta for each of its texts, and is done. Items of hosted tools are
 * added and done as they are.
 */
export function* responseToEvents(response: object): Generator<ResponseEvent, void> {
  const fields = fieldsOf(response);
  const begun = { ...fields, status: 'in_progress', output: [], usage: null, error: null, incomplete_details: null };
  let number = 0;
  const numbered = ({ type, ...event }: ResponseEvent): ResponseEvent => ({
    type,
    sequence_number: number++,
    ...event,
  });
  yield numbered({ type: 'response.created', response: begun });
  yield numbered({ type: 'response.in_progress', response: begun });
  const output: readonly unknown[] = Array.isArray(fields['output']) ? fields['output'] : [];
  for (const [index, item] of output.entries())
    for (const event of itemToEvents(fieldsOf(item), index)) yield numbered(event);
  const type = fields['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed';
  yield numbered({ type, response: fields });
}

type Fields = Readonly<Record<string, unknown>>;

function* itemToEvents(item: Fields, index: number): Generator<ResponseEvent, void> {
  const place = { item_id: item['id'], output_index: index };
  yield { type: 'response.output_item.added', output_index: index, item: emptied(item) };
  switch (item['type']) {
    case 'message':
      yield* partsToEvents(item['content'], place, contentEvents);
      break;
    case 'reasoning':
      yield* partsToEvents(item['summary'], place, summaryEvents);
      yield* partsToEvents(item['content'], place, contentEvents);
      break;
    case 'function_call':
      yield* callEvents(item, place, 'function_call_arguments');
      break;
    case 'custom_tool_call':
      yield* callEvents(item, place, 'custom_tool_call_input');
      break;
    default:
      break;
  }
  yield { type: 'response.output_item.done', output_index: index, item };
}

/** An item as it begins: without its texts. */
function emptied(item: Fields): Fields {
  const begun = item['status'] === undefined ? item : { ...item, status: 'in_progress' };
  switch (item['type']) {
    case 'message':
      return { ...begun, content: [] };
    case 'reasoning':
      return { ...begun, summary: [], ...('content' in item ? { content: [] } : {}) };
    case 'function_call':
      return { ...begun, arguments: '' };
    case 'custom_tool_call':
      return { ...begun, input: '' };
    default:
      return begun;
  }
}

type PartEvents = (part: Fields, place: Fields, index: number) => Generator<ResponseEvent, void>;

function* partsToEvents(parts: unknown, place: Fields, events: PartEvents): Generator<ResponseEvent, void> {
  if (!Array.isArray(parts)) return;
  for (const [index, part] of parts.entries()) yield* events(fieldsOf(part), place, index);
}

function* contentEvents(part: Fields, place: Fields, index: number): Generator<ResponseEvent, void> {
  const at = { ...place, content_index: index };
  const key = part['type'] === 'refusal' ? 'refusal' : 'text';
  const prefix = `response.${String(part['type'])}`;
  const text = part[key];
  const logprobs = part['type'] === 'output_text' ? { logprobs: part['logprobs'] ?? [] } : {};
  yield { type: 'response.content_part.added', ...at, part: { ...part, [key]: '', ...emptyLists(part) } };
  if (typeof text === 'string' && text !== '') yield { type: `${prefix}.delta`, ...at, delta: text, ...logprobs };
  const annotations: readonly unknown[] = Array.isArray(part['annotations']) ? part['annotations'] : [];
  for (const [number, annotation] of annotations.entries())
    yield { type: 'response.output_text.annotation.added', ...at, annotation_index: number, annotation };
  yield { type: `${prefix}.done`, ...at, [key]: text, ...logprobs };
  yield { type: 'response.content_part.done', ...at, part };
}

function emptyLists(part: Fields): Fields {
  return part['type'] === 'output_text' ? { annotations: [], logprobs: [] } : {};
}

function* summaryEvents(part: Fields, place: Fields, index: number): Generator<ResponseEvent, void> {
  const at = { ...place, summary_index: index };
  const { text } = part;
  yield { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } };
  if (typeof text === 'string' && text !== '')
    yield { type: 'response.reasoning_summary_text.delta', ...at, delta: text };
  yield { type: 'response.reasoning_summary_text.done', ...at, text };
  yield { type: 'response.reasoning_summary_part.done', ...at, part };
}

function* callEvents(item: Fields, place: Fields, name: string): Generator<ResponseEvent, void> {
  const isFunction = name === 'function_call_arguments';
  const key = isFunction ? 'arguments' : 'input';
  const text = item[key];
  if (typeof text === 'string' && text !== '') yield { type: `response.${name}.delta`, ...place, delta: text };
  yield { type: `response.${name}.done`, ...place, ...(isFunction ? { name: item['name'] } : {}), [key]: text };
}
