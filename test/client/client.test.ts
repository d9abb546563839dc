import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createClient, SpillwayError } from '../../client/index.ts';
import { chatStream, chunk, openaiError, responder, type Script } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const clientOf = ({ url }: Rig) => createClient({ url });
const drops = responder({ content: 'drop '.repeat(500), delay: 5 });

/** Resolves once the upstream's connection is closed. */
const closed = (rig: Rig) => rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);

test('calls every procedure as a function', async () => {
  await using rig = await startRig([responder({ content: 'Hello to you too.' })]);
  const client = createClient({ url: `${rig.url}/` });
  expect((await client.chat.completions.create(HELLO)).choices[0]?.message.content).toBe('Hello to you too.');
  expect((await client.embeddings.create({ input: ['a', 'b'] })).data).toHaveLength(2);
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['default', 'a/model-a']);
  expect(await client.models.retrieve({ model: 'default' })).toMatchObject({ id: 'default', object: 'model' });
  expect((await client.chains.list()).data[0]).toMatchObject({ id: 'default', object: 'chain' });
  expect([await client.health.live(), await client.health.ready()]).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
});

test('sends its key, and rejects with invalid_api_key for a wrong one', async () => {
  await using rig = await startRig([responder({ content: 'x' })], {
    config: { auth: { keys: [{ name: 'ci', key: 'spillway-key-one' }] } },
  });
  const right = createClient({ url: rig.url, apiKey: 'spillway-key-one' });
  expect((await right.models.list()).data).toHaveLength(2);
  expect(await Array.fromAsync(right.chat.completions.stream(HELLO))).not.toEqual([]);
  const wrong = createClient({ url: rig.url, apiKey: 'x' });
  const refused = { name: 'SpillwayError', code: 'invalid_api_key', status: 401 };
  await expect(wrong.models.list()).rejects.toMatchObject(refused);
  await expect(wrong.chat.completions.create(HELLO)).rejects.toMatchObject(refused);
  await expect(Array.fromAsync(wrong.chat.completions.stream(HELLO))).rejects.toMatchObject(refused);
});

test('sends its requests through the given fetch', async () => {
  await using rig = await startRig([responder({ content: 'x' })]);
  const requests: string[] = [];
  const client = createClient({
    url: rig.url,
    fetch: (input, init) => {
      requests.push(`${init?.method} ${input.slice(rig.url.length)}`);
      return fetch(input, init);
    },
  });
  await client.models.list();
  await client.chat.completions.create(HELLO);
  await Array.fromAsync(client.chat.completions.stream(HELLO));
  expect(requests).toEqual([
    'GET /trpc/models.list',
    'POST /trpc/chat.completions.create',
    'POST /trpc/chat.completions.stream',
  ]);
});

test('sends its options to the gateway', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }]);
  const { completions } = clientOf(rig).chat;
  const late = { code: 'deadline_exceeded', status: 504 };
  await expect(completions.create(HELLO, { deadline: 1100 })).rejects.toMatchObject(late);
  await expect(Array.fromAsync(completions.stream(HELLO, { deadline: 1100 }))).rejects.toMatchObject(late);
  await expect(completions.create(HELLO, { commit: 'never' as never })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('throws an error with its code, status, field, request and trail', async () => {
  await using rig = await startRig([openaiError(500, 'down')]);
  const error: unknown = await clientOf(rig)
    .chat.completions.create(HELLO)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SpillwayError);
  expect(error).toMatchObject({
    name: 'SpillwayError',
    code: 'all_providers_exhausted',
    type: 'upstream_error',
    param: null,
    status: 503,
    requestId: rig.finished()[0]?.requestId,
    attempts: [{ provider: 'a', model: 'model-a', outcome: 'overloaded', status: 500 }],
    retryAfter: 1,
  });
});

