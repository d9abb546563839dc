import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, type Reply, sse } from '../../src/testing/index.ts';
import type { ChatInput } from '../../src/domain/chat.ts';
import { API_DOORS, DOORS, type DoorResult, textOf } from '../helpers/doors.ts';
import { hitsOf, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { DONE, HI, JSON_TYPE, ROLE, STOP, STREAM } from './replies.ts';

const piece = (content: string, index = 0): string => chunk({ delta: { content }, index });
const streamOf = (...chunks: Reply['chunks'] & object): Reply => ({ headers: STREAM, chunks });
const cut = (event: string): string => `${event.slice(0, -12)}\n\n`;
const second = chatStream({ content: 'second' });

/** The texts of each choice. */
function textsOf({ chunks }: DoorResult): string[] {
  const texts: string[] = [];
  for (const { choices } of chunks)
    for (const { index, delta } of choices) texts[index] = (texts[index] ?? '') + (delta.content ?? '');
  return texts;
}

/** The members of the deltas, joined as clients join them. */
function joined({ chunks }: DoorResult, name: 'content' | 'reasoning_content'): unknown[] {
  return chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta[name])).filter((each) => each !== undefined);
}

function argumentsOf({ chunks }: DoorResult): string {
  const calls = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
  return calls.map((call) => call.function?.arguments ?? '').join('');
}

const callPiece = (args: string, first: object = {}): string =>
  chunk({ delta: { tool_calls: [{ index: 0, ...first, function: { ...first, arguments: args } }] } });
const CALL = [callPiece('{"a"', { id: 'call_1', name: 'look' }), callPiece(':1'), callPiece('}')] as const;
const CALLED = chunk({ finish: 'tool_calls' });

/** How a server or a network damages or misframes the second of three chunks. */
interface Damage {
  readonly damage: (event: string) => string;
  /** Whether the chunk still has one meaning, so that it is read. */
  readonly reads: boolean | 'without a name';
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  'is cut': { damage: cut, reads: false },
  'is cut, without its data field': { damage: (event) => cut(event.slice('data: '.length)), reads: false },
  'has lost a bracket': { damage: (event) => event.replace(']', ''), reads: false },
  'has lost its data field': { damage: (event) => event.slice('data: '.length), reads: true },
  'has lost the blank line after it': { damage: (event) => event.slice(0, -1), reads: true },
  'has lost the line end after it': { damage: (event) => event.slice(0, -2), reads: 'without a name' },
  'has numbers that JSON does not have': {
    damage: (event) => event.replace('"logprobs":null', '"logprobs":{"x":[NaN,-Infinity]}'),
    reads: true,
  },
  'has a control character': { damage: (event) => event.replace('"id":"', '"id":"\u0001\t'), reads: true },
  'has lost its front': { damage: (event) => `data: ${event.slice(event.indexOf('elta"'))}`, reads: false },
  'has lost its front and its data field': { damage: (event) => event.slice(event.indexOf('elta"')), reads: false },
  'has lost all but its last brackets': { damage: () => 'data: null}]}\n\n', reads: false },
  'has lost all but its last brackets, and its data field': { damage: () => 'null}]}\n\n', reads: false },
  'has lost the word data': { damage: (event) => event.replace('data: ', ': '), reads: true },
  'has the field of an id': { damage: (event) => event.replace('data: ', 'id: '), reads: true },
  'is split within a key': { damage: (event) => event.replace('"delta"', '"del\ndata: ta"'), reads: false },
  'has a line break in its finish reason': {
    damage: (event) => event.replace('"finish_reason":null', '"finish_reason":"st\ndata: op"'),
    reads: false,
  },
  'has its choice without a list': {
    damage: (event) => event.replace('[{"index"', '{"index"').replace(/\]\}(?=\s*$)/, '}'),
    reads: true,
  },
  'has its choices under another name': { damage: (event) => event.replace('"choices"', '"Choices"'), reads: false },
  'is inside another object': { damage: (event) => event.replace(/\{.*\}/, '{"data":$&}'), reads: false },
  'has a text in place of its delta': {
    damage: (event) => event.replace(/"delta":\{.*\},"l/, '"delta":"B","l'),
    reads: false,
  },
  'has a message beside an empty delta': {
    damage: (event) => event.replace('"delta"', '"delta":{},"message"'),
    reads: true,
  },
  'has a message in place of its delta': { damage: (event) => event.replace('"delta"', '"message"'), reads: true },
};
const NAMES: Readonly<Record<string, (event: string) => string>> = {
  bare: (event) => event,
  'named message': (event) => event.replace(/^(?=data: )/, 'event: message\n'),
  'of another name': (event) => event.replace(/^(?=data: )/, 'event: chat.chunk\n'),
  'ended by CRLF': (event) => event.replaceAll('\n', '\r\n'),
};

