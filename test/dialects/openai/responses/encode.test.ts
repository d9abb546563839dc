import { describe, expect, test } from 'vitest';
import { HISTORY_REASONING } from '../../../../src/dialects/neutral/api.ts';
import { Losses } from '../../../../src/dialects/neutral/losses.ts';
import type { Block, NeutralRequest, Turn } from '../../../../src/dialects/neutral/request.ts';
import { responsesClient, responsesProvider } from '../../../../src/dialects/openai/responses/api.ts';
import { callOf } from '../../../helpers/call.ts';
import { targetOf } from '../../../helpers/target.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { caseOf } from './fixtures.ts';

type Fields = Record<string, unknown>;

const EMPTY: NeutralRequest = { turns: [], tools: [], extras: [], lost: [], stream: false };
const setting = <Value>(field: string, value: Value) => ({ field, value });
const text = (value: string): Block => ({ kind: 'text', text: value });
const user = (...blocks: readonly Block[]): Turn => ({ role: 'user', blocks });
const assistant = (...blocks: readonly Block[]): Turn => ({ role: 'assistant', blocks });
const system = (...blocks: readonly Block[]): Turn => ({ role: 'system', blocks });
const call = (id: string, input: string, freeform = false): Block => ({ kind: 'call', id, name: 'f', input, freeform });
const result = (id: string, ...parts: readonly Block[]): Block =>
  ({ kind: 'result', id, parts, error: false }) as unknown as Block;

interface Encoded {
  readonly body: Fields;
  readonly reported: readonly string[];
  readonly reason: string | undefined;
  readonly added: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}

function encode(request: Partial<NeutralRequest>, without: readonly string[] = []): Encoded {
  const losses = new Losses();
  const { request: sent, added } = runAtOnce(
    responsesProvider.encode({
      call: callOf({ input: { messages: [] }, headers: { 'x-of-client': 'a' } }),
      request: { ...EMPTY, turns: [user(text('a'))], ...request },
      target: targetOf({ model: 'gpt', dialect: 'openai-responses' }),
      options: { without: new Set(without), headers: {} },
      losses,
    }),
  );
  expect(sent.path).toBe('/responses');
  return {
    body: JSON.parse(String(sent.body)) as Fields,
    reported: losses.reported,
    reason: losses.reason,
    added,
    headers: sent.headers,
  };
}

test('D33: strict is always written', () => {
  const tool = { kind: 'function', schema: { type: 'object', properties: {} } } as const;
  const { body } = encode({
    tools: [
      { ...tool, name: 'f', strict: false },
      { ...tool, name: 'g', strict: true },
    ],
  });
  expect(body).toMatchObject(caseOf('D33').want);
});

test('D34: a request is stateless, and its assistant texts are output', () => {
  const { body } = encode({
    turns: [system(text('s')), user(text('a')), assistant(text('b')), user(text('c'))],
    maxOutputTokens: setting('max_tokens', 50),
  });
  expect(body).toMatchObject({ ...caseOf('D34').want, model: 'gpt' });
  expect(body['input']).toEqual(
    (body['input'] as Fields[]).map(() => expect.not.objectContaining({ id: expect.anything() as unknown })),
  );
});

test('D11: a document in a result is a file of the output', () => {
  const [pdf] = (
    ((caseOf('D11').in as Fields)['messages'] as { content: { content: { source?: { data: string } }[] }[] }[])[2]
      ?.content[0]?.content ?? []
  ).flatMap(({ source }) => source ?? []);
  const file: Block = { kind: 'file', media: { from: 'data', mediaType: 'application/pdf', data: pdf?.data ?? '' } };
  const { body } = encode({
    turns: [
      user(text('a')),
      assistant({ kind: 'call', id: 't1', name: 'Read', input: '{}', freeform: false }),
      user(result('t1', text('PDF'), file)),
    ],
  });
  expect(body).toMatchObject(caseOf('D11').want);
});

