import { describe, expect, test } from 'vitest';
import type { NeutralRequest } from '../../../../src/dialects/neutral/request.ts';
import { responsesClient } from '../../../../src/dialects/openai/responses/api.ts';
import { withAnswerMembers } from '../../../../src/domain/call.ts';
import { callOf } from '../../../helpers/call.ts';
import { fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { caseOf } from './fixtures.ts';

const decode = (input: object): NeutralRequest => responsesClient.decode(callOf({ operation: 'responses', input }));
const blocksOf = (...items: readonly object[]) => decode({ input: items }).turns.flatMap(({ blocks }) => blocks);
const toolsOf = (...tools: readonly object[]) => decode({ input: 'a', tools }).tools;
const envelope = (issuer: string, value: string) => `sw1.${issuer}.${Buffer.from(value).toString('base64url')}`;

test.each(fixturesOf('responses').map(({ id, request }) => [id, request.body] as const))(
  '%s is decoded',
  (_id, body) => {
    const { turns, tools, lost } = decode(body);
    expect(turns.length).toBeGreaterThan(0);
    expect(tools).toHaveLength((body['tools'] as unknown[] | undefined)?.length ?? 0);
    expect(lost).toEqual([]);
  },
);

describe('the conversation', () => {
  test('instructions come first, and a text is one turn of the user', () => {
    expect(decode({ instructions: 'b', input: 'a' }).turns).toEqual([
      { role: 'system', blocks: [{ kind: 'text', text: 'b' }] },
      { role: 'user', blocks: [{ kind: 'text', text: 'a' }] },
    ]);
  });

  test('messages keep their roles and their places', () => {
    const input = [
      { role: 'user', content: 'a' },
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'b' }] },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'c' },
          { type: 'refusal', refusal: 'd' },
        ],
      },
    ];
    expect(decode({ input }).turns).toEqual([
      { role: 'user', blocks: [{ kind: 'text', text: 'a' }] },
      { role: 'system', blocks: [{ kind: 'text', text: 'b' }] },
      {
        role: 'assistant',
        blocks: [
          { kind: 'text', text: 'c' },
          { kind: 'refusal', text: 'd' },
        ],
      },
    ]);
  });

  test.each([
    [
      { type: 'input_image', image_url: 'data:image/PNG;base64,AAAA', detail: 'low' },
      { kind: 'image', media: { from: 'data', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
    ],
    [
      { type: 'input_image', image_url: 'https://a/b' },
      { kind: 'image', media: { from: 'url', url: 'https://a/b' } },
    ],
    [
      { type: 'input_image', file_id: 'file_1' },
      { kind: 'image', media: { from: 'file', family: 'openai', id: 'file_1' } },
    ],
    [
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
      { kind: 'file', name: 'a.pdf', media: { from: 'data', mediaType: 'application/pdf', data: 'AAAA' } },
    ],
    [
      { type: 'input_file', file_data: 'AAAA' },
      { kind: 'file', media: { from: 'data', mediaType: 'application/pdf', data: 'AAAA' } },
    ],
    [
      { type: 'input_file', file_url: 'https://a/b.pdf' },
      { kind: 'file', media: { from: 'url', url: 'https://a/b.pdf' } },
    ],
    [
      { type: 'input_file', file_data: 'data:text/plain,a%20b' },
      { kind: 'file', media: { from: 'data', mediaType: 'text/plain', data: 'YSBi' } },
    ],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { kind: 'audio', format: 'mp3', media: { data: 'AAAA' } },
    ],
    [
      { type: 'input_hologram' },
      { kind: 'foreign', family: 'openai', field: 'input.input_hologram', loss: 'unsuited' },
    ],
    [{ type: 'input_image' }, { kind: 'foreign', loss: 'unsuited' }],
  ])('the part %j is carried', (part, block) => {
    expect(blocksOf({ role: 'user', content: [part] })).toMatchObject([block]);
  });

  test('calls and their outputs are blocks', () => {
    expect(
      blocksOf(
        { type: 'function_call', call_id: 'c1', name: 'f', namespace: 'ns', arguments: '{"a":1}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'raw' },
        { type: 'function_call_output', call_id: 'c1', output: 'x' },
        {
          type: 'custom_tool_call_output',
          call_id: 'c2',
          output: [
            { type: 'input_text', text: 'y' },
            { type: 'input_image', image_url: 'https://a' },
          ],
        },
      ),
    ).toEqual([
      { kind: 'call', id: 'c1', name: 'f', namespace: 'ns', input: '{"a":1}', freeform: false },
      { kind: 'call', id: 'c2', name: 'g', input: 'raw', freeform: true },
      { kind: 'result', id: 'c1', parts: [{ kind: 'text', text: 'x' }], error: false },
      {
        kind: 'result',
        id: 'c2',
        parts: [
          { kind: 'text', text: 'y' },
          { kind: 'image', media: { from: 'url', url: 'https://a' } },
        ],
        error: false,
      },
    ]);
  });

  test('D39: reasoning has the issuer of its envelope, or OpenAI', () => {
    expect(
      blocksOf(
        {
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'hm' }],
          encrypted_content: envelope('anthropic', 'c2ln'),
        },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAforeign' },
        { type: 'reasoning', summary: [] },
        { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'raw' }] },
      ),
    ).toEqual([
      { kind: 'reasoning', text: 'hm', opaque: { issuer: 'anthropic', value: 'c2ln' } },
      { kind: 'redacted', opaque: { issuer: 'openai', value: 'gAAAforeign' } },
      { kind: 'reasoning', text: 'raw', opaque: undefined },
    ]);
  });

  test.each([
    ['web_search_call', 'reported'],
    ['compaction', 'unsuited'],
    ['computer_call', 'unsuited'],
    ['computer_call_output', 'unsuited'],
    ['local_shell_call', 'unsuited'],
    ['apply_patch_call_output', 'unsuited'],
    ['compaction_trigger', 'unsuited'],
  ])('an item of type %s is %s', (type, loss) => {
    expect(blocksOf({ type, id: 'x' })).toEqual([
      { kind: 'foreign', family: 'openai', value: { type, id: 'x' }, field: `input.${type}`, loss },
    ]);
  });
});

