import { describe, expect, test } from 'vitest';
import { messagesProvider } from '../../../../src/dialects/anthropic/messages/api.ts';
import { HISTORY_REASONING } from '../../../../src/dialects/neutral/api.ts';
import { Losses } from '../../../../src/dialects/neutral/losses.ts';
import type { Block, CallBlock, NeutralRequest, Tool, Turn } from '../../../../src/dialects/neutral/request.ts';
import type { Target } from '../../../../src/domain/chain.ts';
import type { UpstreamRequest } from '../../../../src/upstream/transport.ts';
import { callOf } from '../../../helpers/call.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { targetOf } from '../../../helpers/target.ts';

interface Sent {
  readonly body: Record<string, unknown>;
  readonly request: UpstreamRequest;
  readonly losses: Losses;
}

interface Parts extends Partial<NeutralRequest> {
  readonly target?: Partial<Target>;
  readonly without?: readonly string[];
}

function encoded({ target = {}, without = [], ...parts }: Parts): Sent {
  const losses = new Losses();
  const request: NeutralRequest = { turns: [user('a')], tools: [], extras: [], lost: [], stream: false, ...parts };
  const { request: upstream } = runAtOnce(
    messagesProvider.encode({
      call: callOf({ input: { model: 'm', messages: [{ role: 'user', content: 'a' }] } }),
      request,
      target: targetOf({ dialect: 'anthropic', keyHeader: 'x-api-key', apiKey: 'k', ...target }),
      options: { without: new Set(without), headers: {} },
      losses,
    }),
  );
  return { body: JSON.parse(String(upstream.body)), request: upstream, losses };
}

const text = (value: string): Block => ({ kind: 'text', text: value });
const marked = (value: string): Block => ({ kind: 'text', text: value, mark: {} });
const user = (...texts: readonly string[]): Turn => ({ role: 'user', blocks: texts.map(text) });
const assistant = (...blocks: readonly Block[]): Turn => ({ role: 'assistant', blocks });
const system = (value: string): Turn => ({ role: 'system', blocks: [text(value)] });
const call = (id: string, input = '{}'): CallBlock => ({ kind: 'call', id, name: 'f', input, freeform: false });
const result = (id: string, ...texts: readonly string[]): Turn => ({
  role: 'user',
  blocks: [{ kind: 'result', id, parts: texts.map((each) => ({ kind: 'text', text: each })), error: false }],
});
const F: Tool = { kind: 'function', name: 'f', schema: { type: 'object', properties: {} }, strict: false };
const setting = <Value>(field: string, value: Value): { field: string; value: Value } => ({ field, value });
const SIGNED: Block = { kind: 'reasoning', text: 'hm', opaque: { issuer: 'anthropic', value: 'c2ln' } };

