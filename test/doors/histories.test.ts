import { describe, expect, test } from 'vitest';
import type { ChatInput } from '../../src/domain/chat.ts';
import { chatCompletion, openaiError, responder, type ScriptedRequest } from '../../src/testing/index.ts';
import { API_DOORS } from '../helpers/doors.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';

const OK = responder({ content: 'second' });
const NO = openaiError(429, 'Rate limit reached');
const ID = 'call_A1b2C3d4E5f6G7h8';
const NINE = /^[a-zA-Z0-9]{9}$/;

/** A conversation with calls of another provider's: its ids, and its members in and beside the calls. */
const HISTORY: ChatInput = {
  model: 'default',
  tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }],
  messages: [
    { role: 'user', content: 'Look.' },
    {
      role: 'assistant',
      content: null,
      extra_content: { google: { thought_signature: 'c2lnbmF0dXJl' } },
      tool_calls: [
        {
          id: ID,
          type: 'function',
          function: { name: 'look', arguments: '{}', thought_signature: 'c2lnbmF0dXJl' },
          extra_content: { google: { thought_signature: 'c2lnbmF0dXJl' } },
          provider_specific_fields: { thought_signature: 'c2lnbmF0dXJl' },
        },
        { id: 'Fits12345', type: 'function', function: { name: 'look', arguments: '{"extra_content":1}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'Fits12345', content: 'a dog' },
    { role: 'tool', tool_call_id: ID, content: 'a cat' },
    { role: 'assistant', content: 'A cat and a dog.' },
    { role: 'user', content: 'Again.' },
  ],
} as ChatInput;

interface Sent {
  readonly role: string;
  readonly content: unknown;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly { readonly id: string; readonly [name: string]: unknown }[];
  readonly tool_call_id?: string;
}

function messagesOf({ body }: Pick<ScriptedRequest, 'body'>): readonly Sent[] {
  return (JSON.parse(body.toString()) as { messages: Sent[] }).messages;
}

/** The messages that the second entry received. */
function sentBySpill({ upstreams }: Rig): readonly Sent[] {
  expect(upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
  const [hit] = upstreams[1]?.hits ?? [];
  return hit === undefined ? [] : messagesOf(hit);
}

const CLEAN = [
  { type: 'function', function: { name: 'look', arguments: '{}' } },
  { type: 'function', function: { name: 'look', arguments: '{"extra_content":1}' } },
];

describe.each(Object.entries(API_DOORS))('%s', (_, door) => {
  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test.each(['groq', 'cerebras', 'fireworks'])(
      '%s gets calls without the members of other providers',
      async (preset) => {
        await using rig = await startRig([NO, OK], { providers: { b: { preset } } });
        expect((await door[way](rig, HISTORY)).code).toBe('ok');
        const { tool_calls: calls } = sentBySpill(rig)[1] ?? {};
        expect(calls).toEqual([
          { id: ID, ...CLEAN[0] },
          { id: 'Fits12345', ...CLEAN[1] },
        ]);
        // The entry before it, of no known provider, has received the client's own messages.
        const [first] = rig.upstreams[0]?.hits ?? [];
        expect(first === undefined ? [] : messagesOf(first)).toEqual(HISTORY.messages);
      },
    );

    test('mistral gets ids that it accepts, in the calls and in their results', async () => {
      await using rig = await startRig([NO, OK], { providers: { b: { preset: 'mistral' } } });
      expect((await door[way](rig, HISTORY)).code).toBe('ok');
      const sent = sentBySpill(rig);
      const { tool_calls: calls = [] } = sent[1] ?? {};
      const [id] = calls.map((call) => call.id);
      expect(id).toMatch(NINE);
      expect(calls).toEqual([
        { id, ...CLEAN[0] },
        { id: 'Fits12345', ...CLEAN[1] },
      ]);
      expect(sent.slice(2, 4)).toEqual([
        { role: 'tool', tool_call_id: 'Fits12345', content: 'a dog' },
        { role: 'tool', tool_call_id: id, content: 'a cat' },
      ]);
    });

    test('a reasoning model of deepseek gets a blank where the reasoning is missing', async () => {
      await using rig = await startRig([OK], {
        provider: { preset: 'deepseek', models: { 'deepseek-v4-pro': {}, 'deepseek-chat': {} } },
      });
      for (const model of ['a/deepseek-v4-pro', 'a/deepseek-chat'])
        expect((await door[way](rig, { ...HISTORY, model })).code).toBe('ok');
      const reasoning = rig.upstreams[0]?.hits.map((hit) => messagesOf(hit).map((each) => each.reasoning_content));
      expect(reasoning).toEqual([
        [undefined, ' ', undefined, undefined, ' ', undefined],
        [undefined, undefined, undefined, undefined, undefined, undefined],
      ]);
    });
  });

  test('ids in answers reach the client as the provider made them', async () => {
    const message = { role: 'assistant', content: null, tool_calls: [{ id: 'D681PevKs', ...CLEAN[0] }] };
    const { body } = chatCompletion({ content: '' });
    const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
    await using rig = await startRig([{ body: { ...(body as object), choices } }], { provider: { preset: 'mistral' } });
    const { value } = await door.create(rig, HISTORY);
    expect(value).toMatchObject({ choices: [{ message: { tool_calls: [{ id: 'D681PevKs' }] } }] });
  });
});
