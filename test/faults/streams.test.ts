import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, type Reply, sse } from '../../src/testing/index.ts';
import { DONE, HI, ROLE, STOP, STREAM, WHOLE } from '../doors/replies.ts';
import { fakeClock } from '../helpers/clock.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { requestStream, readUntil, startHandUpstream } from './wire.ts';

test('ST-03 a stream cut at any byte is forwarded up to its last whole event, and is complete only if it was', async () => {
  const bytes = Buffer.from(WHOLE);
  let cut = 0;
  await using rig = await startRig([() => ({ headers: STREAM, chunks: [bytes.subarray(0, cut)] }), { status: 500 }]);
  const whole = WHOLE.slice(0, -DONE.length);
  for (cut = 1; cut <= bytes.length; cut++) {
    const input = { ...HELLO, stream: true };
    const response = await post(rig.gateway.fetch, 'http://spillway/v1/chat/completions', input);
    const wire = await response.text();
    if (response.status !== 200) continue;
    // Its last event may lack its blank line, and nothing else.
    const finished = cut >= Buffer.byteLength(whole) - 2;
    expect([cut, wire.endsWith(DONE), wire.includes('"code":"upstream_truncated"')]).toEqual([
      cut,
      finished,
      !finished,
    ]);
    const forwarded = wire.split('data: {"error"')[0]?.replace(DONE, '') ?? '';
    expect(whole.startsWith(forwarded)).toBe(true);
    expect(Buffer.byteLength(forwarded)).toBeGreaterThan(cut - 260);
  }
  expect(rig.finished()).toHaveLength(bytes.length);
});

const MB = 1024 * 1024;
const WAYS = ['REST over HTTP', 'tRPC by our client'] as const;

test('ST-05 after the end marker the client has its end at once, although the upstream leaves its socket open', async () => {
  const clock = fakeClock();
  await using rig = await startRig([{ ...chatStream({ content: 'Hi' }), end: 'hang' }], { clock });
  // The clock stands still, so no timer can have ended it.
  expect(await (await requestStream(rig)).text()).toContain('[DONE]');
  clock.advance(1000);
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});

test('ST-05 after the last finish reason the stream waits 5 s for the end marker and the usage', async () => {
  const clock = fakeClock();
  await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, HI, STOP], end: 'hang' }], { clock });
  const reader = (await requestStream(rig)).body!.getReader();
  await readUntil(reader, '"finish_reason":"stop"');
  clock.advance(4999);
  expect(rig.finished()).toEqual([]);
  clock.advance(1);
  expect(await readUntil(reader, '[DONE]')).toContain('[DONE]');
  expect(await rig.ended()).toMatchObject({ code: 'ok' });
});

test('ST-05 a stream waits for each of several choices, however long the others are finished', async () => {
  const clock = fakeClock();
  await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, HI, STOP], end: 'hang' }], { clock });
  const reader = (await requestStream(rig, { n: 2 })).body!.getReader();
  await readUntil(reader, '"finish_reason":"stop"');
  clock.advance(30_000);
  expect(rig.finished()).toEqual([]);
});

describe('ST-05 an event long after a finish reason', () => {
  test('is awaited while tokens arrive, although the provider sends a finish reason with each', async () => {
    const clock = fakeClock();
    await using upstream = await startHandUpstream();
    await using rig = await startRig([], { clock, config: upstream.config });
    const asking = requestStream(rig);
    const response = await upstream.requested;
    response.write(ROLE);
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    for (const word of ['one', 'two', 'three', 'four']) {
      response.write(chunk({ delta: { content: word }, finish: 'stop' }));
      reader ??= (await asking).body!.getReader();
      expect(await readUntil(reader, `"${word}"`)).toContain(word);
      clock.advance(4000);
      expect(rig.finished()).toEqual([]);
    }
    clock.advance(1000);
    expect(await readUntil(reader!, '[DONE]')).toContain('[DONE]');
  });

  test('is awaited where it belongs to another choice, which the client did not request', async () => {
    const clock = fakeClock();
    await using upstream = await startHandUpstream();
    await using rig = await startRig([], { clock, config: upstream.config });
    const asking = requestStream(rig);
    const response = await upstream.requested;
    response.write(ROLE + HI + STOP);
    const reader = (await asking).body!.getReader();
    await readUntil(reader, '"finish_reason":"stop"');
    clock.advance(4000);
    response.write(chunk({ delta: { content: 'other' }, index: 1 }));
    await readUntil(reader, 'other');
    clock.advance(30_000);
    expect(rig.finished()).toEqual([]);
    response.write(chunk({ finish: 'stop', index: 1 }));
    await readUntil(reader, '"finish_reason":"stop"');
    clock.advance(5000);
    expect(await readUntil(reader, '[DONE]')).toContain('[DONE]');
  });
});