describe('turns', () => {
  test('the results of one turn are one message of the user, before its words', () => {
    const turns = [
      user('a'),
      assistant(text(''), call('t1', ''), call('t2', '{"n":1}')),
      result('t1', 'one'),
      result('t2', ''),
      user('b'),
    ];
    expect(encoded({ turns, tools: [F] }).body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'a' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 't1', name: 'f', input: {} },
          { type: 'tool_use', id: 't2', name: 'f', input: { n: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'one' }] },
          { type: 'tool_result', tool_use_id: 't2' },
          { type: 'text', text: 'b' },
        ],
      },
    ]);
  });

  test('a call without a result gets one that reports an error', () => {
    const turns = [user('a'), assistant(call('t1')), user('b')];
    expect(encoded({ turns }).body['messages']).toMatchObject([
      {},
      {},
      { content: [{ tool_use_id: 't1', is_error: true }, { text: 'b' }] },
    ]);
  });

  test('an id that is used again is sent as another one, in the call and in its result', () => {
    const turns = [user('a'), assistant(call('t')), result('t', '1'), assistant(call('t')), result('t', '2')];
    expect(encoded({ turns }).body['messages']).toMatchObject([
      {},
      { content: [{ id: 't' }] },
      { content: [{ tool_use_id: 't' }] },
      { content: [{ id: 't_2' }] },
      { content: [{ tool_use_id: 't_2' }] },
    ]);
  });

  test('leading system turns are blocks of the system prompt, later ones stay in their place', () => {
    const { body } = encoded({ turns: [system('one'), system('two'), user('a'), system('note')] });
    expect(body['system']).toEqual([
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ]);
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'note' },
        ],
      },
    ]);
  });

  test('a conversation begins with the user', () => {
    const { body } = encoded({ turns: [assistant(text('a')), user('b')] });
    expect(body['messages']).toMatchObject([{ content: [{ text: '.' }] }, { role: 'assistant' }, { role: 'user' }]);
  });

  test('an answer that has begun loses its last white space, and unsuits models that continue none', () => {
    const turns = [user('a'), assistant(text('')), user('b'), assistant(text('pre \n'))];
    expect(encoded({ turns, target: { capabilities: { prefill: true } } }).body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'pre' }] },
    ]);
    expect(encoded({ turns, target: { model: 'claude-opus-5' } }).losses.reason).toContain('begun');
  });

  test('only reasoning that Anthropic has signed is sent, and none that it has refused', () => {
    const other: Block = { kind: 'reasoning', text: 'x', opaque: { issuer: 'openai', value: 'gA' } };
    const turns = [
      user('a'),
      assistant(SIGNED, other, { kind: 'reasoning', text: 'y' }, call('c1', '{"a":1}')),
      result('c1', 'x'),
    ];
    expect(encoded({ turns }).body['messages']).toMatchObject([
      {},
      { content: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }, { type: 'tool_use' }] },
      {},
    ]);
    expect(encoded({ turns, without: [HISTORY_REASONING] }).body['messages']).toMatchObject([
      {},
      { content: [{ type: 'tool_use' }] },
      {},
    ]);
  });

  test('an image is sent with the type that the API knows, and a URL stays one', () => {
    const turns: Turn[] = [
      {
        role: 'user',
        blocks: [
          { kind: 'image', media: { from: 'data', mediaType: 'image/jpg', data: 'AAAA' }, detail: 'high' },
          { kind: 'image', media: { from: 'url', url: 'https://example.com/a.png' } },
          { kind: 'file', media: { from: 'data', mediaType: 'text/plain', data: 'aGk=' }, name: 'a.txt' },
        ],
      },
    ];
    expect(encoded({ turns }).body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' }, title: 'a.txt' },
        ],
      },
    ]);
  });

  test.each<[string, Block]>([
    ['a sound', { kind: 'audio', media: { from: 'data', mediaType: 'audio/wav', data: '' } }],
    ['a file of another vendor', { kind: 'file', media: { from: 'file', family: 'openai', id: 'f' } }],
    [
      'an image that the API does not know',
      { kind: 'image', media: { from: 'data', mediaType: 'image/tiff', data: '' } },
    ],
  ])('%s unsuits the entry', (_name, block) => {
    expect(encoded({ turns: [{ role: 'user', blocks: [block] }] }).losses.reason).toBeDefined();
  });

  test('a file that Anthropic keeps needs its beta', () => {
    const turns: Turn[] = [
      { role: 'user', blocks: [{ kind: 'file', media: { from: 'file', family: 'anthropic', id: 'f' } }] },
    ];
    expect(encoded({ turns }).request.headers['anthropic-beta']).toBe('files-api-2025-04-14');
    expect(encoded({}).request.headers['anthropic-beta']).toBe(undefined);
  });

  test('at most four marks: those of the system prompt and the last ones', () => {
    const turns: Turn[] = [
      { role: 'system', blocks: [marked('s')] },
      ...['a', 'b', 'c', 'd', 'e'].map((each): Turn => ({ role: 'user', blocks: [marked(each)] })),
    ];
    const { body } = encoded({ turns });
    const mark = { cache_control: { type: 'ephemeral' } };
    expect(body['system']).toMatchObject([mark]);
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
          ...['c', 'd', 'e'].map((each) => ({ type: 'text', text: each, ...mark })),
        ],
      },
    ]);
  });
});

