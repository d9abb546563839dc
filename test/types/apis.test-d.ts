import { createTRPCClient } from '@trpc/client';
import { expectTypeOf, test } from 'vitest';
import type OpenAI from 'openai';
import type { z } from 'zod';
import {
  type AppRouter,
  type ClientStream,
  type CompactedResponse,
  type Completion,
  createClient,
  httpStreamLink,
  type Message,
  type MessageStreamEvent,
  type MessagesInput,
  type Response,
  type ResponsesInput,
  type ResponseStreamEvent,
  type TokenCount,
} from 'spillway/client';
import type { ANSWERS } from '../../src/rest/openapi/answers.ts';

const { messages, responses, completions } = createClient({ url: 'http://127.0.0.1:4141' });
const HELLO = { max_tokens: 16, messages: [{ role: 'user', content: 'Hello' }] } as const;

function shownOf(event: MessageStreamEvent): string {
  switch (event.type) {
    case 'message_start':
      return event.message.id;
    case 'content_block_start':
      return event.content_block.type === 'tool_use' ? event.content_block.name : '';
    case 'content_block_delta':
      if (event.delta.type === 'text_delta') return event.delta.text;
      return event.delta.type === 'input_json_delta' ? event.delta.partial_json : '';
    case 'message_delta':
      return event.delta.stop_reason ?? '';
    case 'content_block_stop':
    case 'message_stop':
    case 'ping':
      return '';
    default:
      // A type that is newer than these types.
      return event.type;
  }
}

function textOf(event: ResponseStreamEvent): string {
  if (event.type === 'response.output_text.delta') return event.delta;
  if (event.type === 'response.completed') return event.response.id;
  if (event.type === 'response.output_item.done' && event.item.type === 'function_call') return event.item.arguments;
  return String(event.sequence_number);
}

test('results are typed, and events are distinguished by their type', async () => {
  expectTypeOf(await messages.create(HELLO)).toExtend<Message>();
  expectTypeOf(messages.stream(HELLO)).toEqualTypeOf<ClientStream<MessageStreamEvent>>();
  expectTypeOf(await messages.countTokens({ messages: HELLO.messages })).toEqualTypeOf<TokenCount>();
  expectTypeOf(await responses.create({ input: 'Hello' })).toExtend<Response>();
  expectTypeOf(responses.stream({ input: 'Hello' })).toEqualTypeOf<ClientStream<ResponseStreamEvent>>();
  expectTypeOf(await responses.compact({ input: [] })).toExtend<CompactedResponse>();
  expectTypeOf(responses.events({ response_id: 'resp_1', starting_after: 3 })).toEqualTypeOf<
    ClientStream<ResponseStreamEvent>
  >();
  expectTypeOf(await responses.retrieve({ response_id: 'resp_1' })).toExtend<Response>();
  expectTypeOf(await completions.create({ prompt: 'Once' })).toExtend<Completion>();
  expectTypeOf(completions.stream({ prompt: 'Once' })).toEqualTypeOf<ClientStream<Completion>>();
  for await (const event of messages.stream(HELLO)) shownOf(event);
  for await (const event of responses.stream({ input: 'Hello' })) textOf(event);
  const trpc = createTRPCClient<AppRouter>({ links: [httpStreamLink({ url: '' })] });
  trpc.messages.stream.subscribe(HELLO, { onData: shownOf });
  trpc.responses.stream.subscribe({ input: 'Hello' }, { onData: textOf });
});

test('a block of a whole answer is distinguished by its type', async () => {
  const [block] = (await messages.create(HELLO)).content;
  if (block?.type === 'tool_use') expectTypeOf(block.name).toBeString();
  const [item] = (await responses.create({ input: 'Hello' })).output;
  if (item?.type === 'message' && item.content[0]?.type === 'output_text')
    expectTypeOf(item.content[0].text).toBeString();
});

test('wrong inputs do not compile', () => {
  // @ts-expect-error -- messages are needed
  void messages.create({ max_tokens: 16 });
  // @ts-expect-error -- there is no such role
  void messages.create({ max_tokens: 16, messages: [{ role: 'tool', content: 'Hello' }] });
  // @ts-expect-error -- a stream is another procedure
  void messages.create({ ...HELLO, stream: true });
  // @ts-expect-error -- an input is a text or items
  void responses.create({ input: 7 });
  // @ts-expect-error -- a whole answer is another procedure
  void responses.stream({ input: 'Hello', stream: false });
  // @ts-expect-error -- a prompt is needed
  void completions.create({});
});

test('fields of one provider only compile', () => {
  void messages.create({ ...HELLO, context_management: { edits: [] }, service_tier: 'auto' });
  void messages.create({ max_tokens: 1, messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] });
  void responses.create({ input: [{ type: 'compaction_trigger' }], client_metadata: {} });
  const input: MessagesInput = { ...HELLO };
  void messages.create(input);
  void messages.stream(input);
});

test('inputs in the types of OpenAI’s own SDK compile', () => {
  const whole = {} as OpenAI.Responses.ResponseCreateParamsNonStreaming;
  const streamed = {} as OpenAI.Responses.ResponseCreateParamsStreaming;
  void responses.create(whole);
  void responses.stream(streamed);
  void responses.create({ input: [] as OpenAI.Responses.ResponseInputItem[] });
  void responses.create({ tools: [] as OpenAI.Responses.Tool[] });
  void completions.create({} as OpenAI.CompletionCreateParamsNonStreaming & { prompt: string });
  const input: ResponsesInput = { input: 'Hello' };
  void responses.create(input);
  void responses.stream(input);
});

test('the answers of OpenAI’s own SDK fit the types', () => {
  expectTypeOf<OpenAI.Completion>().toExtend<Completion>();
  expectTypeOf<OpenAI.Responses.ResponseUsage>().toExtend<NonNullable<Response['usage']>>();
});

test('the schemas of the documents match the types', () => {
  type Answer<Name extends keyof typeof ANSWERS> = z.output<(typeof ANSWERS)[Name]['schema']>;
  expectTypeOf<Answer<'Message'>>().toExtend<Message>();
  expectTypeOf<Answer<'MessageStreamEvent'>>().toExtend<MessageStreamEvent>();
  expectTypeOf<Answer<'TokenCount'>>().toExtend<TokenCount>();
  expectTypeOf<Answer<'Response'>>().toExtend<Response>();
  expectTypeOf<Answer<'ResponseStreamEvent'>>().toExtend<ResponseStreamEvent>();
  expectTypeOf<Answer<'CompactedResponse'>>().toExtend<CompactedResponse>();
  expectTypeOf<Answer<'Completion'>>().toExtend<Completion>();
});
