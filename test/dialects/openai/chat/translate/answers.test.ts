import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../../src/catalog/preset.ts';
import { openaiChat } from '../../../../../src/dialects/openai/chat/codec.ts';
import { chatClient, chatProvider } from '../../../../../src/dialects/openai/chat/translate/api.ts';
import type { BlockEvent } from '../../../../../src/dialects/neutral/block-event.ts';
import { translatedCodec } from '../../../../../src/dialects/neutral/translated-codec.ts';
import { runAtOnce } from '../../../../../src/lib/steps.ts';
import { bareEvent } from '../../../../../src/sse/framing.ts';
import { callOf } from '../../../../helpers/call.ts';
import { fixturesOf, eventsIn } from '../../../../helpers/dialect-fixtures.ts';
import { foldAnswer } from '../../../../helpers/folded-answer.ts';
import { streamed, valuesOf } from '../../../../helpers/streamed.ts';
import type { Json } from '../../../../helpers/json.ts';

const codec = translatedCodec(chatClient, chatProvider);
const fixtures = fixturesOf('chat');
const answered = fixtures.flatMap(({ neutral, response, stream, ...fixture }) =>
  neutral === undefined || response === undefined ? [] : [{ ...fixture, neutral, response, stream }],
);
const contextOf = (input: object, stream: boolean) => ({
  call: callOf({ input, stream }),
  quirks: NO_QUIRKS,
  model: 'configured',
});

/** Chat has no word for a stop sequence. */
function meaningOf({ text, refusal, reasoning, calls, finish }: (typeof answered)[number]['neutral']): object {
  return { text, refusal, reasoning, calls, finish: finish === 'stop_sequence' ? 'stop' : finish };
}

function chunk(delta: object, reason: string | null = null, more: object = {}): object {
  return { id: 'chatcmpl-1', created: 5, model: 'x', choices: [{ index: 0, delta, finish_reason: reason }], ...more };
}

/** The block events that a reader makes of chunks. */
function readChunks(...chunks: readonly object[]): readonly BlockEvent[] {
  const reader = chatProvider.reader(contextOf({ messages: [] }, true));
  return [...chunks.flatMap((each) => reader.read(each, undefined)), ...reader.end()];
}

/** A stream through reader and writer, put together as one completion. */
function relayed(chunks: readonly object[], input: object): { deltas: Json[]; completion: Json } {
  const { shown } = streamed(
    codec,
    chunks.map((each) => bareEvent(JSON.stringify(each))),
    contextOf(input, true),
  );
  const steps = openaiChat.fromEvents(
    shown.map(({ data }) => data),
    { quirks: NO_QUIRKS },
  );
  const bytes = steps && runAtOnce(steps);
  const deltas = valuesOf(shown).map((value: Json) => value.choices[0]?.delta);
  return { deltas, completion: bytes && JSON.parse(bytes.toString('utf8')) };
}

test.each(answered)('$name: a whole answer is read as what it means', ({ response, neutral }) => {
  const events = chatProvider.readWhole(response, contextOf({ messages: [] }, false));
  expect(foldAnswer(events)).toEqual(meaningOf(neutral));
});

test.each(answered)('$name: a stream is read as what it means', ({ stream, neutral, request }) => {
  const { shown } = streamed(openaiChat, eventsIn(stream), contextOf(request.body, true));
  expect(foldAnswer(readChunks(...(valuesOf(shown) as object[])))).toEqual(meaningOf(neutral));
});

test.each(answered)('$name: a stream through reader and writer is the same answer', (fixture) => {
  const { request, stream, response, gate = [] } = fixture;
  const { shown, complete, inspections } = streamed(codec, eventsIn(stream), contextOf(request.body, true));
  expect(complete).toBe(true);
  const tokens = gate.filter((letters) => letters.includes('T')).length;
  expect(inspections.filter(({ token }) => token)).toHaveLength(tokens);
  const steps = openaiChat.fromEvents(
    shown.map(({ data }) => data),
    { quirks: NO_QUIRKS },
  );
  const completion = JSON.parse(String(steps && runAtOnce(steps))) as Record<string, unknown>;
  expect(completion).toMatchObject(withoutUncounted(response));
});

