import { describe, expect, test } from 'vitest';
import { chunk, openaiError, type Reply, type Script, sse } from '../../src/testing/index.ts';
import { DONE, HI, JSON_TYPE, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { HELLO, startRig } from '../helpers/gateway.ts';
import { askStream } from './wire.ts';

// The key of every provider of a rig.
const KEY = 'sk-upstream-secret-0123456789';

/** An error that tells all that it knows; the host of the entry is the one that it was asked at. */
const words = (host: string): string =>
  `No ${KEY}, no ${KEY.slice(0, 14)}... either: ask http://${host}/v1?key=abcdefgh12 with Bearer abc.def, see https://vendor.example/docs.`;
const CLEAN = 'No ***, no ***... either: ask http://***/v1?key=*** with Bearer ***, see https://vendor.example/docs.';

const hostOf = ({ headers }: Parameters<Extract<Script, (...args: never) => unknown>>[0]): string =>
  String(headers['host']);

/** Where vendors put their words, and whether what they say is the caller's to hear. */
const PLACES: Readonly<Record<string, (message: string) => Reply>> = {
  'a refusal': (message) => openaiError(400, message),
  'a refusal in plain text': (message) => ({ status: 400, headers: { 'content-type': 'text/plain' }, body: message }),
  "FastAPI's detail": (message) => ({ status: 422, body: { detail: [{ loc: ['body', 'n'], msg: message }] } }),
  "Google's list": (message) => ({ status: 400, body: [{ error: { code: 400, message, status: 'INVALID' } }] }),
  "Mistral's message in a message": (message) => ({
    status: 422,
    body: { object: 'error', message: { detail: [{ msg: message, loc: ['body'] }] } },
  }),
};

describe.each(Object.entries(PLACES))('what a vendor tells in %s', (_, place) => {
  test('is kept, and no secret and not his own address with it', async () => {
    await using rig = await startRig([(request) => place(words(hostOf(request)))]);
    for (const way of ['REST over HTTP', 'tRPC by our client', 'the caller in process'] as const) {
      const { message } = await DOORS[way]!.create(rig, HELLO);
      expect(message).toContain(CLEAN);
    }
    expect(JSON.stringify(rig.events)).toContain(CLEAN);
    expect(JSON.stringify(rig.events)).not.toContain(KEY.slice(0, 14));
  });
});

test('an empty refusal is told by its status', async () => {
  await using rig = await startRig([{ status: 422, body: '' }]);
  expect(await DOORS['REST over HTTP']!.create(rig, HELLO)).toMatchObject({
    status: 422,
    message: 'The provider answered with status 422.',
  });
});

const before: Script = (request) => ({ headers: JSON_TYPE, body: { error: { message: words(hostOf(request)) } } });
const after: Script = (request) => ({
  headers: STREAM,
  chunks: [ROLE, HI, sse({ error: { message: words(hostOf(request)), code: KEY } })],
});

test('what a vendor tells inside a 200 is clean in the trail, and in the event that ends a stream', async () => {
  await using rig = await startRig([before, after]);
  const told = await DOORS['REST over HTTP']!.stream(rig, HELLO);
  expect(told).toMatchObject({ message: CLEAN, code: '***' });
  expect((await rig.ended()).trail[0]).toMatchObject({ outcome: 'malformed', message: CLEAN });
});

/** Errors after the first token that are not dressed as one. */
const DRESSES: Readonly<Record<string, (message: string) => object>> = {
  'a flat error': (message) => ({ message, code: 401 }),
  'a detail': (detail) => ({ detail }),
  'a list of errors': (message) => ({ errors: [{ message }] }),
  'an error in a choice': (message) => ({
    choices: [{ index: 0, delta: {}, finish_reason: null, error: { message } }],
  }),
};

test.each(Object.entries(DRESSES))('%s after the first token is no chunk, and is clean', async (_, dress) => {
  await using rig = await startRig([
    (request) => ({ headers: STREAM, chunks: [ROLE, HI, sse(dress(words(hostOf(request)))), DONE] }),
  ]);
  const wire = await (await askStream(rig)).text();
  expect(wire).toContain(`"message":"${CLEAN}"`);
  expect(wire).not.toContain(KEY.slice(0, 14));
});

test('an answer is nobody’s to change: what looks like a secret in it stays', async () => {
  const said = `Write Bearer abc.def and ${KEY}`;
  await using rig = await startRig([
    { headers: STREAM, chunks: [ROLE, chunk({ delta: { content: said } }), STOP, DONE] },
  ]);
  expect(textOf(await DOORS['tRPC by our client']!.stream(rig, HELLO))).toBe(said);
});

test('a redirect is not followed, and its target is sent no key', async () => {
  await using elsewhere = await startRig([openaiError(500, 'x')]);
  const location = `${elsewhere.upstreams[0]?.baseUrl}/chat/completions`;
  for (const status of [301, 302, 303, 307, 308]) {
    await using rig = await startRig([{ status, headers: { location } }]);
    expect(await DOORS['REST over HTTP']!.create(rig, HELLO)).toMatchObject({ status: 503 });
  }
  expect(elsewhere.upstreams[0]?.hits).toEqual([]);
});
