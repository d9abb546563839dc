import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { AnswerReader, BlockEvent, BlockStart, FinishReason } from '../../neutral/block-event.ts';
import { inputJson } from './input-json.ts';

type Fields = Readonly<Record<string, unknown>>;

const FINISHES: Readonly<Record<string, FinishReason>> = Object.freeze({
  stop_sequence: 'stop_sequence',
  tool_use: 'tools',
  max_tokens: 'length',
  model_context_window_exceeded: 'context_window',
  refusal: 'refusal',
  pause_turn: 'pause',
});
const NOTHING: readonly BlockEvent[] = Object.freeze([]);

/** Makes the reader of one stream in the Messages API. */
export function createMessageReader(): AnswerReader {
  return new MessageReader();
}

/** A whole message as block events. */
export function readMessage(message: object): readonly BlockEvent[] {
  const fields = fieldsOf(message);
  const { content } = fields;
  return [
    startOf(fields),
    ...(Array.isArray(content) ? content : []).flatMap((block: unknown, i) => wholeBlock(i, fieldsOf(block))),
    finishOf(fields),
  ];
}

/** A block that has begun. */
interface Begun {
  readonly i: number;
  /** A call whose input has not begun: an empty object, unless something follows. */
  isEmptyCall: boolean;
}

class MessageReader implements AnswerReader {
  readonly #begun = new Map<unknown, Begun>();
  #count = 0;
  #hasFinished = false;

  read(value: unknown): readonly BlockEvent[] {
    const event = fieldsOf(value);
    switch (event['type']) {
      case 'content_block_delta':
        return this.#readDelta(event['index'], fieldsOf(event['delta']));
      case 'content_block_start':
        return this.#begin(event['index'], fieldsOf(event['content_block']));
      case 'content_block_stop':
        return this.#close(event['index']);
      case 'message_start':
        return this.#start(fieldsOf(event['message']));
      case 'message_delta':
        return this.#finish(fieldsOf(event['delta']));
      default:
        return NOTHING;
    }
  }

  end(): readonly BlockEvent[] {
    return NOTHING;
  }

  #start(message: Fields): readonly BlockEvent[] {
    const { content } = message;
    const blocks = Array.isArray(content) ? content.map(fieldsOf) : [];
    return [startOf(message), ...blocks.flatMap((block) => wholeBlock(this.#count++, block))];
  }

  #begin(index: unknown, block: Fields): readonly BlockEvent[] {
    const i = this.#count++;
    const events = beginningOf(i, block);
    this.#begun.set(index, { i, isEmptyCall: block['type'] === 'tool_use' && events.length === 1 });
    return events;
  }

  #readDelta(index: unknown, delta: Fields): readonly BlockEvent[] {
    const known = this.#begun.get(index);
    // Some servers leave the start out.
    if (known === undefined) return [...this.#begin(index, startFor(delta)), ...this.#readDelta(index, delta)];
    const { i } = known;
    switch (delta['type']) {
      case 'text_delta':
        return textDelta(i, delta['text']);
      case 'thinking_delta':
        return textDelta(i, delta['thinking']);
      case 'input_json_delta': {
        const events = textDelta(i, delta['partial_json']);
        if (events.length > 0) known.isEmptyCall = false;
        return events;
      }
      case 'signature_delta':
        return opaque(i, delta['signature']);
      case 'citations_delta':
        return citation(i, fieldsOf(delta['citation']));
      default:
        return NOTHING;
    }
  }

  #close(index: unknown): readonly BlockEvent[] {
    const known = this.#begun.get(index);
    if (known === undefined) return NOTHING;
    this.#begun.delete(index);
    const { i, isEmptyCall } = known;
    return isEmptyCall
      ? [
          { t: 'delta', i, text: '{}' },
          { t: 'close', i },
        ]
      : [{ t: 'close', i }];
  }