test.each(answered)('$name: a whole answer through reader and writer is the same', ({ response, request }) => {
  const context = contextOf(request.body, false);
  const verdict = runAtOnce(codec.judge(Buffer.from(JSON.stringify(response)), context));
  if (verdict.kind !== 'answer' || verdict.usage === undefined || codec.translate === undefined)
    throw new Error('no answer');
  const written = runAtOnce(codec.translate(verdict.value, verdict.usage, context));
  expect(JSON.parse(written.toString('utf8'))).toMatchObject(withoutUncounted(response));
});

/** Predictions are not counted in the neutral form, a member that is null may be absent, and a call without input has an empty object. */
function withoutUncounted(response: Record<string, Json>): object {
  const { usage, choices, ...head } = response;
  const {
    accepted_prediction_tokens: _a,
    rejected_prediction_tokens: _r,
    ...details
  } = usage.completion_tokens_details;
  const [{ message, finish_reason, index }] = choices;
  const filled = Object.entries(message).filter(([, value]) => value !== null);
  const choice = { index, finish_reason, message: Object.fromEntries(filled) };
  const expected = { ...head, usage: { ...usage, completion_tokens_details: details }, choices: [choice] };
  return JSON.parse(JSON.stringify(expected).replaceAll('"arguments":""', '"arguments":"{}"')) as object;
}

test.each(fixtures.filter(({ neutral }) => neutral === undefined))(
  '$name: a stream that failed or was cut ends without a finish reason and is not complete',
  ({ stream, request }) => {
    const { shown, complete } = streamed(codec, eventsIn(stream), contextOf(request.body, true));
    expect(complete).toBe(false);
    for (const value of valuesOf(shown) as Json[]) expect(value.choices[0].finish_reason).toBeNull();
  },
);

test('reasoning behind text opens a new block, and so does text behind reasoning', () => {
  const events = readChunks(
    chunk({ reasoning_content: 'r1' }),
    chunk({ content: 'a' }),
    chunk({ reasoning: 'r2' }),
    chunk({ content: 'b' }, 'stop'),
  );
  const kinds = events.flatMap((event) => (event.t === 'open' ? [event.block.kind] : []));
  expect(kinds).toEqual(['reasoning', 'text', 'reasoning', 'text']);
  expect(foldAnswer(events)).toMatchObject({ text: 'ab', reasoning: 'r1r2' });
});

test('calls whose pieces interleave stay open beside each other', () => {
  const events = readChunks(
    chunk({ tool_calls: [call(0, { id: 't1', name: 'f' }), call(1, { id: 't2', name: 'g' })] }),
    chunk({ tool_calls: [call(0, { args: '{"a"' }), call(1, { args: '{"b"' })] }),
    chunk({ tool_calls: [call(1, { args: ':2}' })] }),
    chunk({ tool_calls: [call(0, { args: ':1}' })] }, 'tool_calls'),
  );
  expect(foldAnswer(events).calls).toEqual([
    ['t1', 'f', { a: 1 }],
    ['t2', 'g', { b: 2 }],
  ]);
});

interface CallPiece {
  readonly id?: string;
  readonly name?: string;
  readonly args?: string;
}

function call(index: number, { id, name, args = '' }: CallPiece): object {
  return { index, id, type: 'function', function: { name, arguments: args } };
}

test('a call opens once its name is known, with the pieces that came before', () => {
  const events = readChunks(
    chunk({ tool_calls: [{ index: 0, id: 't1', function: { arguments: '{"a"' } }] }),
    chunk({ content: 'x' }),
    chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: ':1}' } }] }, 'tool_calls'),
  );
  expect(foldAnswer(events)).toMatchObject({ text: 'x', calls: [['t1', 'f', { a: 1 }]] });
});

test('a call without an id gets one, and the older function call is a call', () => {
  const [[id, name] = []] = foldAnswer(
    readChunks(chunk({ function_call: { name: 'f', arguments: '{}' } }, 'function_call')),
  ).calls;
  expect(name).toBe('f');
  expect(id).toMatch(/./);
});