describe('what only the vendor keeps is lost with every other API', () => {
  test('D38: an earlier response', () => {
    expect(decode(caseOf('D38').in as object).lost).toMatchObject([
      { field: 'previous_response_id', loss: 'unsuited', code: 'previous_response_not_found' },
    ]);
  });

  test.each([
    ['conversation', { conversation: 'conv_1' }],
    ['prompt', { prompt: { id: 'p' } }],
    [
      'input.1',
      {
        input: [
          { role: 'user', content: 'a' },
          { type: 'item_reference', id: 'msg_1' },
        ],
      },
    ],
  ])('%s', (param, input) => {
    expect(decode(input).lost).toMatchObject([{ field: param, loss: 'unsuited' }]);
  });

  test('members that are null are not sent', () => {
    expect(decode({ input: 'a', previous_response_id: null, conversation: null, prompt: null }).turns).toHaveLength(1);
  });
});

describe('tools', () => {
  test('strict is on unless it is off', () => {
    const tool = { type: 'function', name: 'f', parameters: { type: 'object' } };
    const tools = toolsOf(tool, { ...tool, strict: false }, { ...tool, strict: null, defer_loading: true });
    expect(tools).toMatchObject([
      { strict: true, schema: { type: 'object' } },
      { strict: false },
      { strict: true, extras: { family: 'openai', members: { defer_loading: true } } },
    ]);
  });

  test('a long description of a namespace with many tools stands in front of the first alone', () => {
    const search = { type: 'function', name: 'f', parameters: {} };
    const description = 'd'.repeat(10_000);
    const many = { type: 'namespace', name: 'ns', description, tools: Array.from({ length: 1000 }, () => search) };
    const few = { ...many, description: 'short', tools: [search, search] };
    const described = decode({ model: 'm', input: 'a', tools: [many, few] }).tools.map((tool) =>
      tool.kind === 'function' ? tool.namespaceDescription : undefined,
    );
    expect(described.filter((each) => each !== undefined)).toEqual([description, 'short', 'short']);
  });

  test('those of a namespace are tools of their own, and so are those that an item adds', () => {
    const search = { type: 'function', name: 'search', parameters: {}, strict: false };
    const tools = [{ type: 'namespace', name: 'ns', description: 'd', tools: [search, { type: 'custom', name: 'c' }] }];
    const input = [
      { role: 'user', content: 'a' },
      { type: 'additional_tools', tools: [{ type: 'custom', name: 'late' }] },
    ];
    const decoded = decode({ input, tools });
    expect(decoded.tools).toMatchObject([
      { kind: 'function', name: 'search', namespace: 'ns', namespaceDescription: 'd' },
      { kind: 'custom', name: 'c', namespace: 'ns' },
      { kind: 'custom', name: 'late' },
    ]);
    expect(decoded.turns).toHaveLength(1);
  });

  test('a custom tool has its grammar; any text is none', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: /.+/s' };
    expect(
      toolsOf({ type: 'custom', name: 'a', format }, { type: 'custom', name: 'b', format: { type: 'text' } }),
    ).toEqual([
      { kind: 'custom', name: 'a', format },
      { kind: 'custom', name: 'b' },
    ]);
  });

  test.each([
    ['web_search', 'web_search', false],
    ['web_search_preview_2025_03_11', 'web_search', false],
    ['computer_use_preview', 'computer_use', true],
    ['local_shell', 'local_shell', true],
    ['apply_patch', 'apply_patch', true],
    ['mcp', 'mcp', false],
  ])('the hosted tool %s is named %s', (type, name, ranByClient) => {
    expect(toolsOf({ type })).toEqual([{ kind: 'hosted', family: 'openai', name, ranByClient, value: { type } }]);
  });

  test.each([
    ['auto', { kind: 'auto' }],
    [
      { type: 'function', name: 'f' },
      { kind: 'tool', name: 'f' },
    ],
    [
      { type: 'custom', name: 'f' },
      { kind: 'tool', name: 'f' },
    ],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] },
      { kind: 'allowed', mode: 'required', names: ['f'] },
    ],
    [{ type: 'web_search_preview' }, { kind: 'hosted', name: 'web_search' }],
  ])('the choice %j is read', (choice, value) => {
    expect(decode({ input: 'a', tool_choice: choice }).toolChoice).toEqual({ field: 'tool_choice', value });
  });
});