describe('settings', () => {
  const sampling = { temperature: setting('temperature', 1.4), topP: setting('top_p', 0.9) };

  test('sampling parameters go where the model takes them, with the version that has them', () => {
    const { body, request, losses } = encoded(sampling);
    expect(body).toMatchObject({ temperature: 1, top_p: 0.9, max_tokens: 8192 });
    expect(request.headers).toMatchObject({ 'anthropic-version': '2023-06-01', 'x-api-key': 'k' });
    expect(losses.reported).toEqual([]);
  });

  test.each([{ capabilities: { sampling: false } }, { model: 'claude-opus-4-8' }])(
    'they are reported where it does not: %o',
    (target) => {
      const { body, losses } = encoded({ ...sampling, target });
      expect([body['temperature'], body['top_p']]).toEqual([undefined, undefined]);
      expect(losses.reported).toEqual(['temperature', 'top_p']);
    },
  );

  test('a forced tool and thinking exclude each other: the forced tool wins', () => {
    const parts = {
      tools: [F],
      toolChoice: setting('tool_choice', { kind: 'required' as const }),
      reasoning: setting('reasoning_effort', { effort: 'high' }),
    };
    const { body, losses } = encoded({ ...parts, target: { capabilities: { thinking: 'budget' } } });
    expect(body).toMatchObject({ tool_choice: { type: 'any' }, thinking: { type: 'disabled' } });
    expect(losses.reported).toEqual(['reasoning_effort']);
    expect(encoded({ ...parts, target: { model: 'claude-opus-5' } }).body).toMatchObject({
      thinking: { type: 'adaptive' },
    });
  });

  test('effort and format share output_config, and the schema holds what the API takes', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', minLength: 2 } }, required: ['a'] };
    const { body } = encoded({
      reasoning: setting('reasoning_effort', { effort: 'low' }),
      format: setting('response_format', { kind: 'json_schema', name: 'n', strict: true, schema }),
      target: { capabilities: { thinking: 'adaptive' } },
    });
    expect(body).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: {
        effort: 'low',
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { a: { type: 'string', description: 'minLength: 2' } },
            required: ['a'],
            additionalProperties: false,
          },
        },
      },
    });
    expect(JSON.stringify(body)).not.toContain('"minLength"');
  });

  test('a budget is a part of the most tokens, which grow by it', () => {
    const { body } = encoded({
      reasoning: setting('reasoning_effort', { effort: 'low' }),
      maxOutputTokens: setting('max_tokens', 1000),
      target: { model: 'claude-sonnet-4-5' },
    });
    expect(body).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 6400 }, max_tokens: 7400 });
  });

  test('a budget is not set while calls without signed thinking are answered', () => {
    const parts = { reasoning: setting('reasoning_effort', { effort: 'low' }), tools: [F] };
    const turns = [user('a'), assistant(call('t1')), result('t1', 'x')];
    const { body, losses } = encoded({ ...parts, turns, target: { model: 'claude-sonnet-4-5' } });
    expect(body['thinking']).toEqual({ type: 'disabled' });
    expect(losses.reported).toEqual(['reasoning_effort']);
    const signed = [user('a'), assistant(SIGNED, call('t1')), result('t1', 'x')];
    expect(encoded({ ...parts, turns: signed, target: { model: 'claude-sonnet-4-5' } }).body['thinking']).toMatchObject(
      { type: 'enabled' },
    );
  });

  test('a long answer is requested as a stream, also for a client that requested none', () => {
    const { body, request } = encoded({ target: { model: 'claude-opus-5' } });
    expect(body).toMatchObject({ max_tokens: 128_000, stream: true });
    expect(request.headers['accept']).toBe('text/event-stream');
    expect(encoded({ maxOutputTokens: setting('max_tokens', 10) }).body['stream']).toBe(undefined);
  });

  test.each(['toString', 'constructor', 'utmost'])('an effort %s that has no budget counts as medium', (effort) => {
    const target = { capabilities: { thinking: 'budget' } } as const;
    const [wanted, medium] = [effort, 'medium'].map(
      (word) => encoded({ reasoning: setting('reasoning_effort', { effort: word }), target }).body['thinking'],
    );
    expect(medium).toMatchObject({ type: 'enabled', budget_tokens: expect.any(Number) });
    expect(wanted).toEqual(medium);
  });

  test('stop sequences of white space are reported, and the id of a user is sent unless it is an address', () => {
    const { body, losses } = encoded({ stop: setting('stop', ['x', '\n']), user: setting('user', 'u1') });
    expect(body).toMatchObject({ stop_sequences: ['x'], metadata: { user_id: 'u1' } });
    expect(losses.reported).toEqual(['stop']);
    expect(encoded({ user: setting('user', 'a@b.c') }).body['metadata']).toBe(undefined);
  });

  test('fields of its own family are sent, and those of others are lost as they say', () => {
    const { body, losses } = encoded({
      extras: [
        { family: 'anthropic', field: 'context_management', value: {}, loss: 'reported' },
        { family: 'openai', field: 'logit_bias', value: {}, loss: 'reported' },
        { family: 'openai', field: 'store', value: true, loss: 'silent' },
      ],
      seed: setting('seed', 1),
    });
    expect(body['context_management']).toEqual({});
    expect(losses.reported).toEqual(['logit_bias', 'seed']);
  });
});