  #finish(delta: Fields): readonly BlockEvent[] {
    const { stop_reason: reason } = delta;
    if (this.#hasFinished || typeof reason !== 'string' || reason === '') return NOTHING;
    this.#hasFinished = true;
    return [...[...this.#begun.keys()].flatMap((index) => this.#close(index)), finishOf(delta)];
  }
}

function startOf({ id, model, usage }: Fields): BlockEvent {
  const tier = fieldsOf(usage)['service_tier'];
  return {
    t: 'start',
    id: typeof id === 'string' ? id : undefined,
    model: typeof model === 'string' ? model : undefined,
    serviceTier: typeof tier === 'string' ? tier : undefined,
  };
}

function finishOf({ stop_reason: reason, stop_sequence: sequence, stop_details: details }: Fields): BlockEvent {
  return {
    t: 'finish',
    reason: typeof reason === 'string' && Object.hasOwn(FINISHES, reason) ? (FINISHES[reason] ?? 'stop') : 'stop',
    stopSequence: typeof sequence === 'string' ? sequence : undefined,
    stopDetails: isRecord(details) ? details : undefined,
  };
}

/** A block, with what its start holds already. */
function beginningOf(i: number, block: Fields): readonly BlockEvent[] {
  const { input, text, thinking, signature, citations } = block;
  const start = blockStart(block);
  const opened: BlockEvent = { t: 'open', i, block: start };
  switch (start.kind) {
    case 'call':
      return [opened, ...textDelta(i, inputJson(input))];
    case 'text':
      return [
        opened,
        ...textDelta(i, text),
        ...(Array.isArray(citations) ? citations.flatMap((each: unknown) => citation(i, fieldsOf(each))) : NOTHING),
      ];
    case 'reasoning':
      return [opened, ...textDelta(i, thinking), ...opaque(i, signature)];
    case 'redacted':
    case 'refusal':
    case 'foreign':
      return [opened];
    // no default
  }
}

function wholeBlock(i: number, block: Fields): readonly BlockEvent[] {
  const events = beginningOf(i, block);
  const isEmptyCall = block['type'] === 'tool_use' && events.length === 1;
  return [...events, ...(isEmptyCall ? textDelta(i, '{}') : NOTHING), { t: 'close', i }];
}

function blockStart(block: Fields): BlockStart {
  const { type, id, name, data } = block;
  switch (type) {
    case 'text':
      return { kind: 'text' };
    case 'thinking':
      return { kind: 'reasoning' };
    case 'redacted_thinking':
      return { kind: 'redacted', opaque: { issuer: 'anthropic', value: textOf(data) } };
    case 'tool_use':
      return { kind: 'call', id: textOf(id), name: textOf(name), freeform: false };
    default:
      // Hosted tools with their results, fallbacks, compactions.
      return { kind: 'foreign', family: 'anthropic', value: block };
  }
}

/** The start of a block whose first event is a delta. */
function startFor(delta: Fields): Fields {
  switch (delta['type']) {
    case 'text_delta':
    case 'citations_delta':
      return { type: 'text' };
    case 'thinking_delta':
    case 'signature_delta':
      return { type: 'thinking' };
    default:
      return {};
  }
}

function textDelta(i: number, text: unknown): readonly BlockEvent[] {
  return typeof text === 'string' && text !== '' ? [{ t: 'delta', i, text }] : NOTHING;
}

function opaque(i: number, signature: unknown): readonly BlockEvent[] {
  if (typeof signature !== 'string' || signature === '') return NOTHING;
  return [{ t: 'opaque', i, opaque: { issuer: 'anthropic', value: signature } }];
}

/** Citations of the web are known to other APIs, those of documents are not. */
function citation(i: number, { type, url, title }: Fields): readonly BlockEvent[] {
  if (type !== 'web_search_result_location' || typeof url !== 'string') return NOTHING;
  return [{ t: 'cite', i, citation: { url, title: typeof title === 'string' ? title : undefined } }];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