describe('settings', () => {
  test('each has the name that the client gave it', () => {
    const schema = { type: 'object' };
    expect(
      decode({
        input: 'a',
        max_output_tokens: 10,
        temperature: 0.5,
        top_p: 0.9,
        parallel_tool_calls: false,
        reasoning: { effort: 'low', summary: 'auto' },
        text: { format: { type: 'json_schema', name: 'n', schema, strict: true }, verbosity: 'low' },
        user: 'u',
      }),
    ).toMatchObject({
      maxOutputTokens: { field: 'max_output_tokens', value: 10 },
      temperature: { field: 'temperature', value: 0.5 },
      topP: { field: 'top_p', value: 0.9 },
      parallelToolCalls: { field: 'parallel_tool_calls', value: false },
      reasoning: { field: 'reasoning', value: { effort: 'low', summary: 'auto' } },
      format: { field: 'text.format', value: { kind: 'json_schema', name: 'n', schema, strict: true } },
      verbosity: { field: 'text.verbosity', value: 'low' },
      user: { field: 'user', value: 'u' },
    });
  });

  test.each([
    [{ store: true }, [{ field: 'store', loss: 'reported' }]],
    [{ store: false, background: true, truncation: 'disabled', include: ['reasoning.encrypted_content'] }, []],
    [{ truncation: 'auto' }, [{ field: 'truncation', loss: 'reported' }]],
    [{ moderation: {}, unknown: null }, [{ field: 'moderation', loss: 'reported' }]],
    [{ max_tool_calls: 2 }, [{ field: 'max_tool_calls', loss: 'reported' }]],
    [{ include: ['message.output_text.logprobs'] }, [{ field: 'include', loss: 'unsuited' }]],
  ])('of %j no other API can carry %j', (members, lost) => {
    expect(decode({ input: 'a', ...members }).lost).toEqual(lost);
  });

  test('a response that the gateway keeps loses nothing by it', () => {
    const call = withAnswerMembers(callOf({ operation: 'responses', input: { input: 'a', store: true } }), {
      id: 'resp_1',
    });
    expect(responsesClient.decode(call).lost).toEqual([]);
  });

  test('members of the family ride along', () => {
    const members = { metadata: { a: 'b' }, prompt_cache_key: 'k', service_tier: 'flex', top_logprobs: 2 };
    expect(decode({ input: 'a', ...members }).extras.map(({ field, value, loss }) => [field, value, loss])).toEqual([
      ['metadata', { a: 'b' }, 'silent'],
      ['service_tier', 'flex', 'silent'],
      ['prompt_cache_key', 'k', 'silent'],
      ['top_logprobs', 2, 'reported'],
    ]);
  });

  test('a large tool is read whole', () => {
    const description = 'x'.repeat(100_000);
    expect(toolsOf({ type: 'function', name: 'f', description })).toMatchObject([{ description }]);
  });
});

test.each([
  ['metadata', 5, 'must be an object'],
  ['temperature', '1', 'must be a number'],
  ['parallel_tool_calls', 'yes', 'must be true or false'],
  ['include', 'all', 'must be a list'],
  ['include.1', ['a', 2], 'must be a string'],
  ['tool_choice', 5, 'has a type that this API does not take'],
  ['reasoning', [], 'must be an object'],
  ['max_output_tokens', 1.5, 'must be a whole number'],
  ['instructions', {}, 'has a type that this API does not take'],
  ['tools', {}, 'must be a list'],
  ['tools.1.type', [{ type: 'web_search' }, { name: 'f' }], 'is missing'],
] as const)('%s of %j is a mistake of the client', (param, value, problem) => {
  const [field = ''] = param.split('.');
  expect(() => decode({ input: 'a', [field]: value })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: `${param}: ${problem}` }),
  );
  expect(decode({ input: 'a', [field]: null }).turns).toHaveLength(1);
});
