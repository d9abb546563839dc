import { jsonInput, pieces, type Said, type SaidCall, TOKENS } from './said.ts';

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

const USAGE = {
  input_tokens: TOKENS.input,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: TOKENS.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: TOKENS.input + TOKENS.output,
};

const shellOf = (model: string) => ({
  id: 'resp_v1',
  object: 'response',
  created_at: 1_790_000_000,
  background: false,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  model,
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  service_tier: 'default',
  store: false,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
});

interface Item {
  readonly added: object;
  readonly body: (index: number) => readonly Event[];
  readonly done: object;
}

const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });

function messageItem(text: string, id: string): Item {
  const item = { id, type: 'message', role: 'assistant' };
  return {
    added: { ...item, status: 'in_progress', content: [] },
    done: { ...item, status: 'completed', content: [part(text)] },
    body(index) {
      const at = { item_id: id, output_index: index, content_index: 0 };
      return [
        { type: 'response.content_part.added', ...at, part: part('') },
        ...pieces(text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
        { type: 'response.output_text.done', ...at, text, logprobs: [] },
        { type: 'response.content_part.done', ...at, part: part(text) },
      ];
    },
  };
}

function reasoningItem({ text, signature }: NonNullable<Said['reasoning']>): Item {
  const item = { id: 'rs_v1', type: 'reasoning' };
  const summary = { type: 'summary_text', text };
  return {
    added: { ...item, summary: [] },
    done: { ...item, summary: [summary], encrypted_content: signature },
    body(index) {
      const at = { item_id: item.id, output_index: index, summary_index: 0 };
      return [
        { type: 'response.reasoning_summary_part.added', ...at, part: { ...summary, text: '' } },
        ...pieces(text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
        { type: 'response.reasoning_summary_text.done', ...at, text },
        { type: 'response.reasoning_summary_part.done', ...at, part: summary },
      ];
    },
  };
}

function callItem(call: SaidCall, n: number): Item {
  const { name, namespace, input } = call;
  const [text, isCustom] = [jsonInput(call), typeof input === 'string'];
  const [kind, member] = isCustom ? ['custom_tool_call_input', 'input'] : ['function_call_arguments', 'arguments'];
  const item = {
    id: `${isCustom ? 'ctc' : 'fc'}_v${n}`,
    type: isCustom ? 'custom_tool_call' : 'function_call',
    call_id: call.id,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return {
    added: { ...item, status: 'in_progress', [member]: '' },
    done: { ...item, status: 'completed', [member]: text },
    body(index) {
      const at = { item_id: item.id, output_index: index };
      return [
        ...pieces(text).map((delta) => ({ type: `response.${kind}.delta`, ...at, delta })),
        { type: `response.${kind}.done`, ...at, ...(isCustom ? {} : { name }), [member]: text },
      ];
    },
  };
}

function itemsOf({ reasoning, text, calls = [] }: Said): readonly Item[] {
  return [
    ...(reasoning === undefined ? [] : [reasoningItem(reasoning)]),
    ...(text === undefined ? [] : [messageItem(text, 'msg_v1')]),
    ...calls.map((call, n) => callItem(call, n)),
  ];
}

/** A response as JSON. */
export function responsesAnswer(said: Said, model: string): object {
  const output = itemsOf(said).map(({ done }) => done);
  return { ...shellOf(model), status: 'completed', completed_at: 1_790_000_001, output, usage: USAGE };
}

/** The events of a streamed response. */
export function responsesEvents(said: Said, model: string): readonly string[] {
  const started = { ...shellOf(model), status: 'in_progress', output: [], usage: null };
  const events: Event[] = [
    { type: 'response.created', response: started },
    { type: 'response.in_progress', response: started },
    ...itemsOf(said).flatMap(({ added, body, done }, index) => [
      { type: 'response.output_item.added', output_index: index, item: added },
      ...body(index),
      { type: 'response.output_item.done', output_index: index, item: done },
    ]),
    { type: 'response.completed', response: responsesAnswer(said, model) },
  ];
  return events.map((event, n) => encoded({ ...event, sequence_number: n }));
}

/** The event of an error within a stream of a response. */
export const RESPONSES_ERROR = encoded({
  type: 'error',
  sequence_number: 99,
  error: { type: 'server_error', code: 'server_error', message: 'the engine stopped', param: null },
});

function encoded(data: Event): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
