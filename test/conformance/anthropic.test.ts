import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { fieldsOf, openaiError, type Reply } from '../../src/testing/index.ts';
import type { Rig } from '../helpers/gateway.ts';
import type { Api, Said } from '../helpers/vendors/said.ts';
import { startVendor } from '../helpers/vendors/vendor.ts';

const PROVIDERS: readonly Api[] = ['messages', 'responses', 'chat'];
const HI = { role: 'user', content: 'Hi' } as const;
const BODY = { model: 'default', max_tokens: 500, messages: [HI] } satisfies Anthropic.MessageCreateParams;

const clientOf = ({ url }: Rig, options: { readonly apiKey?: string; readonly maxRetries?: number } = {}): Anthropic =>
  new Anthropic({ baseURL: url, apiKey: 'x', maxRetries: 0, ...options });

const anthropicError = (status: number, type: string, more: object = {}): Reply => ({
  status,
  body: { type: 'error', error: { type, message: 'No.', ...more }, request_id: 'req_vendor' },
});

const sentTo = ({ upstreams }: Rig, n: number) => {
  const hit = upstreams[0]?.hits[n];
  if (hit === undefined) throw new Error(`The provider has not received request ${n}.`);
  return { ...fieldsOf(hit), headers: hit.headers, path: hit.path };
};

describe.each(PROVIDERS)('the anthropic package over a provider of %s', (provider) => {
  test('gets a message of the beta API as one of the other', async () => {
    await using rig = await startVendor(provider, [{ text: 'Hello.' }]);
    const message = await clientOf(rig).beta.messages.create({ ...BODY, betas: ['interleaved-thinking-2025-05-14'] });
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Hello.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 30, output_tokens: 12 },
    });
    expect(message._request_id).toMatch(/^req_/);
  });

  test('sends reasoning back as it came', async () => {
    const reasoning = { text: 'They want the weather.', signature: 'c2lnbmVk' };
    const calls = [{ id: 'call_w1', name: 'get_weather', input: { city: 'Paris' } }];
    const turn: Said = { reasoning, text: 'I look.', calls };
    await using rig = await startVendor(provider, [turn, { text: 'Sunny.' }]);
    const tools: Anthropic.Tool[] = [{ name: 'get_weather', input_schema: { type: 'object' } }];
    const thinking = { type: 'enabled', budget_tokens: 1024 } as const;
    const client = clientOf(rig);
    const first = await client.messages.stream({ ...BODY, max_tokens: 2000, tools, thinking }).finalMessage();
    expect(first.stop_reason).toBe('tool_use');
    const [block] = first.content;
    if (block?.type !== 'thinking') throw new Error('There is no reasoning.');
    expect(block.thinking).toBe(reasoning.text);
    // A chat provider signs nothing.
    const shown = { messages: reasoning.signature, responses: 'sw1.openai.', chat: '' }[provider];
    expect(block.signature.startsWith(shown)).toBe(true);
    const messages: Anthropic.MessageParam[] = [
      HI,
      { role: 'assistant', content: first.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_w1', content: 'Sunny' }] },
    ];
    const second = await client.messages.create({ ...BODY, max_tokens: 2000, tools, thinking, messages });
    expect(second.content).toMatchObject([{ text: 'Sunny.' }]);
    const sent = JSON.stringify(sentTo(rig, 1));
    expect(sent.includes(`"${reasoning.signature}"`)).toBe(provider !== 'chat');
    expect(sent).not.toContain('sw1.');
  });

  test('counts tokens', async () => {
    const counted = { messages: { input_tokens: 7 }, responses: {}, chat: {} }[provider];
    await using rig = await startVendor(provider, [{ body: counted }]);
    const { input_tokens: tokens } = await clientOf(rig).messages.countTokens({ model: 'default', messages: [HI] });
    expect(tokens).toBeGreaterThan(0);
    if (provider === 'messages') expect(tokens).toBe(7);
    // Only Anthropic's API counts; elsewhere the gateway estimates.
    expect(rig.upstreams[0]?.hits).toHaveLength(provider === 'messages' ? 1 : 0);
  });

  test.each([
    ['a rejected request', 400, Anthropic.BadRequestError, 400],
    ['a provider out of order', 500, Anthropic.InternalServerError, 503],
    ['a provider out of capacity', 529, Anthropic.InternalServerError, 503],
    ['a rejected key', 401, Anthropic.InternalServerError, 503],
  ] as const)('throws the class for %s', async (_, given, kind, status) => {
    const reply = provider === 'messages' ? anthropicError(given, 'some_error') : openaiError(given, 'No.');
    await using rig = await startVendor(provider, [reply]);
    const failed = clientOf(rig).messages.create(BODY);
    await expect(failed).rejects.toThrow(kind);
    const type = status === 503 ? 'overloaded_error' : 'invalid_request_error';
    await expect(failed).rejects.toMatchObject({ status, type, error: { type: 'error', error: { type } } });
  });
});

