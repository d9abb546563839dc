import { expect, test } from 'vitest';
import { chatClient } from '../../../../../src/dialects/openai/chat/translate/api.ts';
import type { NeutralRequest } from '../../../../../src/dialects/neutral/request.ts';
import { wrapOpaque } from '../../../../../src/dialects/neutral/opaque.ts';
import { callOf } from '../../../../helpers/call.ts';
import { fixturesOf } from '../../../../helpers/dialect-fixtures.ts';

const decode = (input: object): NeutralRequest => chatClient.decode(callOf({ input }));
const turnsOf = (...messages: object[]): NeutralRequest['turns'] => decode({ messages }).turns;

test.each(fixturesOf('chat'))('$name: nothing of a recorded request is lost', ({ request }) => {
  const { turns, lost } = chatClient.decode(callOf({ input: request.body, stream: true }));
  expect(turns).toHaveLength((request.body['messages'] as unknown[]).length);
  expect(lost).toEqual([]);
});

test('each role becomes its turn, and results stand in turns of the user', () => {
  const turns = turnsOf(
    { role: 'system', content: 's' },
    { role: 'developer', content: [{ type: 'text', text: 'd' }] },
    { role: 'user', content: 'u' },
    {
      role: 'assistant',
      content: 'a',
      refusal: 'no',
      tool_calls: [
        { id: 't1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
        { id: 't2', type: 'custom', custom: { name: 'g', input: 'raw' } },
      ],
    },
    { role: 'tool', tool_call_id: 't1', content: '' },
    { role: 'tool', tool_call_id: 't2', content: [{ type: 'text', text: 'two' }] },
  );
  expect(turns).toEqual([
    { role: 'system', blocks: [{ kind: 'text', text: 's' }] },
    { role: 'system', blocks: [{ kind: 'text', text: 'd' }] },
    { role: 'user', blocks: [{ kind: 'text', text: 'u' }] },
    {
      role: 'assistant',
      blocks: [
        { kind: 'text', text: 'a' },
        { kind: 'refusal', text: 'no' },
        { kind: 'call', id: 't1', name: 'f', input: '{"a":1}', freeform: false },
        { kind: 'call', id: 't2', name: 'g', input: 'raw', freeform: true },
      ],
    },
    { role: 'user', blocks: [{ kind: 'result', id: 't1', parts: [], error: false }] },
    { role: 'user', blocks: [{ kind: 'result', id: 't2', parts: [{ kind: 'text', text: 'two' }], error: false }] },
  ]);
});

test('the functions of the older API are tools, and their calls have the ids that their results have', () => {
  const { turns, tools, toolChoice } = decode({
    messages: [
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'one' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'two' },
    ],
    functions: [{ name: 'f', parameters: { type: 'object' } }],
    function_call: { name: 'f' },
  });
  const ids = turns.flatMap(({ blocks }) => blocks.map((block) => ('id' in block ? block.id : '')));
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).toBe(ids[3]);
  expect(ids[0]).not.toBe(ids[2]);
  expect(tools).toMatchObject([{ kind: 'function', name: 'f', strict: false }]);
  expect(toolChoice).toEqual({ field: 'function_call', value: { kind: 'tool', name: 'f' } });
});

test('parts: images, files, sounds and videos, from data and from URLs', () => {
  const parts = [
    { type: 'image_url', image_url: { url: 'data:image/jpg;base64,AAAA', detail: 'high' } },
    { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,CCCC' } },
    { type: 'file', file: { file_id: 'file_1' } },
    { type: 'video_url', video_url: { url: 'https://example.com/v.mp4' } },
    { type: 'file', file: { file_data: 'data:text/plain,a%20b' } },
  ];
  expect(turnsOf({ role: 'user', content: parts })[0]?.blocks).toEqual([
    { kind: 'image', media: { from: 'data', mediaType: 'image/jpeg', data: 'AAAA' }, detail: 'high' },
    { kind: 'image', media: { from: 'url', url: 'https://example.com/a.png' } },
    { kind: 'audio', media: { from: 'data', mediaType: 'audio/mp3', data: 'BBBB' }, format: 'mp3' },
    { kind: 'file', media: { from: 'data', mediaType: 'application/pdf', data: 'CCCC' }, name: 'a.pdf' },
    { kind: 'file', media: { from: 'file', family: 'openai', id: 'file_1' } },
    { kind: 'video', media: { from: 'url', url: 'https://example.com/v.mp4' } },
    { kind: 'file', media: { from: 'data', mediaType: 'text/plain', data: Buffer.from('a b').toString('base64') } },
  ]);
});

test('a part that only its provider knows cannot be left out', () => {
  const [turn] = turnsOf({ role: 'user', content: [{ type: 'hologram', hologram: {} }] });
  expect(turn?.blocks).toMatchObject([{ kind: 'foreign', family: 'openai', loss: 'unsuited' }]);
});

test('cache marks of parts, of whole messages and of tools', () => {
  const { turns, tools } = decode({
    messages: [
      { role: 'system', content: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      { role: 'user', content: 'u', cache_control: { type: 'ephemeral' } },
    ],
    tools: [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } }],
  });
  expect(turns[0]?.blocks).toEqual([{ kind: 'text', text: 's', mark: { ttl: '1h' } }]);
  expect(turns[1]?.blocks).toEqual([{ kind: 'text', text: 'u', mark: {} }]);
  expect(tools).toMatchObject([{ mark: {} }]);
});

