import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { messagesClient, messagesProvider } from '../../../../src/dialects/anthropic/messages/api.ts';
import { anthropicMessages } from '../../../../src/dialects/anthropic/messages/codec.ts';
import { translatedCodec } from '../../../../src/dialects/neutral/translated-codec.ts';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { callOf } from '../../../helpers/call.ts';
import { targetOf } from '../../../helpers/target.ts';

const codec = translatedCodec(messagesClient, messagesProvider);
const target = targetOf({ dialect: 'anthropic' });
const options = { without: new Set<string>(), headers: {} };

/** Values that look like parts of the API, with anything in them. */
const word = fc.constantFrom(
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
  'image',
  'document',
  'base64',
  'url',
  'content',
  'assistant',
  'system',
  'message',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_start',
  'message_delta',
  'text_delta',
  'input_json_delta',
  'signature_delta',
  'citations_delta',
  'end_turn',
  'sw1.openai.eA',
);
const key = fc.constantFrom(
  'type',
  'role',
  'content',
  'text',
  'thinking',
  'signature',
  'data',
  'id',
  'name',
  'input',
  'source',
  'media_type',
  'url',
  'tool_use_id',
  'index',
  'delta',
  'content_block',
  'message',
  'usage',
  'stop_reason',
  'partial_json',
  'citation',
  'iterations',
  'cache_control',
  '__proto__',
);
const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.nat(3),
    fc.constant(null),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));
const object = fc.dictionary(key, value, { maxKeys: 6 });

test('whatever a client sends is a request, or the mistake of the client', () => {
  let requests = 0;
  const body = fc.record({
    messages: fc.array(object, { minLength: 1, maxLength: 3 }),
    system: value,
    tools: value,
    tool_choice: value,
    thinking: value,
  });
  fc.assert(
    fc.property(body, fc.boolean(), (input, sameApi) => {
      const call = callOf({ operation: 'messages', input });
      try {
        const encoded = (sameApi ? anthropicMessages : codec).encode(call, target, options);
        if ('request' in encoded) JSON.parse(String(encoded.request.body));
        requests++;
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(GatewayError);
      }
    }),
    { numRuns: 1000 },
  );
  expect(requests).toBeGreaterThan(100);
});

test('whatever a provider sends in a stream is read without an error, and shown as valid events', () => {
  const named = fc.record({ type: word }).chain((head) => object.map((rest): object => ({ ...rest, ...head })));
  fc.assert(
    fc.property(fc.array(named, { maxLength: 8 }), (events) => {
      const call = callOf({
        operation: 'messages',
        input: { messages: [{ role: 'user', content: 'a' }] },
        stream: true,
      });
      for (const each of [anthropicMessages, codec]) {
        const grammar = each.grammar({ call, quirks: NO_QUIRKS, model: 'm' });
        for (const event of events) {
          const sent: SseEvent = { name: undefined, data: Buffer.from(JSON.stringify(event)), plain: undefined };
          for (const { data } of grammar.inspect(sent).instead ?? []) JSON.parse(data.toString());
        }
        for (const { data } of grammar.finish()) JSON.parse(data.toString());
      }
    }),
    { numRuns: 1000 },
  );
});

test('whatever JSON a provider sends is an answer that can be written, or none', () => {
  let answers = 0;
  const call = callOf({ operation: 'messages', input: { messages: [{ role: 'user', content: 'a' }] } });
  const context = { call, quirks: NO_QUIRKS, model: 'm' };
  const body = object.chain((rest) =>
    fc
      .record({ content: fc.array(value, { maxLength: 4 }), usage: value, stop_reason: value })
      .map((own): object => ({ ...rest, type: 'message', ...own })),
  );
  fc.assert(
    fc.property(body, (message) => {
      const verdict = runAtOnce(codec.judge(Buffer.from(JSON.stringify(message)), context));
      if (verdict.kind !== 'answer' || codec.translate === undefined) return;
      answers++;
      const usage = verdict.usage ?? { input: 1, output: 1, source: 'estimated' as const };
      JSON.parse(runAtOnce(codec.translate(verdict.value, usage, context)).toString());
      for (const event of codec.toEvents(verdict.value, context) ?? [])
        if (event !== undefined) JSON.parse(event.data.toString());
    }),
    { numRuns: 500 },
  );
  expect(answers).toBeGreaterThan(100);
});

test('an input that nests too deep to be written is read as none', () => {
  const depth = 100_000;
  const input = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const block = `{"type":"tool_use","id":"t","name":"f","input":${input}}`;
  const data = Buffer.from(`{"type":"content_block_start","index":0,"content_block":${block}}`);
  const call = callOf({ operation: 'messages', input: { messages: [{ role: 'user', content: 'a' }] }, stream: true });
  for (const each of [anthropicMessages, codec]) {
    const grammar = each.grammar({ call, quirks: NO_QUIRKS, model: 'm' });
    expect(grammar.inspect({ name: 'content_block_start', data, plain: undefined }).token).toBe(true);
  }
});
