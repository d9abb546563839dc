import { createTRPCClient } from '@trpc/client';
import { expectTypeOf, test } from 'vitest';
import type OpenAI from 'openai';
import { z } from 'zod';
import type { ZodMiniNumber } from 'zod/mini';
import { createGateway, defineConfig } from 'spillway';
import {
  type AppRouter,
  type ChainList,
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatInput,
  createClient,
  type Embeddings,
  httpStreamLink,
  type Model,
  type ModelList,
  type ParsedBy,
  type ParsedCompletion,
  type SpillwayError,
  type WatchedEvent,
} from 'spillway/client';
import type { ANSWERS } from '../../src/rest/openapi/answers.ts';

const { chat, embeddings, events, models, chains } = createClient({ url: 'http://127.0.0.1:4141' });
const messages = [{ role: 'user', content: 'Hello' }] as const;

test('results are typed, to the last field', async () => {
  const completion = await chat.completions.create({ messages });
  expectTypeOf(completion.choices[0]!.message.content).toEqualTypeOf<string | null>();
  expectTypeOf(completion.usage).not.toBeUnknown();
  for await (const chunk of chat.completions.stream({ messages })) {
    expectTypeOf(chunk.choices[0]!.delta.content).toEqualTypeOf<string | null | undefined>();
    expectTypeOf(chunk.choices[0]!.delta.tool_calls![0]!.function!.arguments).toEqualTypeOf<string | undefined>();
    expectTypeOf(chunk.choices[0]!.finish_reason).toEqualTypeOf<string | null | undefined>();
  }
  expectTypeOf((await embeddings.create({ input: 'x' })).data[0]!.embedding).toEqualTypeOf<
    string | readonly number[]
  >();
  expectTypeOf((await models.list()).data[0]!.id).toBeString();
  expectTypeOf((await chains.list()).data[0]!.entries[0]!.provider).toBeString();
});

test('the same through the client of tRPC and in process', async () => {
  const trpc = createTRPCClient<AppRouter>({ links: [httpStreamLink({ url: '' })] });
  trpc.chat.completions.stream.subscribe(
    { messages },
    {
      onData: (chunk) => expectTypeOf(chunk.choices[0]!.delta.content).toEqualTypeOf<string | null | undefined>(),
      onError: ({ data }) => expectTypeOf(data!.code).toEqualTypeOf<string | null>(),
    },
  );
  const completion = await trpc.chat.completions.create.mutate({ messages });
  expectTypeOf(completion.choices[0]!.message.content).toEqualTypeOf<string | null>();
  const { caller } = await createGateway({ providers: {}, chains: {} });
  for await (const chunk of await caller.chat.completions.stream({ messages })) {
    expectTypeOf(chunk.choices[0]!.delta.content).toEqualTypeOf<string | null | undefined>();
  }
});

function seen(event: WatchedEvent): string | number {
  switch (event.kind) {
    case 'attempt_started':
    case 'committed':
      return `${event.n} ${event.provider}`;
    case 'attempt_finished':
      return event.outcome;
    case 'request_started':
      return event.operation;
    case 'request_queued':
      return event.position;
    case 'request_finished':
      return event.trail.length;
    case 'limit':
      return event.limit.state;
    case 'lost':
      return event.count;
  }
}

test('a watched event is discriminated by its kind, through every client', async () => {
  for await (const event of events.watch()) seen(event);
  for await (const event of events.watch({ chains: ['default'], kinds: ['limit'] })) seen(event);
  const trpc = createTRPCClient<AppRouter>({ links: [httpStreamLink({ url: '' })] });
  trpc.events.watch.subscribe(undefined, { onData: seen });
  const { caller } = await createGateway({ providers: {}, chains: {} });
  for await (const event of await caller.events.watch({ kinds: ['committed'] })) seen(event);
  // @ts-expect-error -- there is no such kind
  void (() => events.watch({ kinds: ['attempt_begun'] }));
});

test('wrong inputs do not compile', () => {
  // @ts-expect-error -- messages are needed
  void chat.completions.create({});
  // @ts-expect-error -- messages are a list
  void chat.completions.create({ messages: 'Hello' });
  // @ts-expect-error -- there is no such role
  void chat.completions.create({ messages: [{ role: 'friend', content: 'Hello' }] });
  // @ts-expect-error -- a message has content
  void chat.completions.stream({ messages: [{ role: 'user' }] });
  // @ts-expect-error -- the message of a tool belongs to a call
  void chat.completions.stream({ messages: [{ role: 'tool', content: '7' }] });
  // @ts-expect-error -- there is no such part
  void chat.completions.stream({ messages: [{ role: 'user', content: [{ type: 'smell' }] }] });
  // @ts-expect-error -- a temperature is a number
  void chat.completions.create({ messages, temperature: 'hot' });
  // @ts-expect-error -- a stream is another procedure
  void chat.completions.create({ messages, stream: true });
  // @ts-expect-error -- and a whole answer too
  void chat.completions.stream({ messages, stream: false });
  // @ts-expect-error -- there is no input
  void embeddings.create({ model: 'x' });
  // @ts-expect-error -- the model is a name
  void models.retrieve({ model: 7 });
  // @ts-expect-error -- there is no such procedure
  void chat.completions.destroy;
  // @ts-expect-error -- a client needs a URL
  createClient({});
});