const signature = (opaque: Parameters<typeof wrapOpaque>[0]): object => ({
  extra_content: { google: { thought_signature: wrapOpaque(opaque, 'google') } },
});

const blocksOf = (message: object): unknown => turnsOf({ role: 'assistant', ...message })[0]?.blocks;

test('reasoning is unsigned unless its signature comes along', () => {
  const call = { id: 't', type: 'function', function: { name: 'f', arguments: '{}' } };
  const anthropic = { issuer: 'anthropic', value: 'c2ln' } as const;
  const google = { issuer: 'google', value: 'Z29v' } as const;
  const reasoning = { kind: 'reasoning', text: 'hm' };
  expect(blocksOf({ content: 'a', reasoning_content: 'hm' })).toEqual([reasoning, { kind: 'text', text: 'a' }]);
  expect(blocksOf({ reasoning: 'hm', ...signature(anthropic) })).toEqual([{ ...reasoning, opaque: anthropic }]);
  expect(blocksOf({ reasoning_content: 'hm', tool_calls: [{ ...call, ...signature(anthropic) }] })).toMatchObject([
    { ...reasoning, opaque: anthropic },
    { kind: 'call', opaque: undefined },
  ]);
  expect(blocksOf({ tool_calls: [{ ...call, ...signature(google) }] })).toMatchObject([
    { kind: 'call', opaque: google },
  ]);
  const twice = [call, call].map((each) => ({ ...each, ...signature(anthropic) }));
  expect(blocksOf({ reasoning_content: 'hm', tool_calls: twice })).toMatchObject([
    { ...reasoning, opaque: undefined },
    { kind: 'call' },
    { kind: 'call' },
  ]);
});

test('tools: functions, freeform tools with a grammar, and tools of a provider', () => {
  const grammar = { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } };
  const { tools } = decode({
    messages: [],
    tools: [
      { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true } },
      { type: 'function', function: { name: 'g' } },
      { type: 'custom', custom: { name: 'c', format: grammar } },
      { type: 'web_search' },
    ],
  });
  expect(tools).toMatchObject([
    { kind: 'function', name: 'f', description: 'd', schema: { type: 'object' }, strict: true },
    { kind: 'function', name: 'g', strict: false },
    { kind: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } },
    { kind: 'hosted', name: 'web_search', ranByClient: false },
  ]);
});

test.each<[unknown, object | undefined]>([
  ['auto', { kind: 'auto' }],
  ['none', { kind: 'none' }],
  ['required', { kind: 'required' }],
  ['any', { kind: 'required' }],
  [
    { type: 'function', function: { name: 'f' } },
    { kind: 'tool', name: 'f' },
  ],
  [
    { type: 'custom', custom: { name: 'c' } },
    { kind: 'tool', name: 'c' },
  ],
  [
    {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
    },
    { kind: 'allowed', mode: 'required', names: ['f'] },
  ],
  [{ type: 'web_search' }, { kind: 'hosted', name: 'web_search' }],
  [null, undefined],
])('the tool choice %j', (sent, value) => {
  expect(decode({ messages: [], tool_choice: sent }).toolChoice?.value).toEqual(value);
});

