import OpenAI from 'openai';
import OpenAI4 from 'openai-4';
import { expect, test } from 'vitest';
import { chatStream, chunk } from '../../src/testing/index.ts';
import { DONE, ROLE, STREAM } from '../doors/replies.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';

const messages = [{ role: 'user', content: 'Hello' }] as const;

const options = (rig: Rig) => ({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 0 });
/** The common part of both versions. */
type Pieces = AsyncIterable<{ choices: { delta?: { content?: string | null } }[] }>;

const piece = (index: number, part: object): string => chunk({ delta: { tool_calls: [{ index, ...part }] } });

/** Two parallel tool calls, as the provider of a preset sends them. */
const CALLS: Readonly<Record<string, { readonly preset: string; readonly chunks: readonly string[] }>> = {
  'as OpenAI sends them': {
    preset: 'openai',
    chunks: [
      piece(0, { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x"' } }),
      piece(1, { id: 'c2', type: 'function', function: { name: 'g', arguments: '{"y"' } }),
      piece(0, { function: { arguments: ':1}' } }),
      piece(1, { function: { arguments: ':2}' } }),
    ],
  },
  'all under one index': {
    preset: 'gemini-compat',
    chunks: [
      piece(0, { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }),
      piece(0, { id: 'c2', type: 'function', function: { name: 'g', arguments: '{"y":2}' } }),
    ],
  },
  'without an index, and with an id "null" later': {
    preset: 'mistral',
    chunks: [
      chunk({ delta: { tool_calls: [{ id: 'c1', function: { name: 'f', arguments: '{"x"' } }] } }),
      chunk({ delta: { tool_calls: [{ id: 'null', function: { name: '', arguments: ':1}' } }] } }),
      chunk({ delta: { tool_calls: [{ id: 'c2', function: { name: 'g', arguments: '{"y":2}' } }] } }),
    ],
  },
};

test.each(Object.entries(CALLS))(
  'the clients join tool calls that a provider sends %s',
  async (_, { preset, chunks }) => {
    await using provider = await startRig([
      {
        headers: STREAM,
        chunks: [ROLE, ...chunks, chunk({ finish: preset === 'openai' ? 'tool_calls' : 'stop' }), DONE],
      },
    ]);
    await using rig = await startRig([], {
      config: {
        providers: { a: { preset, baseUrl: provider.upstreams[0]?.baseUrl, apiKey: 'k' } },
        chains: { default: { entries: ['a/m'] } },
      },
    });
    const body = { model: 'default', messages: [...messages] };
    const newest = await new OpenAI(options(rig)).chat.completions.stream(body).finalChatCompletion();
    const older = await new OpenAI4(options(rig)).beta.chat.completions.stream(body).finalChatCompletion();
    for (const { choices } of [newest, older]) {
      expect(choices[0]?.finish_reason).toBe('tool_calls');
      expect(choices[0]?.message.tool_calls).toMatchObject([
        { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
        { id: 'c2', type: 'function', function: { name: 'g', arguments: '{"y":2}' } },
      ]);
    }
  },
);

test('the clients skip a comment between events, which keeps a silent stream alive', async () => {
  const words = chatStream({ content: 'one two' }).chunks ?? [];
  const chunks = words.flatMap((word) => [': keep-alive\n', word]);
  await using provider = await startRig([{ headers: STREAM, chunks }]);
  // Directly from the provider: it writes the same comments as the gateway.
  const baseURL = provider.upstreams[0]?.baseUrl ?? '';
  const body = { model: 'm', messages: [...messages], stream: true as const };
  const streams: readonly Pieces[] = [
    await new OpenAI({ baseURL, apiKey: 'x' }).chat.completions.create(body),
    await new OpenAI4({ baseURL, apiKey: 'x' }).chat.completions.create(body),
  ];
  for (const stream of streams) {
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta?.content ?? '';
    expect(text).toBe('one two');
  }
});
