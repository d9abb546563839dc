import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../../src/catalog/preset.ts';
import type { Target } from '../../../../../src/domain/chain.ts';
import { HISTORY_REASONING } from '../../../../../src/dialects/neutral/api.ts';
import { Losses } from '../../../../../src/dialects/neutral/losses.ts';
import type { Block, NeutralRequest, Turn } from '../../../../../src/dialects/neutral/request.ts';
import { chatProvider } from '../../../../../src/dialects/openai/chat/translate/api.ts';
import { callOf } from '../../../../helpers/call.ts';
import { targetOf } from '../../../../helpers/target.ts';
import type { EncodedForProvider } from '../../../../../src/dialects/neutral/api.ts';
import { runAtOnce } from '../../../../../src/lib/steps.ts';
import type { Json } from '../../../../helpers/json.ts';

interface Given {
  readonly request?: Partial<NeutralRequest>;
  readonly target?: Partial<Target>;
  readonly without?: readonly string[];
  readonly stream?: boolean;
}

type Encoded = EncodedForProvider & { readonly body: Json; readonly losses: Losses };

function encode({ request = {}, target = {}, without = [], stream = false }: Given): Encoded {
  const losses = new Losses();
  const call = callOf({ operation: 'messages', input: {}, stream, headers: { 'anthropic-version': '2023-06-01' } });
  const whole: NeutralRequest = { turns: [user('a')], tools: [], extras: [], lost: [], stream, ...request };
  const encoded = runAtOnce(
    chatProvider.encode({
      call,
      request: whole,
      target: targetOf(target),
      options: { without: new Set(without), headers: {} },
      losses,
    }),
  );
  return { ...encoded, body: JSON.parse(String(encoded.request.body)), losses };
}

const text = (value: string): Block => ({ kind: 'text', text: value });
const user = (...values: string[]): Turn => ({ role: 'user', blocks: values.map(text) });
const call = (id: string, name = 'f', more: object = {}): Block => ({
  kind: 'call',
  id,
  name,
  input: '{}',
  freeform: false,
  ...more,
});
const result = (id: string, ...parts: Json[]): Block => ({ kind: 'result', id, parts, error: false });
const tool = (name: string) => ({ kind: 'function', name, schema: { type: 'object' }, strict: false }) as const;
const PNG = { kind: 'image', media: { from: 'data', mediaType: 'image/png', data: 'AAAA' } } as const;
const PNG_PART = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };

function messagesFor(...turns: Turn[]): unknown {
  return encode({ request: { turns } }).body.messages;
}

test('the body goes to the chat endpoint, without the headers of the client’s API', () => {
  const { request, body, added } = encode({ stream: true });
  expect(request).toMatchObject({ path: '/chat/completions', method: 'POST' });
  expect(request.headers).not.toHaveProperty('anthropic-version');
  expect(body).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: 'a' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(added).toEqual(['stream_options']);
});

const system = (...values: string[]): Turn => ({ role: 'system', blocks: values.map(text) });

test('each block of a system turn is a message in its place', () => {
  expect(messagesFor(system('Base.', 'More.'), user('a'), system('note'), user('b'))).toEqual([
    { role: 'system', content: 'Base.' },
    { role: 'system', content: 'More.' },
    { role: 'user', content: 'a' },
    { role: 'system', content: 'note' },
    { role: 'user', content: 'b' },
  ]);
});

test('results come in the order of the calls, then the media of results with the user’s words', () => {
  expect(
    messagesFor(
      user('a'),
      { role: 'assistant', blocks: [call('t1'), call('t2')] },
      { role: 'user', blocks: [text('and?'), result('t2', text('two'), PNG), result('t1', text('one'))] },
    ),
  ).toEqual([
    { role: 'user', content: 'a' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 't1', type: 'function', function: { name: 'f', arguments: '{}' } },
        { id: 't2', type: 'function', function: { name: 'f', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 't1', content: 'one' },
    { role: 'tool', tool_call_id: 't2', content: 'two' },
    { role: 'user', content: [PNG_PART, { type: 'text', text: 'and?' }] },
  ]);
});

test('reasoning of the conversation is dropped, with a turn that was nothing else', () => {
  const reasoning: Block = { kind: 'reasoning', text: 'hm', opaque: { issuer: 'anthropic', value: 'x' } };
  const redacted: Block = { kind: 'redacted', opaque: { issuer: 'anthropic', value: 'x' } };
  expect(
    messagesFor(
      user('a'),
      { role: 'assistant', blocks: [reasoning, redacted] },
      user('b'),
      { role: 'assistant', blocks: [reasoning, text('c'), text('d')] },
      user('e'),
    ),
  ).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    { role: 'assistant', content: 'cd' },
    { role: 'user', content: 'e' },
  ]);
});