test('fields of one provider only compile', () => {
  void chat.completions.create({ messages, safe_prompt: true, provider: { order: ['a'] } });
  void chat.completions.create({ messages: [{ role: 'user', content: 'x', cache_control: { type: 'ephemeral' } }] });
});

test('inputs in the types of OpenAI’s own SDK, and in interfaces of one’s own, compile', () => {
  const whole = {} as OpenAI.ChatCompletionCreateParamsNonStreaming;
  const streamed = {} as OpenAI.ChatCompletionCreateParamsStreaming;
  void chat.completions.create(whole);
  void chat.completions.stream(streamed);
  void embeddings.create({} as OpenAI.EmbeddingCreateParams);
  void chat.completions.create({ messages: [] as OpenAI.ChatCompletionMessageParam[] });
  void chat.completions.create({ messages, tools: [] as OpenAI.ChatCompletionTool[] });
  interface Mine {
    role: 'user';
    content: string;
  }
  void chat.completions.create({ messages: [] as Mine[] });
  // @ts-expect-error -- a request for a stream is no input of a whole answer
  void chat.completions.create(streamed);
});

test('an input without stream fits both procedures', () => {
  const input: ChatInput = { messages };
  void chat.completions.create(input);
  void chat.completions.stream(input);
});

test('a client of a configuration knows its names', () => {
  const config = defineConfig({
    providers: { groq: { preset: 'groq' }, local: { baseUrl: 'http://127.0.0.1:8000/v1' } },
    chains: { fast: { entries: ['groq/llama-3.3-70b-versatile'] }, cheap: { entries: ['local/qwen3'] } },
    aliases: { 'gpt-4o': 'fast' },
  });
  const known = createClient<typeof config>({ url: '' });
  void known.chat.completions.create({ model: 'fast', messages });
  void known.chat.completions.stream({ model: 'gpt-4o', messages });
  void known.embeddings.create({ model: 'local/any', input: 'x' });
  void known.chat.completions.create({ messages });
  // @ts-expect-error -- there is no such chain
  void known.chat.completions.create({ model: 'fats', messages });
  // @ts-expect-error -- nor such a provider
  void known.embeddings.create({ model: 'remote/any', input: 'x' });
  // @ts-expect-error -- and the other members are checked all the same
  void known.chat.completions.create({ model: 'fast', messages: 7 });
  expectTypeOf<Parameters<typeof known.chat.completions.create>[0]['model']>().toEqualTypeOf<
    'fast' | 'cheap' | 'gpt-4o' | `groq/${string}` | `local/${string}` | undefined
  >();
});

test('an error has typed members', () => {
  expectTypeOf<SpillwayError['code']>().toEqualTypeOf<string | null>();
  expectTypeOf<SpillwayError['status']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<NonNullable<SpillwayError['attempts']>[number]['provider']>().toBeString();
});

test('the schemas of the documents match the types', () => {
  expectTypeOf<z.output<(typeof ANSWERS)['ChatCompletion']['schema']>>().toExtend<ChatCompletion>();
  expectTypeOf<z.output<(typeof ANSWERS)['ChatCompletionChunk']['schema']>>().toExtend<ChatCompletionChunk>();
  expectTypeOf<z.output<(typeof ANSWERS)['Embeddings']['schema']>>().toExtend<Embeddings>();
  expectTypeOf<z.output<(typeof ANSWERS)['Model']['schema']>>().toEqualTypeOf<Writable<Model>>();
  expectTypeOf<z.output<(typeof ANSWERS)['ModelList']['schema']>>().toExtend<ModelList>();
  expectTypeOf<z.output<(typeof ANSWERS)['ChainList']['schema']>>().toExtend<ChainList>();
});

type Writable<Shape> = Shape extends readonly (infer Item)[]
  ? Item[]
  : Shape extends object
    ? { -readonly [Name in keyof Shape]: Writable<Shape[Name]> }
    : Shape;

test('parse returns the type of its schema', async () => {
  const schema = z.object({ name: z.string(), tags: z.array(z.string()).default([]) });
  const parsed = await chat.completions.parse({ messages, schema, validate: { attempts: 1 } });
  expectTypeOf(parsed.choices[0]!.message.parsed).toEqualTypeOf<{ name: string; tags: string[] } | null>();
  expectTypeOf(parsed.choices[0]!.message.content).toEqualTypeOf<string | null>();
  expectTypeOf(parsed.usage).toEqualTypeOf<ChatCompletion['usage']>();
  expectTypeOf(ofMini().choices[0]!.message.parsed).toEqualTypeOf<number | null>();
  const config = defineConfig({ providers: {}, chains: { smart: { entries: [] } } });
  const named = createClient<typeof config>({ url: '' });
  void named.chat.completions.parse({ model: 'smart', messages, schema });
  // @ts-expect-error -- a name that the configuration does not have
  void named.chat.completions.parse({ model: 'clever', messages, schema });
  // @ts-expect-error -- the schema is the response format
  void chat.completions.parse({ messages, schema, response_format: { type: 'text' } });
  // @ts-expect-error -- a schema is needed
  void chat.completions.parse({ messages });
});

declare function ofMini(): ParsedCompletion<ParsedBy<ZodMiniNumber>>;