test('every setting has the name that the client sent it by', () => {
  const request = decode({
    messages: [],
    max_tokens: 50,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 3,
    stop: 'x',
    seed: 1,
    presence_penalty: 0.1,
    frequency_penalty: 0.2,
    reasoning_effort: 'low',
    verbosity: 'high',
    user: 'u',
    parallel_tool_calls: false,
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
  });
  expect(request).toMatchObject({
    maxOutputTokens: { field: 'max_tokens', value: 50 },
    temperature: { field: 'temperature', value: 0.5 },
    topP: { field: 'top_p', value: 0.9 },
    topK: { field: 'top_k', value: 3 },
    stop: { field: 'stop', value: ['x'] },
    seed: { field: 'seed', value: 1 },
    presencePenalty: { field: 'presence_penalty', value: 0.1 },
    frequencyPenalty: { field: 'frequency_penalty', value: 0.2 },
    reasoning: { field: 'reasoning_effort', value: { effort: 'low' } },
    verbosity: { field: 'verbosity', value: 'high' },
    user: { field: 'user', value: 'u' },
    parallelToolCalls: { field: 'parallel_tool_calls', value: false },
    format: { field: 'response_format', value: { kind: 'json_schema', name: 'n', strict: false } },
    lost: [],
  });
  expect(decode({ messages: [], max_tokens: 1, max_completion_tokens: 2 }).maxOutputTokens).toEqual({
    field: 'max_completion_tokens',
    value: 2,
  });
  expect(decode({ messages: [], reasoning_effort: 'none' }).reasoning?.value).toEqual({ disabled: true });
});

test('null means absent', () => {
  const names = [
    'temperature',
    'top_p',
    'stop',
    'seed',
    'user',
    'tools',
    'tool_choice',
    'response_format',
    'n',
    'store',
  ];
  const nulls = Object.fromEntries([...names, 'max_tokens', 'x_unknown'].map((name) => [name, null]));
  const sent = JSON.stringify(decode({ messages: [], ...nulls }));
  expect(sent).toBe(JSON.stringify(decode({ messages: [] })));
});

test.each<[object, string, string]>([
  [{ n: 2 }, 'n', 'unsuited'],
  [{ modalities: ['text', 'audio'] }, 'modalities', 'unsuited'],
  [{ audio: { voice: 'a' } }, 'audio', 'reported'],
  [{ repetition_penalty: 1.1 }, 'repetition_penalty', 'reported'],
  [{ response_format: { type: 'grammar' } }, 'response_format', 'reported'],
])('%j is lost', (fields, field, loss) => {
  expect(decode({ messages: [], ...fields }).lost).toEqual([{ field, loss }]);
});

test('what the APIs of OpenAI share goes with the meaning of its loss', () => {
  const { extras, lost } = decode({
    messages: [],
    n: 1,
    modalities: ['text'],
    store: false,
    logprobs: true,
    logit_bias: { 1: 2 },
    metadata: { a: 'b' },
    service_tier: 'auto',
    web_search_options: {},
  });
  expect(lost).toEqual([]);
  expect(extras.map(({ field, loss }) => `${field} ${loss}`)).toEqual([
    'service_tier silent',
    'metadata silent',
    'logit_bias reported',
    'logprobs reported',
    'web_search_options reported',
  ]);
});

test.each<[object, string]>([
  [{ messages: [{ role: 'narrator', content: 'x' }] }, 'messages.0.role'],
  [{ messages: [{ role: 'user', content: 5 }] }, 'messages.0.content'],
  [{ messages: [{ role: 'user', content: [5] }] }, 'messages.0.content.0'],
  [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages.0.content.0.text'],
  [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages.0.tool_call_id'],
  [{ messages: [{ role: 'assistant', tool_calls: [{ id: 'a' }] }] }, 'messages.0.tool_calls.0.function.name'],
  [{ messages: [], temperature: 'hot' }, 'temperature'],
  [{ messages: [], stop: [1] }, 'stop'],
  [{ messages: [], tools: [{ type: 'function', function: {} }] }, 'tools.0.function.name'],
])('%j is refused by the name of the field', (input, param) => {
  expect(() => decode(input)).toThrow(expect.objectContaining({ details: expect.objectContaining({ param }) }));
});

test.each([
  ['seed', 'x'],
  ['logit_bias.5', { 5: 'x' }],
  ['metadata', []],
  ['user', 5],
  ['modalities', 'text'],
])('%s of %j is a mistake of the client', (param, value) => {
  const [field = ''] = param.split('.');
  expect(() => decode({ messages: [{ role: 'user', content: 'a' }], [field]: value })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(new RegExp(`^${param}: `)) }),
  );
});
