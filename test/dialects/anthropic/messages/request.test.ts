import { describe, expect, test } from 'vitest';
import { anthropicMessages } from '../../../../src/dialects/anthropic/messages/codec.ts';
import { anthropicCountTokens } from '../../../../src/dialects/anthropic/messages/count-tokens.ts';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import type { Encoded } from '../../../../src/dialects/codec.ts';
import { HISTORY_REASONING } from '../../../../src/dialects/neutral/api.ts';
import type { Target } from '../../../../src/domain/chain.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { callOf } from '../../../helpers/call.ts';
import { encodedBy } from '../../../helpers/encoded.ts';
import { targetOf } from '../../../helpers/target.ts';

const FIRST_PARTY: Partial<Target> = {
  dialect: 'anthropic',
  preset: 'anthropic',
  baseUrl: 'http://h',
  keyHeader: 'x-api-key',
  apiKey: 'sk-ant-api-1',
};

interface Asked {
  readonly input: object | string;
  readonly stream?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly target?: Partial<Target>;
  readonly without?: readonly string[];
}

function encoded({ input, stream = false, headers = {}, target, without = [] }: Asked): Encoded {
  const call = callOf({ operation: 'messages', input, stream, headers });
  const options = { without: new Set(without), headers: {} };
  return encodedBy(anthropicMessages, call, targetOf({ ...FIRST_PARTY, ...target }), options);
}

const sent = (asked: Asked): string => String(encoded(asked).request.body);
const TURNS = '"messages":[{"role":"user","content":"hi"}]';

test('the client’s bytes are sent, with the model’s name in place and a stream where one is read', () => {
  const input = `{"model":"chain", "max_tokens": 5 ,${TURNS},"new_field":{"a":[1]}}`;
  expect(sent({ input })).toBe(`{"model":"m", "max_tokens": 5 ,${TURNS},"new_field":{"a":[1]}}`);
  expect(sent({ input: `{"model":"c",${TURNS}}`, stream: true })).toBe(`{"model":"m",${TURNS},"stream":true}`);
});

test.each([
  ['http://h', '/v1/messages'],
  ['http://h/anthropic', '/anthropic/v1/messages'],
  ['http://h/v1', '/v1/messages'],
])('the path at %s', (baseUrl, path) => {
  expect(encoded({ input: { messages: [] }, target: { baseUrl } }).request.path).toBe(path);
});

const headersFor = (asked: Partial<Asked> = {}): Readonly<Record<string, string>> =>
  encoded({ input: {}, ...asked }).request.headers;

describe('headers', () => {
  test('the version is the client’s, else the old one', () => {
    expect(headersFor()).toMatchObject({ 'anthropic-version': '2023-06-01', 'x-api-key': 'sk-ant-api-1' });
    expect(headersFor({ headers: { 'anthropic-version': '2026-10-21' } })['anthropic-version']).toBe('2026-10-21');
  });

  test('an OAuth token is no key, and a vendor may want a Bearer', () => {
    const oauth = headersFor({ target: { apiKey: 'sk-ant-oat01-x' } });
    expect([oauth['authorization'], oauth['x-api-key']]).toEqual(['Bearer sk-ant-oat01-x', undefined]);
    const vendor = headersFor({ target: { apiKey: 'k', keyHeader: 'authorization' } });
    expect([vendor['authorization'], vendor['x-api-key']]).toEqual(['Bearer k', undefined]);
  });

  test('betas of the client and of the configuration are sent together, each once', () => {
    const target = { headers: { 'anthropic-beta': 'b,c' } };
    expect(headersFor({ headers: { 'anthropic-beta': 'a, b' }, target })['anthropic-beta']).toBe('a,b,c');
    expect(headersFor()['anthropic-beta']).toBe(undefined);
  });

  test('a preset’s list filters betas, and the fields that only they have are removed and reported', () => {
    const target = { quirks: { ...NO_QUIRKS, betas: ['ok-2026-01-01'] } };
    const headers = { 'anthropic-beta': 'context-management-2025-06-27,ok-2026-01-01' };
    const { request, dropped } = encoded({ input: `{"context_management":{},${TURNS}}`, headers, target });
    expect(request.headers['anthropic-beta']).toBe('ok-2026-01-01');
    expect(String(request.body)).toBe(`{${TURNS},"model":"m"}`);
    expect(dropped).toEqual(['context_management']);
  });
});