describe.each(Object.entries(DAMAGES))('a chunk that %s', (_, { damage, reads }) => {
  const [rest, trpc] = [DOORS['REST over HTTP']!, DOORS['tRPC by our client']!];

  test.each(Object.entries(NAMES))('is never lost without an error, in events %s', async (name, named) => {
    const isRead = reads === true || (reads === 'without a name' && !name.includes('name'));
    for (const [door, n] of [
      [rest, 1],
      [trpc, 2],
    ] as const) {
      const others = n === 1 ? [] : [piece('x', 1), chunk({ finish: 'stop', index: 1 })];
      await using rig = await startRig([
        [
          streamOf(...[ROLE, piece('A'), ...others, damage(piece('B')), piece('C'), STOP, DONE].map(named)),
          streamOf(...[ROLE, CALL[0], ...others, damage(CALL[1]), CALL[2], CALLED, DONE].map(named)),
        ],
      ]);
      const text = await door.stream(rig, { ...HELLO, n });
      expect([text.code, textsOf(text)[0]]).toEqual(isRead ? ['ok', 'ABC'] : ['upstream_failed', 'A']);
      const called = await door.stream(rig, { ...HELLO, n });
      expect([called.code, argumentsOf(called)]).toEqual(isRead ? ['ok', '{"a":1}'] : ['upstream_failed', '{"a"']);
    }
  });
});

const thinking = (text: string): object => ({ type: 'thinking', thinking: [{ type: 'text', text }] });
const textPart = (text: string): object => ({ type: 'text', text });
const answer = (content: unknown): Reply => ({
  body: { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] },
});

const named = (id: string, name: string, args: string): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const message = (members: object, finish: string | null = 'stop'): string =>
  sse({ id: 'x', choices: [{ index: 0, message: { role: 'assistant', ...members }, finish_reason: finish }] });
const ending = (content: string): string => chunk({ delta: { content }, finish: 'stop' });

const odd = (event: string): string =>
  event.replace('"logprobs":null', '"logprobs":{"x":[NaN,-Infinity,Infinity],"s":"a\tb\u0000"}');

