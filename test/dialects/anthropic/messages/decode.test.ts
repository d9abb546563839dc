import { describe, expect, test } from 'vitest';
import { messagesClient } from '../../../../src/dialects/anthropic/messages/api.ts';
import type { NeutralRequest } from '../../../../src/dialects/neutral/request.ts';
import { callOf } from '../../../helpers/call.ts';
import { fixturesOf } from '../../../helpers/dialect-fixtures.ts';

function decoded(body: object, stream = false): NeutralRequest {
  return messagesClient.decode(
    callOf({ operation: 'messages', input: { model: 'm', max_tokens: 100, ...body }, stream }),
  );
}

const HI = [{ role: 'user', content: 'hi' }];
const asked = (...content: readonly object[]): object => ({ messages: [{ role: 'user', content }] });
const said = (...content: readonly object[]): object => ({ messages: [{ role: 'assistant', content }] });
const IMAGE = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };

test.each(fixturesOf('messages'))('the request of $id is read whole', ({ request }) => {
  const { turns, lost } = decoded(request.body);
  expect(turns.length).toBeGreaterThan(0);
  expect(lost.filter(({ loss }) => loss === 'unsuited')).toEqual([]);
  for (const { blocks } of turns) expect(blocks.length).toBeGreaterThan(0);
});

describe('turns', () => {
  test('the billing line of a coding agent is in no system block', () => {
    const system = [
      { type: 'text', text: 'x-anthropic-billing-header: cch=1;' },
      { type: 'text', text: 'Base.' },
    ];
    expect(decoded({ system, messages: HI }).turns[0]).toEqual({
      role: 'system',
      blocks: [{ kind: 'text', text: 'Base.' }],
    });
  });

  test('a system turn keeps its place', () => {
    const messages = [...HI, { role: 'system', content: [{ type: 'text', text: 'note' }] }];
    expect(decoded({ system: 'Base.', messages }).turns.map(({ role }) => role)).toEqual(['system', 'user', 'system']);
  });

  test('a result holds texts, images and documents', () => {
    const content = [{ type: 'text', text: 'see' }, IMAGE];
    const { turns } = decoded(
      asked(
        { type: 'tool_result', tool_use_id: 't', content, is_error: true },
        { type: 'tool_result', tool_use_id: 'u', content: 'ok' },
      ),
    );
    expect(turns[0]?.blocks).toMatchObject([
      { kind: 'result', id: 't', error: true, parts: [{ kind: 'text', text: 'see' }, { kind: 'image' }] },
      { kind: 'result', id: 'u', error: false, parts: [{ kind: 'text', text: 'ok' }] },
    ]);
  });

  test('a call keeps its input as JSON', () => {
    expect(decoded(said({ type: 'tool_use', id: 't', name: 'f', input: { a: 1 } })).turns[0]?.blocks).toMatchObject([
      { kind: 'call', id: 't', name: 'f', input: '{"a":1}', freeform: false },
    ]);
  });

  test('a signature belongs to the vendor that its envelope names, and else to Anthropic', () => {
    const { turns } = decoded(
      said(
        { type: 'thinking', thinking: 'h', signature: 'c2ln' },
        { type: 'thinking', thinking: 'i', signature: '' },
        { type: 'redacted_thinking', data: 'sw1.bedrock.ZUE' },
        { type: 'tool_use', id: 't', name: 'f', input: {} },
        { type: 'thinking', thinking: '', signature: 'sw1.google.Zw' },
      ),
    );
    expect(turns[0]?.blocks).toMatchObject([
      { kind: 'reasoning', text: 'h', opaque: { issuer: 'anthropic', value: 'c2ln' } },
      { kind: 'reasoning', text: 'i', opaque: undefined },
      { kind: 'redacted', opaque: { issuer: 'bedrock', value: 'eA' } },
      { kind: 'call', opaque: { issuer: 'google', value: 'g' } },
    ]);
  });

  test('a document is a file with its title, or its own text', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' };
    const { turns, lost } = decoded(
      asked(
        { type: 'document', source, title: 'a.pdf', citations: { enabled: true } },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' }, title: 'b' },
      ),
    );
    expect(turns[0]?.blocks).toMatchObject([
      { kind: 'file', name: 'a.pdf', media: { from: 'data', mediaType: 'application/pdf', data: 'JVBE' } },
      { kind: 'text', text: 'b\nwords' },
    ]);
    expect(lost).toEqual([{ field: 'citations', loss: 'reported' }]);
  });

  test('the items of hosted tools are for the same family only', () => {
    const { turns } = decoded(said({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }));
    expect(turns[0]?.blocks).toMatchObject([
      { kind: 'foreign', family: 'anthropic', field: 'server_tool_use', loss: 'reported' },
    ]);
    expect(decoded(asked({ type: 'container_upload', file_id: 'f' })).turns[0]?.blocks).toMatchObject([
      { loss: 'unsuited' },
    ]);
  });
});