test('ST-03 a cut before the second of two choices began is reported', async () => {
  const cut: Reply = { headers: STREAM, chunks: [ROLE, HI, STOP, { delay: 20 }], end: 'rst' };
  await using rig = await startRig([cut, chatStream({ content: 'never' })]);
  const two = { ...HELLO, n: 2 };
  for (const way of WAYS) {
    const result = await DOORS[way]!.stream(rig, two);
    expect([result.code, textOf(result)]).toEqual(['upstream_truncated', 'Hi']);
  }
});

describe('ST-09 pings that are bare JSON, and events without a choice, reset no timeout', () => {
  const pings = [sse({ type: 'ping' }), sse({}), sse({ choices: [] })].map((data) => ({ data, delay: 30 }));
  const late: Reply = {
    headers: STREAM,
    chunks: [ROLE, HI, ...Array.from({ length: 20 }, () => pings).flat(), STOP, DONE],
  };
  // Only the first entry's timeout is short: the second one may be slow on a busy machine.
  const entries = [{ provider: 'a', model: 'model-a', timeouts: { idle: '200ms' } }, 'b/model-b'];
  const options = { config: { chains: { default: { entries } } } };

  test('where a stream was requested', async () => {
    await using rig = await startRig([late, chatStream({ content: 'never' })], options);
    expect((await DOORS['REST over HTTP']!.stream(rig, HELLO)).code).toBe('upstream_timeout');
  });

  test('where JSON was requested', async () => {
    await using rig = await startRig([late, chatCompletion({ content: 'served' })], options);
    const result = await DOORS['REST over HTTP']!.create(rig, HELLO);
    expect(result).toMatchObject({ value: { choices: [{ message: { content: 'served' } }] } });
    expect(rig.finished()[0]?.trail[0]).toMatchObject({ outcome: 'silent' });
  });
});

test('ST-09 a silent stream is kept alive by comments between its events, which reset no timeout', async () => {
  const clock = fakeClock();
  await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, HI], end: 'hang' }], { clock });
  const reader = (await requestStream(rig)).body!.getReader();
  let wire = await readUntil(reader, 'Hi');
  for (let n = 0; n < 3; n++) {
    clock.advance(15_000);
    wire += await readUntil(reader, ': keep-alive\n');
  }
  clock.advance(15_000);
  wire += await readUntil(reader, 'upstream_timeout');
  expect(wire.split(': keep-alive\n').length - 1).toBe(3);
  // Each on its own line without a blank line after it: openai-python reads that as an event without data.
  expect(wire).toMatch(/\n\n(: keep-alive\n){3}data: \{"error":/);
});

