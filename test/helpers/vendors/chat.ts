import { chunk, sse } from '../../../src/testing/index.ts';
import { jsonInput, pieces, type Said, TOKENS } from './said.ts';

const USAGE = {
  prompt_tokens: TOKENS.input,
  completion_tokens: TOKENS.output,
  total_tokens: TOKENS.input + TOKENS.output,
};

const callsOf = ({ calls = [] }: Said): readonly object[] =>
  calls.map((call, index) => ({
    index,
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: jsonInput(call) },
  }));

/** The calls in pieces: those of several calls take turns, as they do where a provider makes them at once. */
function callDeltas({ calls = [] }: Said): readonly object[] {
  const heads = calls.map(({ id, name }, index) => ({
    index,
    id,
    type: 'function',
    function: { name, arguments: '' },
  }));
  const inputs = calls.map((call) => pieces(jsonInput(call)));
  const rounds = [0, 1].flatMap((round) =>
    inputs.flatMap((input, index) => {
      const piece = input[round];
      return piece === undefined ? [] : [{ index, function: { arguments: piece } }];
    }),
  );
  return [...heads, ...rounds].map((piece) => ({ tool_calls: [piece] }));
}

/** A chat completion as JSON. */
export function chatAnswer(said: Said, model: string): object {
  const calls = callsOf(said);
  const message = {
    role: 'assistant',
    content: said.text ?? null,
    ...(said.reasoning === undefined ? {} : { reasoning_content: said.reasoning.text }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: calls.length === 0 ? 'stop' : 'tool_calls' }];
  return { id: 'chatcmpl-v1', object: 'chat.completion', created: 1_790_000_000, model, choices, usage: USAGE };
}

/** The events of a streamed chat completion. */
export function chatEvents(said: Said, model: string): readonly string[] {
  const deltas: object[] = [{ role: 'assistant', content: '' }];
  for (const piece of pieces(said.reasoning?.text ?? '')) deltas.push({ reasoning_content: piece });
  for (const piece of pieces(said.text ?? '')) deltas.push({ content: piece });
  const calls = callsOf(said);
  deltas.push(...callDeltas(said));
  const usage = { id: 'chatcmpl-v1', object: 'chat.completion.chunk', created: 1_790_000_000, model, choices: [] };
  return [
    ...deltas.map((delta) => chunk({ delta, model })),
    chunk({ finish: calls.length === 0 ? 'stop' : 'tool_calls', model }),
    sse({ ...usage, usage: USAGE }),
    sse('[DONE]'),
  ];
}

/** The event of an error within a chat stream. */
export const CHAT_ERROR = sse({
  error: { message: 'the engine stopped', type: 'server_error', param: null, code: null },
});