test.each(fixturesOf('responses').map(({ id, request }) => [id, request.body] as const))(
  '%s is encoded as it was decoded',
  (_id, body) => {
    const decoded = responsesClient.decode(callOf({ operation: 'responses', input: body }));
    const encoded = encode(decoded).body;
    const again = responsesClient.decode(callOf({ operation: 'responses', input: encoded }));
    const { tools, turns, ...others } = again;
    const { tools: ownTools, turns: ownTurns, extras, ...ownOthers } = decoded;
    expect(turns).toEqual(ownTurns);
    const { maxOutputTokens: limit } = ownOthers;
    // The API accepts no smaller limit.
    const expected =
      limit === undefined
        ? ownOthers
        : { ...ownOthers, maxOutputTokens: { ...limit, value: Math.max(16, limit.value) } };
    expect(others).toMatchObject(JSON.parse(JSON.stringify(expected)) as object);
    expect(again.extras).toEqual(extras);
    // Namespaces are flattened.
    expect(tools.map(({ kind }) => kind)).toEqual(ownTools.map(({ kind }) => kind));
  },
);

const signed = (issuer: 'openai' | 'anthropic'): Block => ({
  kind: 'reasoning',
  text: 'hm',
  opaque: { issuer, value: 's' },
});

describe('the conversation', () => {
  test('the first system text is the instructions, and all others are messages in their place', () => {
    const turns = [
      system(text('a'), text('b')),
      system(text('c')),
      user(text('d')),
      system(text('e')),
      user(text('f')),
    ];
    expect(encode({ turns }).body).toMatchObject({
      instructions: 'a',
      input: [
        { role: 'developer', content: [{ text: 'b' }] },
        { role: 'developer', content: [{ text: 'c' }] },
        { role: 'user', content: [{ text: 'd' }] },
        { role: 'developer', content: [{ text: 'e' }] },
        { role: 'user', content: [{ text: 'f' }] },
      ],
    });
  });

  test('a system turn with a mark is a message', () => {
    const turns = [system({ kind: 'text', text: 'a', mark: {} }, text('b')), user(text('c'))];
    const { body } = encode({ turns });
    expect(body).not.toHaveProperty('instructions');
    expect(body['input']).toMatchObject([{ role: 'developer', content: [{ text: 'a' }, { text: 'b' }] }, {}]);
  });

  test('a system turn with an image is a message', () => {
    const turns = [system(text('a'), { kind: 'image', media: { from: 'url', url: 'https://a' } }), user(text('b'))];
    const { body } = encode({ turns });
    expect(body).not.toHaveProperty('instructions');
    expect(body['input']).toMatchObject([
      { role: 'developer', content: [{ type: 'input_text' }, { type: 'input_image', detail: 'auto' }] },
      {},
    ]);
  });

  test('calls stand behind the text, and outputs behind the calls', () => {
    const turns = [
      user(text('a')),
      assistant(text('b'), call('c1', ''), call('c2', 'raw', true), text('c')),
      user(result('c1', text('x'), text('y')), result('c2', text('z'))),
    ];
    expect(encode({ turns }).body['input']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'b' }] },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'f', input: 'raw' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'c' }] },
      { type: 'function_call_output', call_id: 'c1', output: 'x\ny' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: 'z' },
    ]);
  });

  test('ids and names that do not fit are shortened alike', () => {
    const id = 'x'.repeat(80);
    const input = encode({ turns: [assistant(call(id, '{}')), user(result(id, text('a')))] }).body['input'] as Fields[];
    expect(input[0]?.['call_id']).toHaveLength(64);
    expect(input[1]?.['call_id']).toBe(input[0]?.['call_id']);
  });

  test("only OpenAI's own reasoning is sent back, without an id", () => {
    const redacted: Block = { kind: 'redacted', opaque: { issuer: 'openai', value: 'r' } };
    const turns = [
      user(text('a')),
      assistant(signed('openai'), signed('anthropic'), redacted, { kind: 'reasoning', text: 'x' }, text('b')),
    ];
    expect(encode({ turns }).body['input']).toEqual([
      expect.objectContaining({ role: 'user' }),
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 's' },
      { type: 'reasoning', summary: [], encrypted_content: 'r' },
      expect.objectContaining({ role: 'assistant' }),
    ]);
    expect(encode({ turns }, [HISTORY_REASONING]).body['input']).toHaveLength(2);
  });

  test.each([
    [{ kind: 'audio', media: { from: 'data', mediaType: 'audio/wav', data: 'AA' } }],
    [{ kind: 'image', media: { from: 'file', family: 'anthropic', id: 'f' } }],
    [{ kind: 'foreign', family: 'anthropic', value: {}, field: 'messages.x', loss: 'unsuited' }],
  ] as const)('what the API cannot carry makes the entry unsuited: %j', (block) => {
    expect(encode({ turns: [user(block)] }).reason).toEqual(expect.any(String));
  });

  test('a text document is text under its title', () => {
    const data = Buffer.from('body').toString('base64');
    const block: Block = { kind: 'file', name: 'T', media: { from: 'data', mediaType: 'text/plain', data } };
    expect(encode({ turns: [user(block)] }).body['input']).toMatchObject([
      { content: [{ type: 'input_text', text: 'T\nbody' }] },
    ]);
  });
});

