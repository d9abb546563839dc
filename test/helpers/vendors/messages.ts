import { jsonInput, pieces, type Said, TOKENS } from './said.ts';

const event = (data: { readonly type: string } & Readonly<Record<string, unknown>>): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const usageOf = (output: number) => ({
  input_tokens: TOKENS.input,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: output,
});

const stopOf = ({ calls = [] }: Said): string => (calls.length === 0 ? 'end_turn' : 'tool_use');

interface Block {
  readonly start: object;
  readonly deltas: readonly object[];
  readonly whole: object;
}

function blocksOf({ reasoning, text, calls = [] }: Said): readonly Block[] {
  const blocks: Block[] = [];
  if (reasoning !== undefined) {
    const { text: thinking, signature } = reasoning;
    blocks.push({
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...pieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
        { type: 'signature_delta', signature },
      ],
      whole: { type: 'thinking', thinking, signature },
    });
  }
  if (text !== undefined) {
    blocks.push({
      start: { type: 'text', text: '', citations: null },
      deltas: pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
      whole: { type: 'text', text, citations: null },
    });
  }
  for (const call of calls) {
    const { id, name, input } = call;
    const block = { type: 'tool_use', id, name, caller: { type: 'direct' } };
    blocks.push({
      start: { ...block, input: {} },
      deltas: pieces(jsonInput(call)).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
      whole: { ...block, input },
    });
  }
  return blocks;
}

const shellOf = (model: string) => ({
  id: 'msg_v1',
  type: 'message',
  role: 'assistant',
  model,
  container: null,
  stop_sequence: null,
  stop_details: null,
});

/** A message as JSON. */
export function messagesAnswer(said: Said, model: string): object {
  const content = blocksOf(said).map(({ whole }) => whole);
  return { ...shellOf(model), content, stop_reason: stopOf(said), usage: usageOf(TOKENS.output) };
}

/** The events of a streamed message. */
export function messagesEvents(said: Said, model: string): readonly string[] {
  const message = { ...shellOf(model), content: [], stop_reason: null, usage: usageOf(1) };
  const delta = { stop_reason: stopOf(said), stop_sequence: null, stop_details: null };
  return [
    event({ type: 'message_start', message }),
    ...blocksOf(said).flatMap(({ start, deltas }, index) => [
      event({ type: 'content_block_start', index, content_block: start }),
      ...deltas.map((each) => event({ type: 'content_block_delta', index, delta: each })),
      event({ type: 'content_block_stop', index }),
    ]),
    event({ type: 'message_delta', delta, usage: usageOf(TOKENS.output) }),
    event({ type: 'message_stop' }),
  ];
}

/** The event of an error within a stream of a message. */
export const MESSAGES_ERROR = event({
  type: 'error',
  error: { type: 'api_error', message: 'the engine stopped' },
  request_id: 'req_v1',
});
