import type { Quirks } from '../../../domain/chain.ts';
import { isSmall } from '../../../lib/json-text.ts';
import { fieldsOf } from '../../../lib/record.ts';

/**
 * A whole chat completion as the chunks of a stream: for every choice one delta with its message and one chunk with its finish reason, then
 * the usage. Nothing is added. Every chunk has the other members of the completion; of large ones only the first has lists, objects and long
 * texts. Undefined where a choice has no finish reason, because the stream would then have no end; where the server
 * need not send one, the end mark ends the stream.
 */
export function completionToChunks(
  completion: object,
  { finishReason }: Pick<Quirks, 'finishReason'>,
): Generator<object | '[DONE]', void> | undefined {
  const { choices: list, usage, object: _object, ...head } = fieldsOf(completion);
  const choices = Array.isArray(list) ? list.map(fieldsOf) : [];
  if (finishReason === 'required' && !choices.every(isFinished)) return undefined;
  return chunksOf({ choices, usage, head, finishReason });
}

type Fields = Readonly<Record<string, unknown>>;

interface Parts {
  readonly choices: readonly Fields[];
  readonly usage: unknown;
  readonly head: Fields;
  readonly finishReason: Quirks['finishReason'];
}

function* chunksOf({ choices, usage, head, finishReason }: Parts): Generator<object | '[DONE]', void> {
  let repeated = head;
  const chunk = (members: object): object => {
    const made = { ...repeated, object: 'chat.completion.chunk', ...members };
    if (repeated === head && !isSmall(head)) repeated = labelsOf(head);
    return made;
  };
  for (const each of choices) {
    const { index = 0, message, finish_reason: reason, logprobs = null, ...more } = each;
    const delta = deltaOf(fieldsOf(message));
    yield chunk({ choices: [{ index, delta, logprobs, finish_reason: null, ...more }] });
    if (isFinished(each)) yield chunk({ choices: [{ index, delta: {}, logprobs: null, finish_reason: reason }] });
  }
  if (usage !== undefined && usage !== null) yield chunk({ choices: [], usage });
  if (finishReason === 'optional') yield '[DONE]';
}

function isFinished({ finish_reason: reason }: Fields): boolean {
  return typeof reason === 'string' && reason !== '';
}

/** Most members and longest text of a head that is repeated all the same. */
const MAX_LABELS = 32;
const MAX_LABEL_CHARS = 256;

/** The id, the model, the date and the like. */
function labelsOf(head: Fields): Fields {
  return Object.fromEntries(Object.entries(head).filter(isLabel).slice(0, MAX_LABELS));
}

/** The message as a delta. In a stream a tool call has an index; in a message its position is the index. */
function deltaOf(message: Readonly<Record<string, unknown>>): object {
  const calls = message['tool_calls'];
  if (!Array.isArray(calls)) return message;
  return { ...message, tool_calls: calls.map((call: unknown, index) => ({ index, ...fieldsOf(call) })) };
}

function isLabel([, value]: [string, unknown]): boolean {
  return typeof value !== 'object' && isSmall(value, MAX_LABEL_CHARS);
}