test('only the first choice is read', () => {
  const other = { choices: [{ index: 1, delta: { content: 'other' }, finish_reason: 'length' }] };
  expect(foldAnswer(readChunks(chunk({ content: 'a' }), other, chunk({}, 'stop')))).toMatchObject({
    text: 'a',
    finish: 'stop',
  });
});

const finishOf = (reason: string, delta: object = { content: 'a' }): string =>
  foldAnswer(readChunks(chunk(delta, reason))).finish;

test('the words for why the model stopped', () => {
  expect(finishOf('length')).toBe('length');
  expect(finishOf('content_filter')).toBe('filter');
  expect(finishOf('function_call')).toBe('tools');
  expect(finishOf('eos')).toBe('stop');
  expect(finishOf('stop', { refusal: 'no' })).toBe('refusal');
});

const signed = { extra_content: { google: { thought_signature: 'c2ln' } } };

test('a signature and citations are read and written in their places', () => {
  const cited = {
    type: 'url_citation',
    url_citation: { url: 'https://a.example', title: 'A', start_index: 2, end_index: 4 },
  };
  const { completion } = relayed(
    [
      chunk({ content: 'abcd', annotations: [cited] }),
      chunk({ tool_calls: [{ index: 0, id: 't1', function: { name: 'f', arguments: '' }, ...signed }] }),
      chunk({}, 'tool_calls'),
    ],
    { messages: [] },
  );
  expect(completion.choices[0].message).toMatchObject({
    content: 'abcd',
    annotations: [cited],
    tool_calls: [{ id: 't1', function: { name: 'f', arguments: '{}' }, ...signed }],
  });
});

test('the signature of another issuer is wrapped, on the call behind the reasoning', () => {
  const messages = written(
    { t: 'open', i: 0, block: { kind: 'reasoning' } },
    { t: 'delta', i: 0, text: 'hm' },
    { t: 'opaque', i: 0, opaque: { issuer: 'anthropic', value: 'c2ln' } },
    { t: 'close', i: 0 },
    { t: 'open', i: 1, block: { kind: 'call', id: 't1', name: 'f', freeform: false } },
    { t: 'close', i: 1 },
    { t: 'finish', reason: 'tools' },
  );
  const google = { thought_signature: `sw1.anthropic.${Buffer.from('c2ln').toString('base64url')}` };
  for (const message of messages)
    expect(message).toMatchObject({
      reasoning_content: 'hm',
      tool_calls: [{ id: 't1', function: { name: 'f', arguments: '{}' }, extra_content: { google } }],
    });
});

const signedReasoning = (i: number, value: string): BlockEvent[] => [
  { t: 'open', i, block: { kind: 'reasoning' } },
  { t: 'opaque', i, opaque: { issuer: 'anthropic', value } },
  { t: 'close', i },
];

test('without a call the signature stands in the message, and several are left out', () => {
  for (const message of written(...signedReasoning(0, 'a'), { t: 'finish', reason: 'stop' }))
    expect(message).toMatchObject({ extra_content: { google: { thought_signature: 'sw1.anthropic.YQ' } } });
  for (const message of written(...signedReasoning(0, 'a'), ...signedReasoning(1, 'b'), {
    t: 'finish',
    reason: 'stop',
  }))
    expect(message).not.toHaveProperty('extra_content');
});

test('a call of a freeform tool is written as one, with its raw text', () => {
  const messages = written(
    { t: 'open', i: 0, block: { kind: 'call', id: 't1', name: 'patch', freeform: true } },
    { t: 'delta', i: 0, text: '{"input":"*** ' },
    { t: 'delta', i: 0, text: 'a\\nb"}' },
    { t: 'close', i: 0 },
    { t: 'finish', reason: 'tools' },
  );
  expect(messages.map((message) => message.tool_calls)).toEqual([
    [{ id: 't1', type: 'custom', custom: { name: 'patch', input: '*** a\nb' } }],
    [{ id: 't1', type: 'custom', custom: { name: 'patch', input: '*** a\nb' } }],
  ]);
});