describe('a stream', () => {
  test('sends no request before it is read', async () => {
    await using rig = await startRig([drops]);
    const stream = clientOf(rig).chat.completions.stream(HELLO);
    await clientOf(rig).health.live();
    expect(rig.upstreams[0]?.hits).toEqual([]);
    await stream.return?.();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('that ends by break ends the upstream', async () => {
    await using rig = await startRig([drops]);
    for await (const { choices } of clientOf(rig).chat.completions.stream(HELLO)) {
      if (choices[0]?.delta.content === 'drop ') break;
    }
    await closed(rig);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
  });

  test('that ends by a throw ends the upstream, and rejects with what was thrown', async () => {
    await using rig = await startRig([drops]);
    const mine = new Error('mine');
    const reading = (async () => {
      for await (const { choices } of clientOf(rig).chat.completions.stream(HELLO)) {
        if (choices[0]?.delta.content === 'drop ') throw mine;
      }
    })();
    await expect(reading).rejects.toBe(mine);
    await closed(rig);
  });

  test.each([
    ['in the middle', drops, true],
    ['before the first token', { head: false, end: 'hang' }, false],
  ] satisfies [string, Script, boolean][])(
    'that is aborted %s ends the upstream and throws the reason of its signal',
    async (_, script, begun) => {
      await using rig = await startRig([script]);
      const controller = new AbortController();
      const reason = new Error('enough');
      const reading = (async () => {
        for await (const { choices } of clientOf(rig).chat.completions.stream(HELLO, { signal: controller.signal })) {
          if (choices[0]?.delta.content === 'drop ') controller.abort(reason);
        }
      })();
      if (!begun) {
        await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
        controller.abort(reason);
      }
      await expect(reading).rejects.toBe(reason);
      await closed(rig);
      expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    },
  );

  test('that is aborted delivers nothing more, not even what was read already', async () => {
    await using rig = await startRig([responder({ content: 'a b c d e f g h' })]);
    const controller = new AbortController();
    const reason = new Error('enough');
    let chunks = 0;
    const reading = (async () => {
      for await (const _ of clientOf(rig).chat.completions.stream(HELLO, { signal: controller.signal })) {
        chunks++;
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(chunks).toBe(1);
  });

  test('keeps no listener on a signal that outlives it', async () => {
    await using rig = await startRig([responder({ content: 'x y z' })]);
    const { signal } = new AbortController();
    const { stream } = clientOf(rig).chat.completions;
    await Array.fromAsync(stream(HELLO, { signal }));
    for await (const _ of stream(HELLO, { signal })) break;
    await expect(Array.fromAsync(stream({ ...HELLO, model: 'none' }, { signal }))).rejects.toThrow();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('that is disposed ends the upstream', async () => {
    await using rig = await startRig([drops]);
    {
      await using stream = clientOf(rig).chat.completions.stream(HELLO);
      await stream.next();
    }
    await closed(rig);
  });

  test('that is aborted before it is read sends no request', async () => {
    await using rig = await startRig([drops]);
    const reason = new Error('too late');
    const { stream } = clientOf(rig).chat.completions;
    await expect(Array.fromAsync(stream(HELLO, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('that is returned while a next waits for the first token ends the upstream, without an error', async () => {
    await using rig = await startRig([{ head: false, end: 'hang' }]);
    const stream = clientOf(rig).chat.completions.stream(HELLO);
    const waiting = stream.next();
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    await stream.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await closed(rig);
  });

  test('that breaks in the middle delivers its chunks, throws once with its code, and is done', async () => {
    const headers = { 'content-type': 'text/event-stream' };
    const hi = chunk({ delta: { content: 'Hi' } });
    await using rig = await startRig([{ headers, chunks: [hi, 'data: {"error":{"message":"boom","code":"x"}}\n\n'] }]);
    const stream = clientOf(rig).chat.completions.stream(HELLO);
    expect((await stream.next()).value?.choices[0]?.delta.content).toBe('Hi');
    await expect(stream.next()).rejects.toMatchObject({
      name: 'SpillwayError',
      code: 'x',
      message: 'boom',
      status: 502,
    });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
  });

  test('whose reader pauses makes the provider pause, and holds a bounded part of it', async () => {
    const big = chunk({ delta: { content: 'x'.repeat(64 * 1024) } });
    const flood: Script = () => ({
      headers: { 'content-type': 'text/event-stream' },
      chunks: Array.from({ length: 3000 }, () => big),
    });
    // The gateway cuts a client that reads nothing for so long: by then all buffers between are full.
    await using rig = await startRig([flood], { writeIdle: 700 });
    const stream = clientOf(rig).chat.completions.stream(HELLO);
    await stream.next();
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    expect(rig.upstreams[0]?.hits[0]?.bytesWritten).toBeLessThan(32 * 1024 * 1024);
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'incomplete_stream' });
  });

  test('of a prompt that is too large for a URL is answered', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const content = 'word '.repeat(150_000);
    const messages = [{ role: 'user', content }] as const;
    expect(await Array.fromAsync(clientOf(rig).chat.completions.stream({ messages }))).not.toEqual([]);
    expect(rig.upstreams[0]?.hits[0]?.body.includes(content)).toBe(true);
  });

  test('of a prompt above the gateway’s limit is refused with its code', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })], { bodyLimit: 1000 });
    const messages = [{ role: 'user', content: 'x'.repeat(2000) }] as const;
    const { completions } = clientOf(rig).chat;
    const refused = { code: 'request_too_large', status: 413 };
    await expect(Array.fromAsync(completions.stream({ messages }))).rejects.toMatchObject(refused);
    await expect(completions.create({ messages })).rejects.toMatchObject(refused);
  });
});
