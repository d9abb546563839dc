import { createServer, type Socket } from 'node:net';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, openaiError, type Reply, sse } from '../../src/testing/index.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { requestStream, eventsOf, readUntil } from './wire.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

const WORDS = Array.from({ length: 8 }, (_, n) => chunk({ delta: { content: `word${n} ` } }));

describe('CH-04 a stream that breaks after its first token', () => {
  const BREAKS: Readonly<Record<string, Partial<Reply> & { readonly last?: string }>> = {
    'by a close': { end: 'fin' },
    'by a reset': { end: 'rst' },
    'by an error event': { last: sse({ error: { message: 'boom' } }) },
  };
  test.each(Object.entries(BREAKS))(
    '%s at any event ends with one error event, and repeats nothing',
    async (_, { last, end }) => {
      for (let sent = 1; sent <= WORDS.length; sent++) {
        const chunks = [ROLE, ...WORDS.slice(0, sent), { delay: 10 }, ...(last === undefined ? [] : [last])];
        await using rig = await startRig([{ headers: STREAM, chunks, end }, chatStream({ content: 'never' })]);
        const wire = await (await requestStream(rig)).text();
        const events = eventsOf(wire) as { id?: string; error?: object }[];
        expect(wire).not.toContain('[DONE]');
        expect(events.filter(({ error }) => error !== undefined)).toHaveLength(1);
        expect(events.at(-1)).toHaveProperty('error');
        expect(wire.startsWith([ROLE, ...WORDS.slice(0, sent)].join(''))).toBe(true);
        expect(new Set(events.slice(0, -1).map(({ id }) => id)).size).toBe(1);
        expect(rig.upstreams[1]?.hits).toEqual([]);
      }
    },
  );
});

describe('CH-06 a chain that is down', () => {
  const DOWN: readonly Reply[] = [
    { head: false, end: 'rst' },
    openaiError(500, 'a'),
    { head: false, end: 'fin' },
    openaiError(503, 'b'),
    { raw: 'no HTTP\r\n\r\n' },
    { headers: { 'content-type': 'text/html' }, body: '<html>' },
    openaiError(429, 'slow', { headers: { 'retry-after': '30' } }),
    openaiError(529, 'c'),
    { body: '' },
    openaiError(502, 'd'),
  ];
  test.each([1, 4, 10])('of %i entries is one 503 with the trail, for JSON and for a stream', async (many) => {
    for (const stream of [false, true]) {
      await using rig = await startRig(DOWN.slice(0, many));
      const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      const { error } = (await response.json()) as { error: { code: string; attempts: unknown[] } };
      expect([error.code, error.attempts.length]).toEqual(['all_providers_exhausted', many]);
      expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual(Array.from({ length: many }, () => 1));
    }
  });

  test('for lack of credits is not retried by OpenAI’s client', async () => {
    await using rig = await startRig([openaiError(402, 'pay')]);
    const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 2 });
    const message = { role: 'user', content: 'Hello' } as const;
    await expect(client.chat.completions.create({ model: 'default', messages: [message] })).rejects.toThrow('503');
    expect(rig.finished()).toHaveLength(1);
  });

  test('sends no request to an entry that is cooling down', async () => {
    await using rig = await startRig([openaiError(429, 'slow', { headers: { 'retry-after': '30' } })]);
    for (let n = 0; n < 3; n++) await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
  });
});