describe.each(Object.entries(API_DOORS))('%s', (_, door) => {
  async function streamed(first: Reply, options: RigOptions = {}, input: ChatInput = HELLO) {
    await using rig = await startRig([first, second], options);
    const result = await door.stream(rig, input);
    const record = await rig.ended();
    return { ...result, text: textOf(result), hits: hitsOf(rig), record };
  }

  async function created(first: Reply, options: RigOptions = {}) {
    await using rig = await startRig([first, chatCompletion({ content: 'second' })], options);
    const result = await door.create(rig, HELLO);
    return { ...result, hits: hitsOf(rig), record: await rig.ended() };
  }

  test('a first chunk that is cut fails its entry as malformed, and the second one answers', async () => {
    const { code, text, hits, record } = await streamed(streamOf(ROLE, cut(piece('A')), piece('BC'), STOP, DONE));
    expect([code, text, hits]).toEqual(['ok', 'second', [1, 1]]);
    expect(record.trail[0]).toMatchObject({ provider: 'a', outcome: 'malformed' });
  });

  test('a chunk in the middle without its data field is delivered', async () => {
    const lost = piece('B').slice('data: '.length);
    const { code, text, hits } = await streamed(streamOf(ROLE, piece('A'), lost, piece('C'), STOP, DONE));
    expect([code, text, hits]).toEqual(['ok', 'ABC', [1, 0]]);
  });

  test('a tool call with a piece that is cut ends with an error, and is never a complete call', async () => {
    const result = await streamed(streamOf(ROLE, CALL[0], cut(CALL[1]), CALL[2], CALLED, DONE));
    expect([result.code, argumentsOf(result), result.hits]).toEqual(['upstream_failed', '{"a"', [1, 0]]);
    expect(result.chunks.some(({ choices }) => choices[0]?.finish_reason != null)).toBe(false);
  });

  test('words, pings and empty data between chunks are skipped', async () => {
    const noise = [
      'data: ping\n\n',
      'data: keep-alive\n\n',
      'data: PROCESSING {"t":1}\n\n',
      ': {"t":1}\n\n',
      'data: {"type":"ping"}\n\n',
      'data: \n\n',
      'data: [PING]\n\n',
      'data: null\n\n',
    ];
    const events = noise.flatMap((each, at) => [each, piece(`${at}`)]);
    const { code, text, hits } = await streamed(streamOf(ROLE, ...events, STOP, DONE));
    expect([code, text, hits]).toEqual(['ok', '01234567', [1, 0]]);
  });

  test('an empty function call is no token', async () => {
    const delta = { role: 'assistant', content: '', function_call: { name: '', arguments: '' } };
    const overloaded = sse({ error: { message: 'overloaded', code: 503 } });
    const { code, text, hits } = await streamed(streamOf(chunk({ delta }), overloaded));
    expect([code, text, hits]).toEqual(['ok', 'second', [1, 1]]);
  });

  test.each([
    { reasoning_text: 'hm ' },
    { thinking: 'hm ' },
    { thoughts_v9: { summary: ['hm '] } },
    { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    { audio: { id: 'a', transcript: 'hm' } },
    { function_call: { name: 'f' } },
    { tool_calls: [{ index: 0, custom: { name: 'f', input: '' } }] },
  ])('%j is a token: the stream is the answer from it on', async (delta) => {
    const broken = sse({ error: { message: 'boom', code: 'broken' } });
    const { code, hits, chunks } = await streamed(streamOf(ROLE, chunk({ delta }), broken));
    expect([code, hits]).toEqual(['broken', [1, 0]]);
    expect(chunks[1]?.choices[0]?.delta).toEqual(delta);
  });

  test('thoughts under a new name are the answer, however long they take', async () => {
    const thoughts = Array.from({ length: 5 }, () => ({
      data: chunk({ delta: { reasoning_text: 'hm ' } }),
      delay: 300,
    }));
    const slow = streamOf(ROLE, ...thoughts, piece('Hel'), piece('lo'), STOP, DONE);
    const { code, text, hits } = await streamed(slow, { chain: { timeouts: { firstToken: 1000 } } });
    expect([code, text, hits]).toEqual(['ok', 'Hello', [1, 0]]);
  });

  describe('a message after deltas', () => {
    const [c, d] = [named('c', 'look', '{"a":1}'), named('d', 'see', '{}')];
    const called = chunk({ delta: { tool_calls: [{ index: 0, ...c }] } });
    const hm = chunk({ delta: { reasoning_content: 'hm' } });
    const images = [{ type: 'image_url', image_url: { url: 'u' } }];
    const escaped = piece('\n"é').replace('é', String.raw`\u00e9`);
    const CASES: Readonly<Record<string, readonly [events: readonly string[], message: object]>> = {
      'repeats the text': [[piece('A'), piece('BC'), message({ content: 'ABC' })], { content: 'ABC' }],
      'repeats the text after reasoning': [
        [hm, piece('A'), piece('BC'), message({ content: 'ABC' })],
        { content: 'ABC', reasoning_content: 'hm' },
      ],
      'repeats text and reasoning': [
        [hm, piece('A'), piece('BC'), message({ content: 'ABC', reasoning_content: 'hm' })],
        { content: 'ABC', reasoning_content: 'hm' },
      ],
      'repeats many texts with escapes': [
        [...Array.from({ length: 40 }, () => escaped), message({ content: '\n"é'.repeat(40) })],
        { content: '\n"é'.repeat(40) },
      ],
      'repeats the text in parts': [
        [chunk({ delta: { content: [textPart('A')] } }), piece('B'), message({ content: [textPart('AB')] })],
        { content: 'AB' },
      ],
      'repeats the text before the finish reason': [
        [piece('A'), piece('BC'), message({ content: 'ABC' }, null), STOP],
        { content: 'ABC' },
      ],
      'repeats text and a tool call': [
        [piece('A'), called, message({ content: 'A', tool_calls: [c] }, 'tool_calls')],
        { content: 'A', tool_calls: [c] },
      ],
      'adds a tool call': [
        [piece('Hi'), message({ content: 'Hi', tool_calls: [c] }, 'tool_calls')],
        { content: 'Hi', tool_calls: [c] },
      ],
      'adds a second tool call': [
        [piece('A'), called, message({ content: null, tool_calls: [c, d] }, 'tool_calls')],
        { content: 'A', tool_calls: [c, d] },
      ],
      'adds to a text of one delta': [[piece('A'), message({ content: 'ABC' })], { content: 'ABC' }],
      'adds to a text': [[piece('A'), piece('BC'), message({ content: 'ABCDEF' })], { content: 'ABCDEF' }],
      'adds to a long text': [
        [...Array.from({ length: 40 }, () => piece('é "b"')), message({ content: `${'é "b"'.repeat(40)}é` })],
        { content: `${'é "b"'.repeat(40)}é` },
      ],
      'adds reasoning': [
        [piece('A'), piece('BC'), message({ content: 'ABC', reasoning_content: 'why' })],
        { content: 'ABC', reasoning_content: 'why' },
      ],
      'adds images': [[piece('A'), piece('BC'), message({ content: 'ABC', images })], { content: 'ABC', images }],
      'is a snapshot, as the others are': [
        [message({ content: 'A' }, null), message({ content: 'AB' }, null), message({ content: 'ABC' })],
        { content: 'ABC' },
      ],
      'is a piece, as the others are': [
        [message({ content: 'so' }, null), message({ content: ' it' }, null), message({ content: ' is' })],
        { content: 'so it is' },
      ],
    };

    test.each(Object.entries(CASES))('that %s gives each part once', async (__, [events, expected]) => {
      const reply = streamOf(ROLE, ...events, DONE);
      const { code, chunks } = await streamed(reply);
      const { content, reasoning_content: reasoning, tool_calls: calls } = expected as Record<string, unknown>;
      const result = { code, status: 200, chunks } as DoorResult;
      expect([code, textsOf(result)[0]]).toEqual(['ok', content]);
      expect(joined(result, 'reasoning_content').join('')).toBe(reasoning ?? '');
      const sent = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
      expect(sent).toEqual(((calls ?? []) as object[]).map((call, index) => ({ index, ...call })));
      expect(chunks.every(({ choices }) => choices.every(({ delta }) => typeof delta === 'object'))).toBe(true);
      expect((await created(reply)).value?.choices[0]?.message).toEqual({ role: 'assistant', ...expected });
    });

    test.each([
      ['another version of the text', [piece('The'), piece(' cat'), message({ content: 'The dog, then' })]],
      [
        'a piece after a snapshot',
        [message({ content: 'A' }, null), message({ content: 'AB' }, null), message({ content: 'C' })],
      ],
      ['other arguments of a call', [piece('A'), called, message({ tool_calls: [named('c', 'look', '{"b":2}')] })]],
    ])('that is %s is an error', async (__, events) => {
      expect((await streamed(streamOf(ROLE, ...events, DONE))).code).toBe('upstream_failed');
    });
  });

  test('output after an event that was dropped is an error, also where each chunk has a finish reason', async () => {
    for (const events of [
      [ending('A'), 'data: {cut\n\n', ending('C')],
      [piece('A'), STOP, 'data: {cut\n\n', piece('C')],
    ]) {
      const reply = streamOf(ROLE, ...events, DONE);
      const { code, text } = await streamed(reply);
      expect([code, text]).toEqual(['upstream_failed', 'A']);
      expect((await created(reply)).value?.choices[0]?.message.content).toBe('second');
    }
  });

  test('a tool call that is not whole with an unreadable event after its finish reason is an error', async () => {
    const broken = await streamed(streamOf(ROLE, CALL[0], CALLED, 'data: {cut\n\n', DONE));
    expect([broken.code, argumentsOf(broken)]).toEqual(['upstream_failed', '{"a"']);
    const whole = await streamed(streamOf(ROLE, ...CALL, CALLED, 'data: {cut\n\n', DONE));
    expect([whole.code, argumentsOf(whole)]).toEqual(['ok', '{"a":1}']);
  });

  test('blank tool calls and parts are no token', async () => {
    const overloaded = sse({ error: { message: 'overloaded', code: 503 } });
    for (const delta of [
      { tool_calls: [{ index: 0, id: 'c', function: { name: ' ', arguments: '\n' } }] },
      { function_call: { name: ' ', arguments: ' ' } },
      { content: [textPart(' ')] },
      { content: '', provider: 'P', state: 'x', reasoning: { effort: 'low' } },
    ])
      expect((await streamed(streamOf(chunk({ delta }), overloaded))).text).toBe('second');
  });

  test('numbers and control characters that JSON does not have are delivered as valid JSON', async () => {
    const logprobs = { x: [null, null, null], s: 'a\tb\0' };
    const { code, text, chunks } = await streamed(streamOf(...[ROLE, HI, HI, STOP].map(odd), DONE));
    expect([code, text]).toEqual(['ok', 'HiHi']);
    for (const { choices } of chunks) expect(choices[0]).toMatchObject({ logprobs });
    const body = odd(JSON.stringify(chatCompletion({ content: 'x' }).body));
    const { value, hits } = await created({ headers: JSON_TYPE, body });
    expect(value?.choices[0]).toMatchObject({ message: { content: 'x' }, logprobs });
    expect(hits).toEqual([1, 0]);
  });

  describe('content in parts', () => {
    const parts = [
      thinking('hm '),
      thinking('so'),
      textPart('Hel'),
      { type: 'reference', reference_ids: [1], text: 'l' },
      textPart('o'),
    ];
    const contents = [...parts.map((part) => [part]), '!'];
    const deltas = streamOf(ROLE, ...contents.map((content) => chunk({ delta: { content } })), STOP, DONE);

    test('is delivered as texts, in a stream and in JSON', async () => {
      const result = await streamed(deltas);
      expect(joined(result, 'content').join('')).toBe('Hello!');
      expect(joined(result, 'reasoning_content').join('')).toBe('hm so');
      expect(joined(result, 'content').every((each) => typeof each === 'string')).toBe(true);
      const expected = { role: 'assistant', content: 'Hello', reasoning_content: 'hm so' };
      const whole = await created(answer(parts));
      expect(whole.value?.choices[0]?.message).toEqual(expected);
      // A stream in place of JSON, and JSON in place of a stream.
      expect((await created(deltas)).value?.choices[0]?.message).toEqual({ ...expected, content: 'Hello!' });
      const asStream = await streamed(answer(parts));
      expect([asStream.text, joined(asStream, 'reasoning_content')]).toEqual(['Hello', ['hm so']]);
    });

    test('passes as it is with `normalize: false`', async () => {
      const asSent = { provider: { normalize: false } };
      expect(joined(await streamed(deltas, asSent), 'content')).toEqual(['', ...contents]);
      expect((await created(answer(parts), asSent)).value?.choices[0]?.message.content).toEqual(parts);
    });

    test('joins reasoning in a part with reasoning beside it, under every name of a part', async () => {
      const both = chunk({
        delta: { reasoning_content: 'a', content: [thinking('b'), { type: 'reasoning', text: 'c' }] },
      });
      const texts = chunk({ delta: { content: [{ type: 'output_text', text: 'd' }, { text: 'e' }] } });
      const result = await streamed(streamOf(ROLE, both, texts, STOP, DONE));
      expect([result.text, joined(result, 'reasoning_content').join('')]).toEqual(['de', 'abc']);
    });

    test('with a part of another type passes as it is', async () => {
      const image = { type: 'image_url', image_url: { url: 'http://h/x.png' } };
      const mixed = [textPart('see '), image];
      const result = await streamed(streamOf(ROLE, piece('x'), chunk({ delta: { content: mixed } }), STOP, DONE));
      expect(joined(result, 'content')).toEqual(['', 'x', mixed]);
      expect((await created(answer(mixed))).value?.choices[0]?.message.content).toEqual(mixed);
    });
  });

  describe('a usage that the provider puts elsewhere', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13, total_time: 0.5 };
    const last = { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
    const PLACES = {
      'in x_groq': { ...last, x_groq: { id: 'r', usage } },
      'in its choice': { ...last, choices: [{ ...last.choices[0], usage }] },
    };

    test.each(Object.entries(PLACES))(
      '%s is `usage` where the client requested it, and is recorded',
      async (__, event) => {
        const reply = streamOf(ROLE, HI, sse(event), DONE);
        const plain = await streamed(reply);
        const requested = await streamed(reply, {}, { ...HELLO, stream_options: { include_usage: true } });
        expect(plain.chunks.at(-1)).toEqual(event);
        expect(requested.chunks.at(-1)).toEqual({ ...event, usage });
        for (const { record } of [plain, requested])
          expect(record).toMatchObject({ usageSource: 'provider', usage: { input: 9, output: 4 } });
      },
    );

    test('is `usage` in JSON too, unless the answer has one', async () => {
      const { body } = chatCompletion({ content: 'x' });
      const { usage: _usage, ...bare } = body as Record<string, unknown>;
      const moved = await created({ body: { ...bare, x_groq: { usage } } });
      expect(moved.value?.usage).toEqual(usage);
      expect(moved.record).toMatchObject({ usageSource: 'provider', usage: { output: 4 } });
      expect((await created({ body: { ...Object(body), x_groq: { usage } } })).value?.usage?.completion_tokens).toBe(
        12,
      );
    });
  });

  describe('an answer without output', () => {
    const next = { providers: { a: { emptyAnswer: 'next' } } } as const;
    const empty = {
      body: { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'stop' }] },
    };

    test('is an answer by default', async () => {
      expect(await streamed(streamOf(ROLE, STOP, DONE))).toMatchObject({ code: 'ok', text: '', hits: [1, 0] });
      expect(await created(empty)).toMatchObject({ code: 'ok', hits: [1, 0] });
    });

    test('is a failure with `emptyAnswer: next`', async () => {
      for (const reply of [streamOf(ROLE, STOP, DONE), streamOf(ROLE, STOP), empty])
        expect(await streamed(reply, next)).toMatchObject({ code: 'ok', text: 'second', hits: [1, 1] });
      for (const reply of [empty, streamOf(ROLE, STOP, DONE)])
        expect(await created(reply, next)).toMatchObject({
          value: { choices: [{ message: { content: 'second' } }] },
          hits: [1, 1],
        });
    });

    test.each(['headers', 'first-event'] as const)('is an error after the commit at %s', async (commit) => {
      const { code, record } = await streamed(streamOf(ROLE, STOP, DONE), { ...next, chain: { commit } });
      expect(code).toBe('upstream_failed');
      expect(record).toMatchObject({ code: 'upstream_failed' });
    });

    test('has output if it calls a tool or only reasons', async () => {
      const calls = await streamed(streamOf(ROLE, ...CALL, CALLED, DONE), next);
      expect([calls.code, argumentsOf(calls), calls.hits]).toEqual(['ok', '{"a":1}', [1, 0]]);
      const reasons = await streamed(streamOf(ROLE, chunk({ delta: { reasoning: 'hm' } }), STOP, DONE), next);
      expect([reasons.code, reasons.hits]).toEqual(['ok', [1, 0]]);
    });
  });

  describe('an answer without a finish reason', () => {
    const optional = { providers: { a: { finishReason: 'optional' } } } as const;
    const body = {
      id: 'x',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: null }],
    };

    test('is truncated by default, and complete with its end mark and `finishReason: optional`', async () => {
      const reply = streamOf(ROLE, HI, DONE);
      expect(await streamed(reply)).toMatchObject({ code: 'upstream_truncated', text: 'Hi' });
      const complete = await streamed(reply, optional);
      expect([complete.code, complete.text, complete.hits]).toEqual(['ok', 'Hi', [1, 0]]);
      expect(
        complete.chunks.every(({ choices }) => choices.every(({ finish_reason: reason }) => reason === null)),
      ).toBe(true);
    });

    test('is truncated without its end mark, and silent without a token, all the same', async () => {
      expect(await streamed(streamOf(ROLE, HI), optional)).toMatchObject({ code: 'upstream_truncated', text: 'Hi' });
      expect(await streamed(streamOf(ROLE, DONE), optional)).toMatchObject({ code: 'ok', text: 'second' });
    });

    test('is joined into JSON and split into a stream without one', async () => {
      const { value } = await created(streamOf(ROLE, HI, HI, DONE), optional);
      expect(value?.choices).toEqual([
        { index: 0, message: { role: 'assistant', content: 'HiHi' }, finish_reason: null },
      ]);
      const split = await streamed({ body }, optional);
      expect([split.code, split.text, split.hits]).toEqual(['ok', 'Hi', [1, 0]]);
    });

    test.each([null, ''])('is accepted as JSON where it is %j', async (reason) => {
      const choices = body.choices.map((each) => ({ ...each, finish_reason: reason }));
      expect(await created({ body: { ...body, choices } })).toMatchObject({
        code: 'ok',
        value: { choices },
        hits: [1, 0],
      });
    });
  });
});
