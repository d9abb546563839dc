import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { messagesClient, messagesProvider } from '../../../../src/dialects/anthropic/messages/api.ts';
import { MessageFold } from '../../../../src/dialects/anthropic/messages/message-fold.ts';
import type { AnswerContext } from '../../../../src/dialects/codec.ts';
import { translatedCodec } from '../../../../src/dialects/neutral/translated-codec.ts';
import { fieldsOf } from '../../../../src/lib/record.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { callOf } from '../../../helpers/call.ts';
import { eventsIn, fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { encodedBy } from '../../../helpers/encoded.ts';
import { checkMessageGrammar } from '../../../helpers/message-grammar.ts';
import { targetOf } from '../../../helpers/target.ts';

/** Both sides of the API together: what is decoded, encoded, read and written must be the same. */
const codec = translatedCodec(messagesClient, messagesProvider);
const ANSWERS = fixturesOf('messages').filter(({ neutral }) => neutral !== undefined);
/** Blocks of hosted tools, and citations of documents, have no place in another API. */
const OWN_ONLY = /25-citations|26-server-tool/;

function contextOf(body: object, stream: boolean): AnswerContext {
  return { call: callOf({ operation: 'messages', input: body, stream }), quirks: NO_QUIRKS, model: 'm' };
}

const valueOf = ({ data }: SseEvent): Readonly<Record<string, unknown>> => fieldsOf(JSON.parse(data.toString()));

describe.each(ANSWERS)('$id', ({ id, stream, request, response = {} }) => {
  const isWhole = !OWN_ONLY.test(id);
  const { model, stop_reason: reason, stop_sequence: sequence } = response;

  test('its stream', () => {
    const context = contextOf(request.body, true);
    const grammar = codec.grammar(context);
    const shown: SseEvent[] = [];
    for (const event of eventsIn(stream)) {
      const { show, instead } = grammar.inspect(event);
      if (show) shown.push(...(instead ?? [event]));
    }
    expect(grammar.complete()).toBe(true);
    shown.push(...grammar.finish());
    const values = shown.map(valueOf);
    checkMessageGrammar(values);
    const fold = new MessageFold();
    for (const value of values) fold.add(value);
    const { content, usage, ...rest } = fieldsOf(fold.message());
    expect(rest).toMatchObject({ model, stop_reason: reason, stop_sequence: sequence });
    if (isWhole) expect(content).toEqual(response['content']);
    const { input_tokens: input, output_tokens: output, cache_read_input_tokens: read } = fieldsOf(response['usage']);
    expect(usage).toMatchObject({ input_tokens: input, output_tokens: output, cache_read_input_tokens: read });
  });

  test('its JSON', () => {
    const context = contextOf(request.body, false);
    const verdict = runAtOnce(codec.judge(Buffer.from(JSON.stringify(response)), context));
    if (verdict.kind !== 'answer' || codec.translate === undefined || verdict.usage === undefined)
      throw new TypeError('The answer has no usage.');
    const bytes = runAtOnce(codec.translate(verdict.value, verdict.usage, context));
    const { content, usage, ...rest } = fieldsOf(JSON.parse(bytes.toString()));
    expect(rest).toMatchObject({
      type: 'message',
      role: 'assistant',
      model,
      stop_reason: reason,
      stop_sequence: sequence,
    });
    if (isWhole) expect(content).toEqual(response['content']);
    const { input_tokens: input, output_tokens: output } = fieldsOf(response['usage']);
    expect(usage).toMatchObject({ input_tokens: input, output_tokens: output });
  });

  test('its request', () => {
    const call = callOf({ operation: 'messages', input: request.body });
    const target = targetOf({ dialect: 'anthropic', model: 'm', capabilities: { thinking: 'adaptive' } });
    const { request: sent } = encodedBy(codec, call, target, { without: new Set(), headers: {} });
    const body = fieldsOf(JSON.parse(String(sent.body)));
    for (const field of ['tools', 'tool_choice', 'max_tokens', 'stop_sequences', 'temperature', 'output_config'])
      if (request.body[field] !== undefined) expect(body[field]).toMatchObject(Object(request.body[field]));
    expect(JSON.stringify(body['messages'])).not.toContain('undefined');
    expect(Array.isArray(body['messages']) && body['messages'].length).toBeGreaterThan(0);
  });
});

test.each(fixturesOf('messages').filter(({ error, truncated }) => error !== undefined || truncated === true))(
  'the stream of $id is not complete, and ends without an end',
  ({ stream, request, error }) => {
    const grammar = codec.grammar(contextOf(request.body, true));
    const seen = eventsIn(stream).map((event) => grammar.inspect(event));
    expect(grammar.complete()).toBe(false);
    expect(seen.some((each) => each.error !== undefined)).toBe(error !== undefined);
    const names = seen.flatMap(({ instead }) => (instead ?? []).map(({ name }) => name));
    expect(names.filter((name) => name === 'message_delta' || name === 'message_stop')).toEqual([]);
  },
);