test('a server that wants its reasoning back gets what is unsigned, unless it has refused it', () => {
  const turns: Turn[] = [
    user('a'),
    { role: 'assistant', blocks: [{ kind: 'reasoning', text: 'hm' }, text('b')] },
    user('c'),
  ];
  const target = { quirks: { ...NO_QUIRKS, fillsReasoning: true } };
  expect(encode({ request: { turns }, target }).body.messages[1]).toMatchObject({ reasoning_content: 'hm' });
  const { body } = encode({ request: { turns }, target, without: [HISTORY_REASONING] });
  expect(body.messages[1]).toMatchObject({ reasoning_content: ' ' });
});

const file = (media: object, name?: string): Turn => ({
  role: 'user',
  blocks: [{ kind: 'file', media, name } as Json],
});

test('documents: a PDF is a file, a text is text under its title, an address is unsuited', () => {
  const pdf = { from: 'data', mediaType: 'application/pdf', data: 'AAAA' };
  expect(messagesFor(file(pdf, 'a.pdf'))).toEqual([
    {
      role: 'user',
      content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } }],
    },
  ]);
  const plain = { from: 'data', mediaType: 'text/plain', data: Buffer.from('body').toString('base64') };
  expect(messagesFor(file(plain, 'Title'))).toEqual([{ role: 'user', content: 'Title\nbody' }]);
  for (const media of [
    { from: 'url', url: 'https://example.com/a.pdf' },
    { from: 'file', family: 'anthropic', id: 'file_1' },
  ])
    expect(encode({ request: { turns: [file(media)] } }).losses.reason).toEqual(expect.any(String));
});

const foreign = (loss: 'reported' | 'unsuited'): Block => ({
  kind: 'foreign',
  family: 'anthropic',
  value: {},
  field: 'x',
  loss,
});

const lossesFor = (loss: 'reported' | 'unsuited'): Losses =>
  encode({ request: { turns: [{ role: 'user', blocks: [text('a'), foreign(loss)] }] } }).losses;

test('blocks that only another API has are lost as they say', () => {
  expect(lossesFor('reported').reported).toEqual(['x']);
  expect(lossesFor('unsuited').reason).toContain('x');
});

test('an answer that the request begins is unsuited, unless the model continues it', () => {
  const turns: Turn[] = [user('a'), { role: 'assistant', blocks: [text('pre')] }];
  expect(encode({ request: { turns } }).losses.reason).toContain('continue');
  const capabilities = { prefill: true } as Target['capabilities'];
  expect(encode({ request: { turns }, target: { capabilities } }).losses.reason).toBeUndefined();
});