const hosted = (name: string, ranByClient = false) =>
  ({ kind: 'hosted', family: 'anthropic', name, ranByClient, value: {} }) as const;

describe('tools', () => {
  const tool = { kind: 'function', name: 'f', strict: false } as const;

  test('a hosted tool with a counterpart is sent, and one without is reported beside others', () => {
    const { body, reported, reason } = encode({ tools: [tool, hosted('web_search'), hosted('web_fetch')] });
    expect(body['tools']).toMatchObject([{ name: 'f' }, { type: 'web_search' }]);
    expect([reported, reason]).toEqual([['tools.web_fetch'], undefined]);
  });

  test('a search on the web keeps its domains and its place', () => {
    const user_location = { type: 'approximate', country: 'DE' };
    const value = { type: 'web_search_20260318', name: 'web_search', allowed_domains: ['a.test'], user_location };
    expect(encode({ tools: [{ ...hosted('web_search'), value }] }).body['tools']).toEqual([
      { type: 'web_search', filters: { allowed_domains: ['a.test'] }, user_location },
    ]);
  });

  test('what a search on the web cannot have here is reported', () => {
    const value = {
      type: 'web_search_20260318',
      name: 'web_search',
      cache_control: { type: 'ephemeral' },
      allowed_domains: ['a.test'],
      blocked_domains: ['b.test'],
      user_location: null,
      max_uses: 3,
    };
    const { body, reported, reason } = encode({ tools: [{ ...hosted('web_search'), value }] });
    expect(body['tools']).toEqual([{ type: 'web_search', filters: { allowed_domains: ['a.test'] } }]);
    expect([reported, reason]).toEqual([['tools.web_search.blocked_domains', 'tools.web_search.max_uses'], undefined]);
  });

  test.each([
    ['the only tool', { tools: [hosted('web_fetch')] }],
    ['run by the client', { tools: [tool, hosted('computer', true)] }],
    [
      'forced',
      {
        tools: [tool, hosted('web_fetch')],
        toolChoice: setting('tool_choice', { kind: 'hosted', name: 'web_fetch' } as const),
      },
    ],
  ])('an entry is unsuited where a hosted tool without counterpart is %s', (_what, request) => {
    expect(encode(request).reason).toEqual(expect.stringContaining('no tool'));
  });

  test('a namespace is a part of the name, and its description stands before that of the tool', () => {
    const named = { ...tool, namespace: 'ns', namespaceDescription: 'N', description: 'F' };
    const toolChoice = setting('tool_choice', { kind: 'tool', name: 'f', namespace: 'ns' } as const);
    expect(encode({ tools: [named], toolChoice }).body).toMatchObject({
      tools: [{ name: 'ns__f', description: 'N\n\nF' }],
      tool_choice: { type: 'function', name: 'ns__f' },
    });
  });

  test.each([
    [{ kind: 'required' }, 'required'],
    [
      { kind: 'tool', name: 'c' },
      { type: 'custom', name: 'c' },
    ],
    [
      { kind: 'allowed', mode: 'auto', names: ['f', 'c'] },
      {
        type: 'allowed_tools',
        mode: 'auto',
        tools: [
          { type: 'function', name: 'f' },
          { type: 'custom', name: 'c' },
        ],
      },
    ],
    [{ kind: 'hosted', name: 'web_search' }, { type: 'web_search' }],
  ] as const)('the choice %j is %j', (choice, sent) => {
    const tools = [tool, { kind: 'custom', name: 'c' } as const, hosted('web_search')];
    expect(encode({ tools, toolChoice: setting('tool_choice', choice) }).body['tool_choice']).toEqual(sent);
  });
});