test.each([
  ['pause', 'stop'],
  ['stop_sequence', 'stop'],
  ['context_window', 'length'],
  ['filter', 'content_filter'],
  ['refusal', 'content_filter'],
] as const)('%s is written as %s', (reason, word) => {
  const events: BlockEvent[] = [{ t: 'start' }, { t: 'finish', reason }];
  for (const stream of [true, false])
    expect(JSON.stringify(answerOf(events, stream))).toContain(`"finish_reason":"${word}"`);
});

test('an answer that used up its length has an empty text, and one with nothing but calls has none', () => {
  expect(written({ t: 'finish', reason: 'length' }).map(({ content }) => content)).toEqual(['', '']);
  const call: BlockEvent = { t: 'open', i: 0, block: { kind: 'call', id: 't', name: 'f', freeform: false } };
  expect(written(call, { t: 'close', i: 0 }, { t: 'finish', reason: 'tools' }).map(({ content }) => content)).toEqual([
    null,
    null,
  ]);
});

test('the usage has an event of its own where the client requests it, and none otherwise', () => {
  const chunks = [chunk({ content: 'a' }, 'stop'), { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }];
  const events = chunks.map((each) => bareEvent(JSON.stringify(each)));
  const shownFor = (input: object): Json[] => valuesOf(streamed(codec, events, contextOf(input, true)).shown);
  const withUsage = shownFor({ messages: [], stream_options: { include_usage: true } });
  expect(withUsage.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, total_tokens: 5 } });
  expect(withUsage[0]).toHaveProperty('usage', null);
  expect(JSON.stringify(shownFor({ messages: [] }))).not.toContain('usage');
});

test('what another provider sends for an id is not one of this API', () => {
  const [first] = answerOf(
    [
      { t: 'start', id: 'msg_1', model: 'claude' },
      { t: 'finish', reason: 'stop' },
    ],
    true,
  ) as Json[];
  expect(first).toMatchObject({ model: 'claude', object: 'chat.completion.chunk' });
  expect(first.id).toMatch(/^chatcmpl-[0-9a-f]{24}$/);
});

test('hostile chunks never make a reader throw or break the rules of block events', () => {
  const anything = fc.anything({ maxDepth: 3 });
  const piece = fc.record(
    {
      content: fc.oneof(fc.string(), anything),
      reasoning_content: fc.oneof(fc.string(), anything),
      refusal: fc.oneof(fc.string(), anything),
      tool_calls: fc.array(
        fc.record(
          {
            index: fc.oneof(fc.nat(3), anything),
            id: fc.oneof(fc.constantFrom('a', 'b'), anything),
            function: fc.oneof(
              fc.record({ name: fc.constantFrom('f', 'g', ''), arguments: fc.constant('') }),
              anything,
            ),
            extra_content: anything,
          },
          { requiredKeys: [] },
        ),
      ),
      annotations: anything,
    },
    { requiredKeys: [] },
  );
  const choices = fc.array(fc.oneof(fc.record({ delta: piece, finish_reason: anything }), anything));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.record({ choices }), anything)), (values) => {
      const reader = chatProvider.reader(contextOf({ messages: [] }, true));
      const events = [...values.flatMap((value) => reader.read(value, undefined)), ...reader.end()];
      foldAnswer(events.map((event) => (event.t === 'delta' ? { ...event, text: '' } : event)));
    }),
  );
});

/** What the two writers make of the same events: a whole stream's values, or the completion. */
function answerOf(events: readonly BlockEvent[], stream: boolean): unknown {
  const { call } = contextOf({ messages: [] }, stream);
  const writer = chatClient.writer({ call, request: chatClient.decode(call), model: 'configured' });
  const shown = [...events.flatMap((event) => writer.write(event)), ...writer.finish()];
  return stream ? valuesOf(shown) : writer.whole();
}

/** The message of a stream and of a whole answer with the same blocks. */
function written(...blocks: readonly BlockEvent[]): Json[] {
  const events: BlockEvent[] = [{ t: 'start' }, ...blocks];
  const chunks = (answerOf(events, true) as object[]).map((each) => Buffer.from(JSON.stringify(each)));
  const steps = openaiChat.fromEvents(chunks, { quirks: NO_QUIRKS });
  const completions: Json[] = [JSON.parse(String(steps && runAtOnce(steps))), answerOf(events, false)];
  return completions.map(({ choices }) => choices[0].message);
}
