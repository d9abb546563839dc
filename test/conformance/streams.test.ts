import OpenAI from 'openai';
import OpenAI4 from 'openai-4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatStream, chunk } from '../../src/testing/index.ts';
import { DONE, ROLE, STREAM } from '../doors/replies.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { CLIENT_CASES, startCases } from './every-case.ts';

const messages = [{ role: 'user', content: 'Hello' }] as const;

/** What a client's stream says, whatever its version. */
type Pieces = AsyncIterable<{ choices: { delta?: { content?: string | null } }[] }>;
type Ask = (rig: Rig, model: string) => Promise<Pieces>;

const options = (rig: Rig) => ({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 0 });
const inProcess = (rig: Rig) => ({ ...options(rig), baseURL: 'http://spillway/v1', fetch: rig.gateway.fetch });
const CLIENTS: Readonly<Record<string, Ask>> = {
  'openai over HTTP': (rig, model) =>
    new OpenAI(options(rig)).chat.completions.create({ model, messages: [...messages], stream: true }),
  'openai in process': (rig, model) =>
    new OpenAI(inProcess(rig)).chat.completions.create({ model, messages: [...messages], stream: true }),
  'openai 4 over HTTP': (rig, model) =>
    new OpenAI4(options(rig)).chat.completions.create({ model, messages: [...messages], stream: true }),
  'openai 4 in process': (rig, model) =>
    new OpenAI4({ ...inProcess(rig), fetch: rig.gateway.fetch as never }).chat.completions.create({
      model,
      messages: [...messages],
      stream: true,
    }),
};

describe.each(Object.entries(CLIENTS))('%s', (_, ask) => {
  let rig: Rig;
  beforeAll(async () => void (rig = await startCases()));
  afterAll(() => rig[Symbol.asyncDispose]());

  test.each(CLIENT_CASES.map((each) => [each.name, each.raises ? 'raises at' : 'reads all of', each] as const))(
    '(%s) %s such a stream',
    async (__, ___, { model, text, raises }) => {
      let read = '';
      let raised: unknown;
      try {
        for await (const { choices } of await ask(rig, model)) read += choices[0]?.delta?.content ?? '';
      } catch (error) {
        raised = error instanceof Error ? error.constructor.name : error;
      }
      expect([read, raised]).toEqual([text, raises ? 'APIError' : undefined]);
    },
  );
});

const piece = (index: number, part: object): string => chunk({ delta: { tool_calls: [{ index, ...part }] } });

/** Two calls at once, as the vendor of a preset sends them. */
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

test.each(Object.entries(CALLS))('the clients put tool calls together that come %s', async (_, { preset, chunks }) => {
  await using vendor = await startRig([
    {
      headers: STREAM,
      chunks: [ROLE, ...chunks, chunk({ finish: preset === 'openai' ? 'tool_calls' : 'stop' }), DONE],
    },
  ]);
  await using rig = await startRig([], {
    config: {
      providers: { a: { preset, baseUrl: vendor.upstreams[0]?.baseUrl, apiKey: 'k' } },
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
});

test('the clients read over a comment between events, as it keeps a silent stream alive', async () => {
  const words = chatStream({ content: 'one two' }).chunks ?? [];
  const chunks = words.flatMap((word) => [': keep-alive\n', word]);
  await using vendor = await startRig([{ headers: STREAM, chunks }]);
  // Straight at the vendor: what it writes is what our own pump writes.
  const baseURL = vendor.upstreams[0]?.baseUrl ?? '';
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
