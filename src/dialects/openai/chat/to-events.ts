import type { Quirks } from '../../../domain/chain.ts';
import { fieldsOf } from '../../../lib/record.ts';

/**
 * A whole chat completion as the chunks of a stream: for every choice one delta with its message and one chunk with its finish reason, then
 * the usage. Nothing is added. Undefined where a choice has no finish reason, because the stream would then have no end; where the server
 * need not send one, the end mark ends the stream.
 */
export function completionToChunks(
  completion: object,
  { finishReason }: Pick<Quirks, 'finishReason'>,
): readonly (object | '[DONE]')[] | undefined {
  const { choices, usage, object: _object, ...head } = fieldsOf(completion);
  const chunks: (object | '[DONE]')[] = [];
  const chunk = (members: object): object => ({ ...head, object: 'chat.completion.chunk', ...members });
  for (const each of Array.isArray(choices) ? choices : []) {
    const { index = 0, message, finish_reason: reason, logprobs = null, ...more } = fieldsOf(each);
    const finished = typeof reason === 'string' && reason !== '';
    if (!finished && finishReason === 'required') return undefined;
    const delta = deltaOf(fieldsOf(message));
    chunks.push(chunk({ choices: [{ index, delta, logprobs, finish_reason: null, ...more }] }));
    if (finished) chunks.push(chunk({ choices: [{ index, delta: {}, logprobs: null, finish_reason: reason }] }));
  }
  if (usage !== undefined && usage !== null) chunks.push(chunk({ choices: [], usage }));
  if (finishReason === 'optional') chunks.push('[DONE]');
  return chunks;
}

/** The message as a delta. In a stream a tool call has an index; in a message its position is the index. */
function deltaOf(message: Readonly<Record<string, unknown>>): object {
  const calls = message['tool_calls'];
  if (!Array.isArray(calls)) return message;
  return { ...message, tool_calls: calls.map((call: unknown, index) => ({ index, ...fieldsOf(call) })) };
}