describe('settings', () => {
  test('what the API has no field for is reported', () => {
    const { reported, body } = encode({
      topK: setting('top_k', 1),
      stop: setting('stop', ['a']),
      seed: setting('seed', 1),
      presencePenalty: setting('presence_penalty', 1),
      frequencyPenalty: setting('frequency_penalty', 1),
      extras: [
        { family: 'openai', field: 'logit_bias', value: {}, loss: 'reported' },
        { family: 'anthropic', field: 'diagnostics', value: {}, loss: 'silent' },
        { family: 'openai', field: 'prompt_cache_key', value: 'k', loss: 'silent' },
        { family: 'openai', field: 'store', value: true, loss: 'reported' },
      ],
    });
    expect(reported).toEqual(['frequency_penalty', 'logit_bias', 'presence_penalty', 'seed', 'stop', 'top_k']);
    expect(body).toMatchObject({ prompt_cache_key: 'k', store: true });
  });

  test('a limit of the output is 16 tokens at least', () => {
    expect(encode({ maxOutputTokens: setting('max_tokens', 5) }).body['max_output_tokens']).toBe(16);
  });

  test.each([
    [{ effort: 'high' }, { effort: 'high' }],
    [{ disabled: true, effort: 'high' }, { effort: 'none' }],
    [{ budgetTokens: 20_000 }, { effort: 'high' }],
    [{ budgetTokens: 4000 }, { effort: 'medium' }],
    [
      { budgetTokens: 1024, summary: 'auto' },
      { effort: 'low', summary: 'auto' },
    ],
    [{ adaptive: true }, undefined],
  ])('the reasoning %j is %j', (reasoning, sent) => {
    expect(encode({ reasoning: setting('thinking', reasoning) }).body['reasoning']).toEqual(sent);
  });

  test('what a server may refuse is left out of a retry', () => {
    const reasoning = setting('reasoning', { effort: 'low', summary: 'auto' });
    expect(encode({ reasoning }).added).toEqual(['include', 'reasoning.summary']);
    const { body, added } = encode({ reasoning }, ['include', 'reasoning.summary']);
    expect([added, body['include'], body['reasoning']]).toEqual([[], undefined, { effort: 'low' }]);
  });

  test('the form of the text is a member of text', () => {
    const schema = { type: 'object' };
    const format = setting('response_format', { kind: 'json_schema', name: 'n', schema, strict: true } as const);
    expect(encode({ format, verbosity: setting('verbosity', 'low') }).body['text']).toEqual({
      format: { type: 'json_schema', name: 'n', schema, strict: true },
      verbosity: 'low',
    });
  });

  test("a stream is requested where the client wants one, and the client's headers stay behind", () => {
    const { body, headers } = encode({ stream: true });
    expect([body['stream'], headers['x-of-client']]).toEqual([true, undefined]);
  });
});