const image = (letter: string): object => ({
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${letter.repeat(9 * MB)}` },
});

describe('ST-10', () => {
  const endless = Array.from({ length: 66 }, () => 'x'.repeat(MB));

  test('an endless line before the first token is a failure of its entry', async () => {
    await using rig = await startRig([
      { headers: STREAM, chunks: [ROLE, 'data: ', ...endless] },
      chatStream({ content: 'served' }),
    ]);
    for (const way of WAYS) expect(textOf(await DOORS[way]!.stream(rig, HELLO))).toBe('served');
    expect(rig.finished()[0]?.trail[0]).toMatchObject({
      outcome: 'malformed',
      message: expect.stringContaining('large'),
    });
  });

  test('too much before the first token is one too', async () => {
    const lead = sse({ choices: [], note: 'x'.repeat(MB) });
    await using rig = await startRig([
      { headers: STREAM, chunks: Array.from({ length: 18 }, () => lead) },
      chatStream({ content: 'served' }),
    ]);
    expect(textOf(await DOORS['REST over HTTP']!.stream(rig, HELLO))).toBe('served');
    expect(rig.finished()[0]?.trail[0]).toMatchObject({
      outcome: 'malformed',
      message: 'The provider sent too much before its first token.',
    });
  });

  test('the event with the first token does not count', async () => {
    const leads = Array.from({ length: 15 }, () => sse({ choices: [], note: 'x'.repeat(MB) }));
    const content = 'x'.repeat(9 * MB);
    await using rig = await startRig([
      { headers: STREAM, chunks: [...leads, chunk({ delta: { content } }), STOP, DONE] },
    ]);
    expect(textOf(await DOORS['REST over HTTP']!.stream(rig, HELLO)) === content).toBe(true);
  });

  test('an endless line after the first token is ended with an error, and its socket closed', async () => {
    await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, HI, 'data: ', ...endless], end: 'hang' }]);
    for (const [n, way] of WAYS.entries()) {
      const result = await DOORS[way]!.stream(rig, HELLO);
      expect([result.code, textOf(result)]).toEqual(['upstream_failed', 'Hi']);
      await rig.upstreams[0]?.until(({ hits }) => hits[n]?.closedAt !== undefined);
    }
  });

  test('an event of 5 MB passes, in small pieces too', async () => {
    const big = Buffer.from(chunk({ delta: { content: `${'é'.repeat(2.5 * MB)}end` } }));
    const pieces = Array.from({ length: Math.ceil(big.length / 999) }, (_, n) => big.subarray(n * 999, (n + 1) * 999));
    await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, ...pieces, STOP, DONE] }]);
    for (const way of WAYS) expect(textOf(await DOORS[way]!.stream(rig, HELLO))).toBe(`${'é'.repeat(2.5 * MB)}end`);
  });

  test('two images of 9 MB each pass, in two events and in one', async () => {
    const [one, two] = [image('A'), image('B')];
    const events = [
      [chunk({ delta: { images: [one] } }), chunk({ delta: { images: [two] } })],
      [chunk({ delta: { images: [one, two] } })],
    ];
    await using rig = await startRig([
      (_, n) => ({ headers: STREAM, chunks: [ROLE, ...(events[n] ?? []), STOP, DONE] }),
    ]);
    for (const [n, images] of events.entries()) {
      const wire = await (await requestStream(rig)).text();
      expect(wire === [ROLE, ...images, STOP, DONE].join('')).toBe(true);
      // An image is no text, however long it is.
      expect(await rig.ended(n)).toMatchObject({ code: 'ok', usage: { output: 0 } });
    }
  });

  test('a JSON answer of any accepted size is converted into a stream', async () => {
    const content = 'x'.repeat(20 * MB);
    await using rig = await startRig([chatCompletion({ content }), chatStream({ content: 'never' })]);
    expect(textOf(await DOORS['REST over HTTP']!.stream(rig, HELLO)) === content).toBe(true);
  });

  test('a stream without a token holds at most the cap, and is not paused while it has no reader', async () => {
    const lead = sse({ choices: [], note: 'x'.repeat(MB) });
    await using rig = await startRig([{ headers: STREAM, chunks: [lead, lead, lead, HI, STOP, DONE] }]);
    expect(textOf(await DOORS['tRPC by our client']!.stream(rig, HELLO))).toBe('Hi');
  });
});

test('ST-11 a hundred thousand small events arrive, each once, with their usage', async () => {
  const many = 100_000;
  const events = Array.from({ length: many }, (_, n) => chunk({ delta: { content: `${n} ` } }));
  const usage = sse({ choices: [], usage: { prompt_tokens: 3, completion_tokens: many, total_tokens: many + 3 } });
  const pieces = Array.from({ length: 100 }, (_, n) => events.slice(n * 1000, (n + 1) * 1000).join(''));
  await using rig = await startRig([{ headers: STREAM, chunks: [...pieces, STOP, usage, DONE] }]);
  const wanted = Array.from({ length: many }, (_, n) => `${n} `).join('');
  for (const [n, way] of WAYS.entries()) {
    expect(textOf(await DOORS[way]!.stream(rig, HELLO)) === wanted).toBe(true);
    expect(await rig.ended(n)).toMatchObject({ usage: { output: many }, usageSource: 'provider' });
  }
});

const usageEvent = (usage: object, choices: unknown[] = []): string => sse({ choices, usage });

describe('ST-13 usage', () => {
  const zero = usageEvent({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
  const some = usageEvent({ prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 });
  const CASES: Readonly<Record<string, readonly [chunks: readonly string[], recorded: object]>> = {
    'that is missing is estimated': [
      [ROLE, HI, STOP, DONE],
      // "Hello" and "user", "default"; "Hi".
      { usageSource: 'estimated', usage: { input: 5, output: 1 } },
    ],
    'of zero stays zero': [[ROLE, HI, STOP, zero, DONE], { usageSource: 'provider', usage: { input: 0, output: 0 } }],
    'that is sent twice counts once': [
      [ROLE, HI, STOP, some, some, DONE],
      { usageSource: 'provider', usage: { input: 9, output: 2 } },
    ],
    'that is sent before the end counts': [
      [ROLE, some, HI, STOP, DONE],
      { usageSource: 'provider', usage: { input: 9, output: 2 } },
    ],
    'in the last chunk counts': [
      [
        ROLE,
        HI,
        usageEvent({ prompt_tokens: 9, completion_tokens: 2 }, [{ index: 0, delta: {}, finish_reason: 'stop' }]),
        DONE,
      ],
      { usageSource: 'provider', usage: { input: 9, output: 2 } },
    ],
    'of null is none': [
      [ROLE, HI, sse({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null }), DONE],
      { usageSource: 'estimated' },
    ],
    'of a stream that broke is estimated': [[ROLE, HI], { usageSource: 'estimated', usage: { output: 1 } }],
  };
  test.each(Object.entries(CASES))('%s', async (_, [chunks, recorded]) => {
    await using rig = await startRig([{ headers: STREAM, chunks }]);
    for (const [n, way] of WAYS.entries()) {
      await DOORS[way]!.stream(rig, HELLO);
      expect(await rig.ended(n)).toMatchObject(recorded);
    }
    expect(rig.finished()).toHaveLength(2);
  });

  test('is none where no entry answered', async () => {
    await using rig = await startRig([{ status: 500 }]);
    await DOORS['REST over HTTP']!.stream(rig, HELLO);
    expect(await rig.ended()).toMatchObject({ usageSource: 'none', usage: undefined });
  });

  test('of an estimate grows with the answer', async () => {
    const words = Array.from({ length: 200 }, () => chunk({ delta: { content: 'ten bytes ' } }));
    await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, ...words, STOP, DONE] }]);
    await DOORS['REST over HTTP']!.stream(rig, HELLO);
    const { usage } = await rig.ended();
    // 2,000 bytes at 3.3 bytes a token, without the frames around them.
    expect(usage?.output).toBeGreaterThan(590);
    expect(usage?.output).toBeLessThan(650);
  });
});

describe('ST-14', () => {
  const ODD: Readonly<Record<string, string>> = {
    reasoning: '{"choices":[{"index":0,"delta":{"reasoning":"hm","reasoning_details":[{"type":"x","data":"U0lH"}]}}]}',
    'reasoning of another spelling': '{"choices":[{"delta":{"content":null,"reasoning_content":"hm"},"index":0}]}',
    'tool calls': '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c","function":{"name":"f"}}]}}]}',
    refusal: '{"choices":[{"index":0,"delta":{"refusal":"no"}}]}',
    logprobs:
      '{"choices":[{"index":0,"delta":{"content":"x"},"logprobs":{"content":[{"token":"x","logprob":-1e-7}]}}]}',
    audio: '{"choices":[{"index":0,"delta":{"audio":{"id":"a","data":"UklG","transcript":"hm"}}}]}',
    'another choice': '{"choices":[{"index":1,"delta":{"content":"two"}},{"index":0,"delta":{"content":"one"}}]}',
    'unknown fields in their order':
      '{"z":1,"a":{"q":9007199254740993,"n":1.0},"choices":[],"object":"chat.completion.chunk"}',
    'spaces and escapes': '{ "choices" : [ { "index":0, "delta":{"content":"\\u00e9\\n\\/"} } ] }',
  };
  const END =
    '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"stop"}]}';

  test.each(Object.entries(ODD))('%s passes to the byte, before the first token and after it', async (_, odd) => {
    const events = [odd, '{"choices":[{"index":0,"delta":{"content":"x"}}]}', odd, END].map(sse);
    const reply: Reply = { headers: STREAM, chunks: [...events, DONE] };
    await using rig = await startRig([reply]);
    for (const n of [1, 2]) expect(await (await requestStream(rig, { n })).text()).toBe(events.join('') + DONE);
  });
});
