import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { type Reply, startScriptedUpstream } from '../../src/testing/index.ts';

/** A scripted server in place of the gateway. */
async function serverFor(reply: Reply) {
  const server = await startScriptedUpstream({ script: reply });
  const client = createClient({ url: `http://127.0.0.1:${server.port}` });
  const messages = [{ role: 'user', content: 'x' }] as const;
  return {
    read: (): Promise<unknown[]> => Array.fromAsync(client.chat.completions.stream({ messages })),
    create: () => client.chat.completions.create({ messages }),
    list: () => client.models.list(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const STREAM = { 'content-type': 'text/event-stream' };
const CONNECTED = 'event: connected\ndata: {}\n\n';
const RETURN = 'event: return\ndata: \n\n';
const DATA = 'data: {"n":1}\n\n';

/** Streams that end without their end event. */
const INCOMPLETE: Readonly<Record<string, Reply>> = {
  'ends after a chunk': { headers: STREAM, chunks: [CONNECTED, DATA] },
  'ends at once': { headers: STREAM, chunks: [CONNECTED] },
  'is empty': { headers: STREAM, chunks: [] },
  'ends in the middle of its end': { headers: STREAM, chunks: [CONNECTED, DATA, 'event: return\ndata:'] },
  'is closed without its end': { headers: STREAM, chunks: [CONNECTED, DATA], end: 'fin' },
  'is reset': { headers: STREAM, chunks: [CONNECTED, DATA, { delay: 20 }], end: 'rst' },
  'has its end as data': { headers: STREAM, chunks: [CONNECTED, DATA, 'data: "return"\n\n'] },
};

test.each(Object.entries(INCOMPLETE))('a stream that %s throws', async (_, reply) => {
  await using gateway = await serverFor(reply);
  await expect(gateway.read()).rejects.toMatchObject({ name: 'SpillwayError', code: 'incomplete_stream' });
});

/** Replies that are not a gateway's. */
const FOREIGN: Readonly<Record<string, Reply>> = {
  'HTML with status 200': { headers: { 'content-type': 'text/html' }, body: '<html>hello</html>' },
  'HTML with status 502': { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>bad gateway</html>' },
  'JSON with status 200': { body: { hello: 'you' } },
  'an error of another shape': { status: 500, body: { error: 'no' } },
  nothing: { status: 204 },
};

describe.each(Object.entries(FOREIGN))('%s', (_, reply) => {
  test.each(['read', 'create', 'list'] as const)('is no reply to %s', async (way) => {
    await using gateway = await serverFor(reply);
    await expect(gateway[way]()).rejects.toMatchObject({ name: 'SpillwayError', code: 'invalid_reply' });
  });
});

test.each(['read', 'create', 'list'] as const)('without a server %s is a failed connection', async (way) => {
  const gateway = await serverFor({});
  await gateway[Symbol.asyncDispose]();
  const failed = { name: 'SpillwayError', code: 'connection_failed', status: undefined, cause: expect.any(Error) };
  await expect(gateway[way]()).rejects.toMatchObject(failed);
});

test.each(['data: {oops\n\n', 'data: [DONE]\n\n'])('the event %j is not JSON and throws', async (event) => {
  await using gateway = await serverFor({ headers: STREAM, chunks: [CONNECTED, DATA, event, RETURN] });
  await expect(gateway.read()).rejects.toMatchObject({ code: 'invalid_reply' });
});

test('an error in the shape of another API is an invalid reply', async () => {
  await using gateway = await serverFor({ status: 400, body: { error: { message: 'no', data: { code: 'x' } } } });
  await expect(gateway.create()).rejects.toMatchObject({ code: 'invalid_reply', status: 400 });
});

test('a reply that is cut in the middle is a failed connection, and not an invalid reply', async () => {
  const headers = { 'content-type': 'application/json', 'content-length': '500' };
  await using gateway = await serverFor({ headers, chunks: ['{"result":{"data":', { delay: 20 }], end: 'rst' });
  const failed = { code: 'connection_failed', status: 200, cause: expect.any(Error) };
  await expect(gateway.create()).rejects.toMatchObject(failed);
});

test('a server that keeps the response open after the end is disconnected', async () => {
  await using server = await startScriptedUpstream({
    script: { headers: STREAM, chunks: [CONNECTED, DATA, RETURN], end: 'hang' },
  });
  const client = createClient({ url: `http://127.0.0.1:${server.port}` });
  const messages = [{ role: 'user', content: 'x' }] as const;
  expect(await Array.fromAsync(client.chat.completions.stream({ messages }))).toEqual([{ n: 1 }]);
  await server.until(({ hits }) => hits[0]?.closedAt !== undefined);
});

test('a body that ignores the signal is cancelled all the same', async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(CONNECTED + DATA)),
    cancel: () => void (cancelled = true),
  });
  const client = createClient({
    url: 'http://spillway',
    fetch: () => Promise.resolve(new Response(body, { headers: STREAM })),
  });
  for await (const _ of client.chat.completions.stream({ messages: [{ role: 'user', content: 'x' }] })) break;
  expect(cancelled).toBe(true);
});

test('an event that never ends is cut off at the limit', async () => {
  const piece = 'x'.repeat(1024 * 1024);
  const chunks = [CONNECTED, 'data: "', ...Array.from({ length: 18 }, () => piece)];
  await using gateway = await serverFor({ headers: STREAM, chunks, end: 'hang' });
  await expect(gateway.read()).rejects.toMatchObject({ code: 'invalid_reply' });
});

test('an error of the gateway without a code has the code null', async () => {
  const shape = { message: 'n must be 1', code: -32600, data: { type: null, param: null, code: null, status: 400 } };
  const error = `event: serialized-error\ndata: ${JSON.stringify(shape)}\n\n`;
  await using gateway = await serverFor({ headers: STREAM, chunks: [CONNECTED, error] });
  await expect(gateway.read()).rejects.toMatchObject({ code: null, status: 400, message: 'n must be 1' });
});

test('events after the end are not delivered', async () => {
  await using gateway = await serverFor({
    headers: STREAM,
    chunks: [CONNECTED, DATA, RETURN, DATA, DATA],
    end: 'hang',
  });
  expect(await gateway.read()).toEqual([{ n: 1 }]);
});

test('a stream reads the same however the network cuts it', async () => {
  const items = [{ text: 'é 漢 🌊' }, { text: 'a\nb' }, { n: 9 }];
  const events = items.map((item) => `data: ${JSON.stringify(item)}\n\n`).join(': keep-alive\n');
  const bytes = Buffer.from(CONNECTED + events + RETURN);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 40 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of pieces) if (piece.length > 0) controller.enqueue(new Uint8Array(piece));
          controller.close();
        },
      });
      const answer = (): Promise<Response> => Promise.resolve(new Response(body, { headers: STREAM }));
      const client = createClient({ url: 'http://spillway', fetch: answer });
      const read = await Array.fromAsync(
        client.chat.completions.stream({ messages: [{ role: 'user', content: 'x' }] }),
      );
      expect(read).toEqual(items);
    }),
  );
});