describe('the billing line', () => {
  const LINE = 'x-anthropic-billing-header: cc_version=2; cch=1a;';
  const input = {
    system: [
      { type: 'text', text: LINE },
      { type: 'text', text: `Base.\n${LINE}`, cache_control: { type: 'ephemeral' } },
    ],
  };
  const OTHER: Partial<Target> = { preset: undefined };

  test('reaches Anthropic as it is', () => {
    expect(sent({ input })).toContain(LINE);
    const endpoint = { origin: 'https://api.anthropic.com', private: false, ca: undefined, id: 'x' };
    expect(sent({ input, target: { preset: undefined, endpoint, baseUrl: endpoint.origin } })).toContain(LINE);
  });

  test('reaches no other vendor, and a block of nothing else is removed', () => {
    expect(JSON.parse(sent({ input, target: OTHER }))).toEqual({
      system: [{ type: 'text', text: 'Base.\n', cache_control: { type: 'ephemeral' } }],
      model: 'm',
    });
    expect(JSON.parse(sent({ input: { system: LINE }, target: OTHER }))).toEqual({ model: 'm' });
  });

  test('leaves a body without it as it is', () => {
    const body = '{"system": [ "x" ],"model":"c"}';
    expect(sent({ input: body, target: OTHER })).toBe('{"system": [ "x" ],"model":"m"}');
  });
});

const history = (...content: readonly object[]): object => ({
  messages: [
    { role: 'user', content: 'a' },
    { role: 'assistant', content },
    { role: 'user', content: 'b' },
  ],
});

describe('reasoning in the history', () => {
  const TEXT = { type: 'text', text: 'x' };
  const own = { type: 'thinking', thinking: 'h', signature: 'c2ln' };
  const wrapped = { ...own, signature: 'sw1.anthropic.YzJsbg' };
  const foreign = { type: 'thinking', thinking: '', signature: 'sw1.openai.Z0E' };

  test('is unwrapped where Anthropic has signed it, and removed where another vendor has', () => {
    expect(JSON.parse(sent({ input: history(foreign, wrapped, TEXT, foreign) }))).toMatchObject(history(own, TEXT));
    expect(JSON.parse(sent({ input: history(own, TEXT) }))).toMatchObject(history(own, TEXT));
  });

  test('takes the turn with it where nothing else is in it', () => {
    const { messages } = JSON.parse(sent({ input: history(foreign) }));
    expect(messages).toEqual([
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ]);
  });

  test('is removed as a whole once it was refused', () => {
    const redacted = { type: 'redacted_thinking', data: 'eA' };
    const input = history(own, redacted, TEXT);
    expect(JSON.parse(sent({ input, without: [HISTORY_REASONING] }))).toMatchObject(history(TEXT));
  });
});

test('tokens are counted by an operation of their own, which uses none', () => {
  const call = callOf({ operation: 'messages.count_tokens', input: `{"model":"c",${TURNS}}` });
  const target = targetOf(FIRST_PARTY);
  const { request } = encodedBy(anthropicCountTokens, call, target, { without: new Set(), headers: {} });
  expect([request.path, String(request.body)]).toEqual(['/v1/messages/count_tokens', `{"model":"m",${TURNS}}`]);
  const context = { call, quirks: NO_QUIRKS, model: 'm' };
  const judged = (body: string): unknown => runAtOnce(anthropicCountTokens.judge(Buffer.from(body), context));
  expect(judged('{"input_tokens":7}')).toMatchObject({ kind: 'answer', usage: { input: 0, output: 0 } });
  expect(judged('{}')).toMatchObject({ kind: 'unusable' });
  expect(judged('{"type":"error","error":{"type":"not_found_error","message":"x"}}')).toMatchObject({
    kind: 'unusable',
    error: { type: 'not_found_error' },
  });
});