test('an address that has guessed too many keys gets the error of a rate limit', async () => {
  const auth = { keys: [{ name: 'ci', key: 'spillway-key-one' }] };
  await using rig = await startVendor('messages', [{ text: 'Hello.' }], { config: { auth } });
  let last: unknown;
  for (let guess = 0; guess < 200 && !(last instanceof Anthropic.RateLimitError); guess++) {
    const client = clientOf(rig, { apiKey: `spillway-guess-${guess}` });
    last = await client.models.list().catch((error: unknown) => error);
  }
  expect(last).toBeInstanceOf(Anthropic.RateLimitError);
  expect(last).toMatchObject({ type: 'rate_limit_error' });
});

test('a wrong key is an authentication error, and nothing is sent upstream', async () => {
  const auth = { keys: [{ name: 'ci', key: 'spillway-key-one' }] };
  await using rig = await startVendor('messages', [{ text: 'Hello.' }], { config: { auth } });
  await expect(clientOf(rig).messages.create(BODY)).rejects.toThrow(Anthropic.AuthenticationError);
  await expect(clientOf(rig).models.list()).rejects.toThrow(Anthropic.AuthenticationError);
  expect(rig.upstreams[0]?.hits).toEqual([]);
  const right = clientOf(rig, { apiKey: 'spillway-key-one' });
  expect((await right.messages.create(BODY)).content).toMatchObject([{ text: 'Hello.' }]);
});

test('retries only what may succeed', async () => {
  await using rig = await startVendor('chat', [openaiError(400, 'No.')]);
  await expect(clientOf(rig, { maxRetries: 2 }).messages.create(BODY)).rejects.toThrow(Anthropic.BadRequestError);
  expect(rig.finished()).toHaveLength(1);
});

test('lists models page by page', async () => {
  await using rig = await startVendor('chat', [{ text: 'Hello.' }]);
  const listed = await Array.fromAsync(clientOf(rig).models.list({ limit: 1 }));
  expect(listed.map(({ id, type }) => [id, type])).toEqual([
    ['default', 'model'],
    ['a/scripted', 'model'],
  ]);
  expect(await clientOf(rig).models.retrieve('default')).toMatchObject({ id: 'default', type: 'model' });
  await expect(clientOf(rig).models.retrieve('b/other')).rejects.toThrow(Anthropic.NotFoundError);
});

describe('a conversation that the vendor keeps', () => {
  test('continues at a provider of the same API', async () => {
    await using rig = await startVendor('messages', [{ text: 'One.' }, { text: 'Two.' }]);
    const thread = clientOf(rig).beta.messages.thread({ model: 'default', max_tokens: 500 });
    await thread.send(HI);
    expect((await thread.send({ role: 'user', content: 'More' })).content).toMatchObject([{ text: 'Two.' }]);
    expect(sentTo(rig, 1)).toMatchObject({ thread: { type: 'continue' }, messages: [{ content: 'More' }] });
    expect(sentTo(rig, 1).headers['anthropic-beta']).toContain('message-threads');
  });

  test('is sent again as a whole once the vendor has lost it', async () => {
    const lost = anthropicError(404, 'not_found_error', { details: { error_code: 'thread_not_found' } });
    await using rig = await startVendor('messages', [{ text: 'One.' }, lost, { text: 'Two.' }]);
    const thread = clientOf(rig).beta.messages.thread({ model: 'default', max_tokens: 500 });
    await thread.send(HI);
    expect((await thread.send({ role: 'user', content: 'More' })).content).toMatchObject([{ text: 'Two.' }]);
    expect(sentTo(rig, 2)).toMatchObject({ thread: { type: 'create' }, messages: [{}, {}, { content: 'More' }] });
    // The entry itself is in order.
    expect(rig.codes()).toEqual(['invalid_request', 'ok', 'ok']);
  });

  test.each(['responses', 'chat'] as const)('is refused where only a provider of %s could answer', async (provider) => {
    await using rig = await startVendor(provider, [{ text: 'One.' }]);
    const params = { model: 'default', max_tokens: 500 } as const;
    const thread = clientOf(rig).beta.messages.thread(params);
    await expect(thread.send(HI)).rejects.toThrow(Anthropic.ThreadUnsupportedRequestError);
    expect(rig.upstreams[0]?.hits).toEqual([]);
    const tolerant = clientOf(rig).beta.messages.thread({
      ...params,
      unsupportedRequestBehavior: 'continue_unthreaded',
    });
    expect((await tolerant.send(HI)).content).toMatchObject([{ text: 'One.' }]);
  });
});
