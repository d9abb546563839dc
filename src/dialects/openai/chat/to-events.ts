import { fieldsOf } from '../../../lib/record.ts';

/**
 * A whole chat completion as the chunks of a stream, each as JSON: every choice's message in one delta, then its finish reason, then the
 * usage. Nothing is added; undefined where a choice lacks its finish reason, because a stream would then have no end.
 */
export function completionToChunks(completion: object): readonly object[] | undefined {
  const { choices, usage, object: _object, ...head } = fieldsOf(completion);
  const chunks: object[] = [];
  const chunk = (members: object): object => ({ ...head, object: 'chat.completion.chunk', ...members });
  for (const each of Array.isArray(choices) ? choices : []) {
    const { index = 0, message, finish_reason: reason, logprobs = null, ...more } = fieldsOf(each);
    if (typeof reason !== 'string') return undefined;
    const delta = deltaOf(fieldsOf(message));
    chunks.push(
      chunk({ choices: [{ index, delta, logprobs, finish_reason: null, ...more }] }),
      chunk({ choices: [{ index, delta: {}, logprobs: null, finish_reason: reason }] }),
    );
  }
  if (usage !== undefined && usage !== null) chunks.push(chunk({ choices: [], usage }));
  return chunks;
}

/** In a stream a tool call says which of them it is; in a message its place does. */
function deltaOf(message: Readonly<Record<string, unknown>>): object {
  const calls = message['tool_calls'];
  if (!Array.isArray(calls)) return message;
  return { ...message, tool_calls: calls.map((call: unknown, index) => ({ index, ...fieldsOf(call) })) };
}