describe('tools', () => {
  const search: Tool = {
    kind: 'hosted',
    family: 'openai',
    name: 'web_search',
    ranByClient: false,
    value: { type: 'web_search' },
  };

  test('a schema is an object, names fit, and a freeform tool takes its text as a member', () => {
    const tools: Tool[] = [
      { kind: 'function', name: 'f', namespace: 'mcp__docs', description: 'd', strict: false },
      { kind: 'custom', name: 'apply_patch', format: { definition: 'start: x' } },
    ];
    expect(encoded({ tools }).body['tools']).toMatchObject([
      { name: 'mcp__docs__f', description: 'd', input_schema: { type: 'object', properties: {} } },
      { name: 'apply_patch', input_schema: { properties: { input: { type: 'string' } } } },
    ]);
  });

  test('a hosted tool of another vendor is reported beside others, and unsuits the entry where it is alone or forced', () => {
    const beside = encoded({ tools: [F, search] });
    expect([beside.losses.reported, beside.losses.reason]).toEqual([['tools.web_search'], undefined]);
    expect(encoded({ tools: [search] }).losses.reason).toBeDefined();
    const forced = setting('tool_choice', { kind: 'hosted' as const, name: 'web_search' });
    expect(encoded({ tools: [F, search], toolChoice: forced }).losses.reason).toBeDefined();
  });

  test('OpenAI’s search on the web is Anthropic’s for Claude, unless a function has its name', () => {
    const target = { model: 'claude-opus-5' };
    const place = { type: 'approximate', city: 'Berlin' };
    const value = { type: 'web_search', filters: { allowed_domains: ['a.test'] }, user_location: place };
    const toolChoice = setting('tool_choice', { kind: 'hosted' as const, name: 'web_search' });
    const { body, losses } = encoded({ target, tools: [F, { ...search, value }], toolChoice });
    expect(body).toMatchObject({
      tools: [
        { name: 'f' },
        { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.test'], user_location: place },
      ],
      tool_choice: { type: 'tool', name: 'web_search' },
    });
    expect([losses.reported, losses.reason]).toEqual([[], undefined]);
    const named: Tool = { kind: 'function', name: 'web_search', strict: false };
    const both = encoded({ target, tools: [named, search] });
    expect([both.body['tools'], both.losses.reported]).toMatchObject([[{ name: 'web_search' }], ['tools.web_search']]);
  });

  test.each([
    [{ search_context_size: 'medium', external_web_access: true }, []],
    [{ search_context_size: 'high', external_web_access: false }, ['external_web_access', 'search_context_size']],
    [{ filters: { allowed_domains: ['a.test'], blocked_domains: ['b.test'] } }, ['filters.blocked_domains']],
    [{ filters: null, user_location: null, search_context_size: null }, []],
  ])('of the search %j, what Anthropic’s cannot have is reported', (members, lost) => {
    const value = { type: 'web_search', ...members };
    const { losses } = encoded({ target: { model: 'claude-opus-5' }, tools: [F, { ...search, value }] });
    expect([losses.reported, losses.reason]).toEqual([lost.map((name) => `tools.web_search.${name}`), undefined]);
  });

  test.each([
    [{ kind: 'auto' }, { type: 'auto', disable_parallel_tool_use: true }],
    [{ kind: 'required' }, { type: 'any', disable_parallel_tool_use: true }],
    [{ kind: 'none' }, { type: 'none' }],
    [
      { kind: 'tool', name: 'f' },
      { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    ],
    [
      { kind: 'allowed', mode: 'required', names: ['f'] },
      { type: 'any', disable_parallel_tool_use: true },
    ],
  ] as const)('the choice %o', (choice, want) => {
    const toolChoice = setting('tool_choice', choice);
    const parallelToolCalls = setting('parallel_tool_calls', false);
    expect(encoded({ tools: [F], toolChoice, parallelToolCalls }).body['tool_choice']).toEqual(want);
  });
});
