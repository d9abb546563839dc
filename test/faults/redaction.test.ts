import { describe, expect, test } from 'vitest';
import { chunk, openaiError, type Reply, type Script, sse } from '../../src/testing/index.ts';
import { DONE, HI, JSON_TYPE, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { requestStream } from './wire.ts';

// The key of every provider of a rig.
const KEY = 'sk-upstream-secret-0123456789';

/** An error message with secrets of every kind; `host` is the entry's own. */
const messageWith = (host: string): string =>
  `No ${KEY}, no ${KEY.slice(0, 14)}... either: use http://${host}/v1?key=abcdefgh12 with Bearer abc.def, see https://provider.example/docs.`;
const CLEAN = 'No ***, no ***... either: use http://***/v1?key=*** with Bearer ***, see https://provider.example/docs.';

const hostOf = ({ headers }: Parameters<Extract<Script, (...args: never) => unknown>>[0]): string =>
  String(headers['host']);

/** The forms in which providers send error messages that clients receive. */
const FORMS: Readonly<Record<string, (message: string) => Reply>> = {
  'a refusal': (message) => openaiError(400, message),
  "FastAPI's detail": (message) => ({ status: 422, body: { detail: [{ loc: ['body', 'n'], msg: message }] } }),
  "Google's list": (message) => ({ status: 400, body: [{ error: { code: 400, message, status: 'INVALID' } }] }),
  "Mistral's message in a message": (message) => ({
    status: 422,
    body: { object: 'error', message: { detail: [{ msg: message, loc: ['body'] }] } },
  }),
};

describe.each(Object.entries(FORMS))('the message in %s', (_, form) => {
  test('is forwarded without secrets and without the address of the entry', async () => {
    await using rig = await startRig([(request) => form(messageWith(hostOf(request)))]);
    for (const way of ['REST over HTTP', 'tRPC by our client', 'the caller in process'] as const) {
      const { message } = await DOORS[way]!.create(rig, HELLO);
      expect(message).toContain(CLEAN);
    }
    expect(JSON.stringify(rig.events)).toContain(CLEAN);
    expect(JSON.stringify(rig.events)).not.toContain(KEY.slice(0, 14));
  });
});

test('a refusal in plain text is redacted in the trail', async () => {
  const headers = { 'content-type': 'text/plain' };
  await using rig = await startRig([(request) => ({ status: 400, headers, body: messageWith(hostOf(request)) })]);
  expect(await DOORS['REST over HTTP']!.create(rig, HELLO)).toMatchObject({ status: 503 });
  expect((await rig.ended()).trail).toMatchObject([{ outcome: 'overloaded', message: CLEAN }]);
});

test('an empty refusal is reported by its status', async () => {
  await using rig = await startRig([{ status: 422, body: {} }]);
  const message = 'The provider answered with status 422.';
  expect(await DOORS['REST over HTTP']!.create(rig, HELLO)).toMatchObject({ status: 422, message });
});

const before: Script = (request) => ({
  headers: JSON_TYPE,
  body: { error: { message: messageWith(hostOf(request)) } },
});
const after: Script = (request) => ({
  headers: STREAM,
  chunks: [ROLE, HI, sse({ error: { message: messageWith(hostOf(request)), code: KEY } })],
});

test('an error message inside a 200 is redacted in the trail, and in the event that ends a stream', async () => {
  await using rig = await startRig([before, after]);
  const result = await DOORS['REST over HTTP']!.stream(rig, HELLO);
  expect(result).toMatchObject({ message: CLEAN, code: '***' });
  expect((await rig.ended()).trail[0]).toMatchObject({ outcome: 'malformed', message: CLEAN });
});

/** Errors after the first token in other forms than an `error` object. */
const STREAM_FORMS: Readonly<Record<string, (message: string) => object>> = {
  'a flat error': (message) => ({ message, code: 401 }),
  'a detail': (detail) => ({ detail }),
  'a list of errors': (message) => ({ errors: [{ message }] }),
  'an error in a choice': (message) => ({
    choices: [{ index: 0, delta: {}, finish_reason: null, error: { message } }],
  }),
};

test.each(Object.entries(STREAM_FORMS))('%s after the first token is an error, and is redacted', async (_, form) => {
  await using rig = await startRig([
    (request) => ({ headers: STREAM, chunks: [ROLE, HI, sse(form(messageWith(hostOf(request)))), DONE] }),
  ]);
  const wire = await (await requestStream(rig)).text();
  expect(wire).toContain(`"message":"${CLEAN}"`);
  expect(wire).not.toContain(KEY.slice(0, 14));
});

test('an answer is never redacted, even if it contains what looks like a secret', async () => {
  const content = `Write Bearer abc.def and ${KEY}`;
  await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, chunk({ delta: { content } }), STOP, DONE] }]);
  expect(textOf(await DOORS['tRPC by our client']!.stream(rig, HELLO))).toBe(content);
});

test('a redirect is not followed, and its target receives no key', async () => {
  await using target = await startRig([openaiError(500, 'x')]);
  const location = `${target.upstreams[0]?.baseUrl}/chat/completions`;
  for (const status of [301, 302, 303, 307, 308]) {
    await using rig = await startRig([{ status, headers: { location } }]);
    expect(await DOORS['REST over HTTP']!.create(rig, HELLO)).toMatchObject({ status: 503 });
  }
  expect(target.upstreams[0]?.hits).toEqual([]);
});