test('a name and an id that do not fit are the same everywhere', () => {
  const long = `mcp__${'a'.repeat(80)}`;
  const id = 'call:1';
  const { body } = encode({
    request: {
      turns: [
        user('a'),
        { role: 'assistant', blocks: [call(id, long)] },
        { role: 'user', blocks: [result(id, text('r'))] },
      ],
      tools: [tool(long)],
      toolChoice: { field: 'tool_choice', value: { kind: 'tool', name: long } },
    },
  });
  const [{ function: fn }] = body.tools;
  expect(fn.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  expect(body.messages[1].tool_calls[0].function.name).toBe(fn.name);
  expect(body.tool_choice.function.name).toBe(fn.name);
  expect(body.messages[1].tool_calls[0].id).toBe(body.messages[2].tool_call_id);
});

test('a freeform tool is a function with one string, in the tools and in the history', () => {
  const { body } = encode({
    request: {
      turns: [
        user('a'),
        { role: 'assistant', blocks: [call('c1', 'patch', { input: '*** x', freeform: true })] },
        { role: 'user', blocks: [result('c1', text('ok'))] },
      ],
      tools: [{ kind: 'custom', name: 'patch', description: 'Edit.', format: { definition: 'start: "a"' } }],
    },
  });
  const [{ type, function: fn }] = body.tools;
  expect(type).toBe('function');
  expect(fn.parameters).toMatchObject({ properties: { input: { type: 'string' } }, required: ['input'] });
  expect(fn.description).toBe('Edit. Input is raw text.\n\n```\nstart: "a"\n```');
  expect(body.messages[1].tool_calls[0].function.arguments).toBe('{"input":"*** x"}');
});

test('tools of a namespace are flat, with its description in front', () => {
  const { body } = encode({
    request: {
      tools: [{ ...tool('search'), namespace: 'mcp__docs', namespaceDescription: 'Docs.', description: 'Finds.' }],
      toolChoice: { field: 'tool_choice', value: { kind: 'allowed', mode: 'auto', names: ['search'] } },
    },
  });
  expect(body.tools[0].function).toMatchObject({ name: 'mcp__docs__search', description: 'Docs.\n\nFinds.' });
  expect(body.tool_choice.allowed_tools.tools).toEqual([{ type: 'function', function: { name: 'mcp__docs__search' } }]);
});

const hosted = (ranByClient = false) =>
  ({ kind: 'hosted', family: 'anthropic', name: 'web_search', ranByClient, value: {} }) as const;

test('a hosted tool is reported beside others, and unsuited alone, forced, or run by the client', () => {
  const beside = encode({ request: { tools: [tool('f'), hosted()] } });
  expect(beside.losses).toMatchObject({ reported: ['tools.web_search'], reason: undefined });
  expect(beside.body.tools).toHaveLength(1);
  expect(encode({ request: { tools: [hosted()] } }).losses.reason).toEqual(expect.any(String));
  expect(encode({ request: { tools: [tool('f'), hosted(true)] } }).losses.reason).toEqual(expect.any(String));
  const toolChoice = { field: 'tool_choice', value: { kind: 'hosted', name: 'web_search' } } as const;
  expect(encode({ request: { tools: [tool('f'), hosted()], toolChoice } }).losses.reason).toContain('web_search');
});

test('a choice among no tools is not sent', () => {
  const { body } = encode({
    request: {
      toolChoice: { field: 'tool_choice', value: { kind: 'auto' } },
      parallelToolCalls: { field: 'tool_choice', value: false },
    },
  });
  expect(body).not.toHaveProperty('tool_choice');
  expect(body).not.toHaveProperty('parallel_tool_calls');
});

test.each<[NonNullable<NeutralRequest['reasoning']>['value'], string | undefined]>([
  [{ effort: 'high', budgetTokens: 100 }, 'high'],
  [{ effort: 'max' }, 'xhigh'],
  [{ budgetTokens: 16_000 }, 'high'],
  [{ budgetTokens: 15_999 }, 'medium'],
  [{ budgetTokens: 4000 }, 'medium'],
  [{ budgetTokens: 1024 }, 'low'],
  [{ disabled: true }, 'none'],
  [{ adaptive: true }, undefined],
])('the reasoning %j', (value, effort) => {
  const { body } = encode({ request: { reasoning: { field: 'thinking', value } } });
  expect(body.reasoning_effort).toBe(effort);
});

test('a setting that the entry has refused before is left out and reported', () => {
  const reasoning = { field: 'thinking', value: { disabled: true } } as const;
  expect(encode({ request: { reasoning } }).added).toEqual(['reasoning_effort']);
  const { body, losses } = encode({ request: { reasoning }, without: ['reasoning_effort'] });
  expect(body).not.toHaveProperty('reasoning_effort');
  expect(losses.reported).toEqual(['thinking']);
});

test('settings, and what of them the server does not take', () => {
  const request: Partial<NeutralRequest> = {
    maxOutputTokens: { field: 'max_tokens', value: 100 },
    temperature: { field: 'temperature', value: 0.5 },
    topK: { field: 'top_k', value: 3 },
    stop: { field: 'stop_sequences', value: ['a', 'b', 'c', 'd', 'e'] },
    format: { field: 'output_config.format', value: { kind: 'json_schema', name: 'answer', schema: {}, strict: true } },
    extras: [
      { family: 'openai', field: 'prompt_cache_key', loss: 'silent', value: 'k' },
      { family: 'openai', field: 'store', loss: 'reported', value: true },
      { family: 'anthropic', field: 'context_management', loss: 'reported', value: {} },
    ],
  };
  const { body, losses } = encode({ request });
  expect(body).toMatchObject({
    max_completion_tokens: 100,
    temperature: 0.5,
    stop: ['a', 'b', 'c', 'd'],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: {} } },
    prompt_cache_key: 'k',
  });
  expect(losses.reported).toEqual(['context_management', 'stop_sequences', 'store', 'top_k']);
  const old = encode({
    request,
    target: {
      preset: 'vllm',
      quirks: { ...NO_QUIRKS, renames: { max_completion_tokens: 'max_tokens' }, rejects: ['temperature'] },
    },
  });
  expect(old.body).toMatchObject({ max_tokens: 100, top_k: 3 });
  expect(old.body).not.toHaveProperty('temperature');
  expect(old.losses.reported).toContain('temperature');
});

test('cache marks are sent to the vendor that reads them', () => {
  const turns: Turn[] = [{ role: 'user', blocks: [{ kind: 'text', text: 'a', mark: { ttl: '1h' } }] }];
  expect(encode({ request: { turns } }).body.messages[0].content).toBe('a');
  expect(encode({ request: { turns }, target: { preset: 'openrouter' } }).body.messages[0].content).toEqual([
    { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ]);
});