describe('tools', () => {
  test('a hosted tool is named by its type without the date, and the client runs some of them', () => {
    const tools = [
      {
        name: 'f',
        input_schema: { type: 'object' },
        cache_control: { type: 'ephemeral', ttl: '1h' },
        defer_loading: true,
      },
      { type: 'web_search_20260318', name: 'web_search' },
      { type: 'bash_20250124', name: 'bash' },
    ];
    expect(decoded({ messages: HI, tools }).tools).toMatchObject([
      {
        kind: 'function',
        name: 'f',
        strict: false,
        mark: { ttl: '1h' },
        extras: { family: 'anthropic', members: { defer_loading: true } },
      },
      { kind: 'hosted', name: 'web_search', ranByClient: false },
      { kind: 'hosted', name: 'bash', ranByClient: true },
    ]);
  });

  test('the choice, and whether calls may be parallel', () => {
    const tools = [{ type: 'web_search_20260318', name: 'web_search' }];
    const choice = (value: object): NeutralRequest => decoded({ messages: HI, tools, tool_choice: value });
    expect(choice({ type: 'any', disable_parallel_tool_use: true })).toMatchObject({
      toolChoice: { field: 'tool_choice', value: { kind: 'required' } },
      parallelToolCalls: { value: false },
    });
    expect(choice({ type: 'tool', name: 'web_search' }).toolChoice?.value).toEqual({
      kind: 'hosted',
      name: 'web_search',
    });
    expect(choice({ type: 'tool', name: 'f' }).toolChoice?.value).toEqual({ kind: 'tool', name: 'f' });
  });
});

const reasoning = (body: object): unknown => decoded({ messages: HI, ...body }).reasoning;

describe('settings', () => {
  test('thinking and effort are one setting', () => {
    expect(reasoning({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } })).toEqual({
      field: 'output_config.effort',
      value: { effort: 'high', adaptive: true, summary: 'auto' },
    });
    expect(reasoning({ thinking: { type: 'enabled', budget_tokens: 5000 } })).toMatchObject({
      field: 'thinking',
      value: { budgetTokens: 5000 },
    });
    expect(reasoning({ thinking: { type: 'disabled' } })).toMatchObject({ value: { disabled: true } });
    expect(reasoning({})).toBe(undefined);
  });

  test('a format has a name, and its schema is untouched', () => {
    const schema = { type: 'object', properties: { x: { type: 'integer', minimum: 1 } } };
    expect(decoded({ messages: HI, output_config: { format: { type: 'json_schema', schema } } }).format).toEqual({
      field: 'output_config.format',
      value: { kind: 'json_schema', name: 'answer', schema, strict: true },
    });
  });

  test('fields that only Anthropic has say what their loss means', () => {
    const { extras } = decoded({
      messages: HI,
      service_tier: 'auto',
      speed: 'fast',
      mcp_servers: [{}],
      thread: { type: 'continue', previous_message_id: 'msg_1' },
      context_management: {},
      container: null,
      later: 1,
    });
    expect(Object.fromEntries(extras.map(({ field, loss }) => [field, loss]))).toEqual({
      service_tier: 'silent',
      speed: 'reported',
      mcp_servers: 'unsuited',
      thread: 'unsuited',
      context_management: 'reported',
      later: 'reported',
    });
  });

  test('a request that only fills the cache is for its own API', () => {
    expect(decoded({ messages: HI, max_tokens: 0 }).lost).toEqual([{ field: 'max_tokens', loss: 'unsuited' }]);
  });
});

test.each([
  [{ messages: [{ role: 'user', content: 1 }] }, 'messages.0.content'],
  [asked({ type: 'text' }), 'messages.0.content.0.text'],
  [asked({ type: 'image', source: {} }), 'messages.0.content.0.source.type'],
  [said({ type: 'tool_use', id: 't' }), 'messages.0.content.0.name'],
  [{ messages: HI, tools: [{}] }, 'tools.0.name'],
  [{ messages: HI, tools: [{ name: 'f' }], tool_choice: { type: 'x' } }, 'tool_choice.type'],
])('%j is the mistake of the client', (body, param) => {
  expect(() => decoded(body)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(param) }),
  );
});

test.each([
  ['metadata', 5],
  ['temperature', '1'],
  ['top_k', {}],
  ['stop_sequences.0', [1]],
  ['thinking.type', {}],
  ['output_config', []],
  ['service_tier', 1],
])('%s of %j is a mistake of the client', (param, value) => {
  const [field = ''] = param.split('.');
  expect(() => decoded({ messages: HI, [field]: value })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(new RegExp(`^${param}: `)) }),
  );
  expect(decoded({ messages: HI, [field]: null }).turns).toHaveLength(1);
});