test('CH-07 a failing entry is tried at most once per request', async () => {
  await using rig = await startRig([openaiError(500, 'no'), chatCompletion({ content: 'x' })]);
  await Promise.all(
    Array.from({ length: 50 }, async () => (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text()),
  );
  const [failing, serving] = rig.upstreams.map(({ hits }) => hits.length);
  const attempts = rig.finished().map(({ trail }) => trail.filter((step) => step.outcome === 'overloaded').length);
  expect(serving).toBe(50);
  expect(Math.max(...attempts)).toBe(1);
  expect(failing).toBe(attempts.reduce((sum, each) => sum + each, 0));
});

test('CH-09 the deadline ends the attempt that runs at that moment, and its error has the trail', async () => {
  const clock = fakeClock();
  const hang: Reply = { head: false, end: 'hang' };
  await using rig = await startRig([hang, hang], { clock, chain: { deadline: '3s' } });
  const pending = requestStream(rig);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  clock.advance(1500);
  await rig.upstreams[1]?.until(({ hits }) => hits.length === 1);
  clock.advance(1499);
  expect(rig.finished()).toEqual([]);
  clock.advance(1);
  const response = await pending;
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({
    error: { code: 'deadline_exceeded', attempts: [{ outcome: 'silent' }, { outcome: 'silent' }] },
  });
});

test('CH-11 a stream that stalls ends at its idle timeout despite its pings, and its socket is closed', async () => {
  const clock = fakeClock();
  const chunks = [ROLE, HI, ': ping\n\n', 'event: ping\ndata: {"type":"ping"}\n\n'];
  await using rig = await startRig([{ headers: STREAM, chunks, end: 'hang' }], { clock });
  const reader = (await requestStream(rig)).body!.getReader();
  await readUntil(reader, 'Hi');
  clock.advance(59_999);
  expect(rig.finished()).toEqual([]);
  clock.advance(1);
  expect(await readUntil(reader, 'upstream_timeout')).toContain('upstream_timeout');
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(await rig.ended()).toMatchObject({ code: 'upstream_timeout' });
});

test('CH-12 a keep-alive socket that the server drops as it is reused causes no error', async () => {
  const answer = JSON.stringify(chatCompletion({ content: 'x' }).body);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n`;
  let dropped = 0;
  const server = createServer((socket: Socket) => {
    let first = true;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (first) socket.write(head + answer);
      else {
        dropped++;
        socket.resetAndDestroy();
      }
      first = false;
    });
  });
  using _closing = closing(server);
  const port = await listenOnLoopback(server);
  await using rig = await startRig([], {
    config: {
      providers: { a: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' } },
      chains: { default: { entries: ['a/m'] } },
    },
  });
  for (let n = 0; n < 40; n++) {
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
    expect([response.status, response.headers.get('x-spillway-attempts')]).toEqual([200, '1']);
    await response.text();
  }
  expect(dropped).toBeGreaterThan(0);
});

test('CH-12 a request that a reused socket answers with early hints is not sent again', async () => {
  const answer = JSON.stringify(chatCompletion({ content: 'x' }).body);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n`;
  let requests = 0;
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (!bytes.includes('POST ')) return;
      if (requests++ === 0) socket.write(head + answer);
      else socket.end('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n');
    });
  });
  using _closing = closing(server);
  const port = await listenOnLoopback(server);
  await using rig = await startRig([], {
    config: {
      providers: { a: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' } },
      chains: { default: { entries: ['a/m'] } },
    },
  });
  const statuses = [];
  for (let n = 0; n < 2; n++) {
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
    statuses.push(response.status);
    await response.text();
  }
  expect([statuses, requests]).toEqual([[200, 503], 2]);
});

test('CH-16 a field that is removed for one entry is sent to the next', async () => {
  await using rig = await startRig([openaiError(500, 'no'), chatCompletion({ content: 'x' })]);
  const [first, second] = rig.upstreams.map(({ baseUrl }) => baseUrl);
  await using mixed = await startRig([], {
    config: {
      providers: { a: { preset: 'groq', baseUrl: first, apiKey: 'k' }, b: { baseUrl: second, apiKey: 'k' } },
      chains: { default: { entries: ['a/m', 'b/n'] } },
    },
  });
  const input = '{"model":"default", "store":true, "big":9007199254740993, "messages":[{"role":"user","content":"é"}]}';
  await (await post(fetch, `${mixed.url}/v1/chat/completions`, input)).text();
  const bodies = rig.upstreams.map(({ hits }) => hits[0]?.body.toString());
  expect(bodies[0]).not.toContain('store');
  expect(bodies[1]).toBe(input.replace('"default"', '"n"'));
});

test('CH-18 tools and a response format are never dropped', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const baseUrl = rig.upstreams[0]?.baseUrl;
  const presets = ['groq', 'mistral', 'gemini-compat', 'ollama', 'cohere-compat'];
  await using mixed = await startRig([], {
    config: {
      providers: Object.fromEntries(presets.map((preset) => [preset, { preset, baseUrl, apiKey: 'k' }])),
      chains: Object.fromEntries(presets.map((preset) => [preset, { entries: [`${preset}/m`] }])),
      defaults: {},
    },
  });
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const response_format = { type: 'json_object' };
  for (const model of presets)
    await (await post(fetch, `${mixed.url}/v1/chat/completions`, { ...HELLO, model, tools, response_format })).text();
  expect(rig.upstreams[0]?.hits.map(({ body }) => JSON.parse(body.toString()) as object)).toMatchObject(
    presets.map(() => ({ tools, response_format })),
  );
});
