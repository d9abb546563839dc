import { isSmall, jsonTextSteps } from '../../../lib/json-text.ts';
import { fieldsOf } from '../../../lib/record.ts';
import type { ConvertedEvent } from '../../codec.ts';
import { inputJson } from './input-json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An event of the Messages API. */
export interface MessageEvent extends Fields {
  readonly type: string;
}

/** A whole message as the events of a stream. Undefined where it has no reason to stop, because the stream would then have no end. */
export function messageToEvents(message: object): Generator<ConvertedEvent | undefined, void> | undefined {
  const fields = fieldsOf(message);
  return typeof fields['stop_reason'] === 'string' ? written(eventsOf(fields)) : undefined;
}

function* eventsOf(message: Fields): Generator<MessageEvent, void> {
  const {
    content,
    stop_reason: reason,
    stop_sequence: sequence = null,
    stop_details: details,
    usage,
    ...rest
  } = message;
  const used = fieldsOf(usage);
  yield {
    type: 'message_start',
    message: {
      type: 'message',
      role: 'assistant',
      ...rest,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...used, output_tokens: 1 },
    },
  };
  const blocks = Array.isArray(content) ? content.map(fieldsOf) : [];
  for (const [index, block] of blocks.entries()) {
    yield { type: 'content_block_start', index, content_block: startOf(block) };
    for (const delta of deltasOf(block)) yield { type: 'content_block_delta', index, delta };
    yield { type: 'content_block_stop', index };
  }
  const delta = {
    stop_reason: reason,
    stop_sequence: sequence,
    ...(details === undefined ? {} : { stop_details: details }),
  };
  yield { type: 'message_delta', delta, usage: { ...used, output_tokens: used['output_tokens'] ?? 0 } };
  yield { type: 'message_stop' };
}

/** A block before its first delta. Blocks that have no deltas begin whole. */
function startOf(block: Fields): Fields {
  switch (block['type']) {
    case 'text':
      return { ...block, text: '', ...(Array.isArray(block['citations']) ? { citations: null } : {}) };
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return { ...block, input: {} };
    default:
      return block;
  }
}

function* deltasOf(block: Fields): Generator<Fields, void> {
  const { type, text, thinking, signature, citations, input } = block;
  if (type === 'text') {
    if (typeof text === 'string' && text !== '') yield { type: 'text_delta', text };
    for (const citation of Array.isArray(citations) ? citations : []) yield { type: 'citations_delta', citation };
  } else if (type === 'thinking') {
    if (typeof thinking === 'string' && thinking !== '') yield { type: 'thinking_delta', thinking };
    if (typeof signature === 'string' && signature !== '') yield { type: 'signature_delta', signature };
  } else if (startOf(block) !== block) {
    const json = inputJson(input);
    if (json !== '') yield { type: 'input_json_delta', partial_json: json };
  }
}

function* written(events: Generator<MessageEvent, void>): Generator<ConvertedEvent | undefined, void> {
  for (const event of events) {
    const { type } = event;
    if (isSmall(event)) {
      yield { name: type, data: Buffer.from(JSON.stringify(event)) };
      continue;
    }
    // Framed at once, because a large event is not copied once more.
    const before = `event: ${type}\ndata: `;
    const text = jsonTextSteps(event, before, AFTER_DATA);
    let step = text.next();
    for (; step.done !== true; step = text.next()) yield undefined;
    const plain = step.value;
    yield { name: type, data: plain.subarray(before.length, -AFTER_DATA.length), large: { value: event, plain } };
  }
}

const AFTER_DATA = '\n\n';
