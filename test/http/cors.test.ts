import { describe, expect, test } from 'vitest';
import { KEY_HEADERS } from '../../src/auth/keys.ts';
import { RESPONSE_HEADERS } from '../../src/door/headers.ts';
import { chatCompletion, chatStream, openaiError } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const ORIGIN = 'https://app.example';
const KEY = 'spillway-key-one';
const cors = { origins: [ORIGIN, 'http://localhost:5173'] };
const GATEWAYS: Readonly<Record<string, RigOptions>> = {
  'with keys': { config: { server: { cors }, auth: { keys: [{ name: 'ci', key: KEY }] } } },
  'without keys': { config: { server: { cors } } },
};

type Headers = Readonly<Record<string, string>>;

/** Sends a request with a browser's headers, which fetch does not allow. */
async function send(rig: Rig, line: string, headers: Headers = {}, body = '') {
  const length = body === '' ? [] : [`content-length: ${body.length}`, 'content-type: application/json'];
  const given = Object.entries({ host: 'localhost', connection: 'close', ...headers });
  const lines = [`${line} HTTP/1.1`, ...given.map(([name, value]) => `${name}: ${value}`), ...length, '', body];
  const text = await exchange(rig.url, lines.join('\r\n'));
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [status = '', ...fields] = head.split('\r\n');
  const pairs = fields.map((each) => [
    each.slice(0, each.indexOf(':')).toLowerCase(),
    each.slice(each.indexOf(':') + 2),
  ]);
  const answered: Record<string, string> = Object.fromEntries(pairs);
  return { status: Number(status.split(' ')[1]), headers: answered, body: rest.join('\r\n\r\n') };
}

const corsOf = (headers: Headers): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));
const CHAT = JSON.stringify(HELLO);
const STREAMED = JSON.stringify({ ...HELLO, stream: true });
/** Every kind of answer. */
const ANSWERS: Readonly<Record<string, readonly [line: string, body: string, status: number, headers?: Headers]>> = {
  JSON: ['POST /v1/chat/completions', CHAT, 200],
  'a stream': ['POST /v1/chat/completions', STREAMED, 200],
  'a mutation of tRPC': ['POST /trpc/chat.completions.create', CHAT, 200],
  'a stream of tRPC': ['POST /trpc/chat.completions.stream', CHAT, 200],
  "a query by tRPC's plugin": ['GET /trpc/models.list', '', 200],
  "a batch by tRPC's plugin": ['POST /trpc/chat.completions.create?batch=1', `{"0":${CHAT}}`, 200],
  'a batch in lines': ['GET /trpc/models.list?batch=1', '', 200, { 'trpc-accept': 'application/jsonl' }],
  'the documents': ['GET /docs/', '', 200],
  'a path that does not exist': ['GET /nothing', '', 404],
  'a body that is not JSON': ['POST /v1/chat/completions', '{', 400],
  'a wrong key': ['GET /v1/models', '', 401, { authorization: 'Bearer wrong' }],
  'a wrong key at tRPC': ['GET /trpc/models.list', '', 401, { authorization: 'Bearer wrong' }],
  'a wrong form': ['GET /v1/models', '', 417, { expect: 'foo' }],
  'a HEAD': ['HEAD /v1/models', '', 200],
};

describe.each(Object.entries(GATEWAYS))('%s', (name, options) => {
  const authorization = `Bearer ${KEY}`;

  test.each(Object.entries(ANSWERS))(
    '%s may be read by pages of a listed origin, and by no others',
    async (_, [line, body, status, more = {}]) => {
      if (status === 401 && name === 'without keys') return;
      const reply =
        line.includes('stream') || body === STREAMED ? chatStream({ content: 'x' }) : chatCompletion({ content: 'x' });
      await using rig = await startRig([reply], options);
      const listed = await send(
        rig,
        line,
        { authorization, origin: ORIGIN, 'sec-fetch-site': 'cross-site', ...more },
        body,
      );
      expect(listed.status).toBe(status);
      expect(listed.headers['access-control-allow-origin']).toBe(ORIGIN);
      const exposed = listed.headers['access-control-expose-headers']?.split(', ') ?? [];
      expect(exposed).toEqual(RESPONSE_HEADERS.map((each) => each.name));
      expect(exposed).toEqual(
        expect.arrayContaining(Object.keys(listed.headers).filter((each) => each.startsWith('x-'))),
      );
      expect(listed.headers['vary']?.split(', ')).toContain('origin');
      expect(listed.headers['access-control-allow-credentials']).toBeUndefined();
      const foreign = await send(rig, line, { authorization, origin: 'https://app.example.evil', ...more }, body);
      expect(corsOf(foreign.headers)).toEqual([]);
      expect(foreign.headers['vary']?.split(', ')).toContain('origin');
      expect(foreign.status).toBe(name === 'without keys' && status !== 417 ? 403 : status);
      expect(corsOf((await send(rig, line, { authorization, ...more }, body)).headers)).toEqual([]);
    },
  );

  test.each(['/v1/chat/completions', '/trpc/chat.completions.stream', '/trpc/models.list?batch=1'])(
    'a preflight of %s is answered without a key, and reaches no door',
    async (path) => {
      await using rig = await startRig([chatCompletion({ content: 'x' })], options);
      const requested = 'authorization,content-type,x-stainless-arch,x-stainless-retry-count,x-spillway-deadline';
      const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': requested };
      const listed = await send(rig, `OPTIONS ${path}`, { origin: ORIGIN, ...preflight });
      expect([listed.status, listed.body]).toEqual([204, '']);
      expect(listed.headers).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
        'access-control-allow-headers': requested,
        'access-control-max-age': '7200',
        vary: 'origin, access-control-request-headers',
        'x-request-id': expect.stringMatching(/^req_/),
      });
      expect(listed.headers['content-length']).toBeUndefined();
      const foreign = await send(rig, `OPTIONS ${path}`, { origin: 'https://evil.example', ...preflight });
      expect([foreign.status, corsOf(foreign.headers)]).toEqual([name === 'without keys' ? 403 : 405, []]);
      expect([rig.upstreams[0]?.hits.length, rig.codes().includes('ok')]).toEqual([0, false]);
    },
  );

  test('a preflight that names an invalid header is answered with the usual headers', async () => {
    await using rig = await startRig([{}], options);
    const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'a b; c' };
    const { headers } = await send(rig, 'OPTIONS /v1/models', { origin: ORIGIN, ...preflight });
    const allowed = headers['access-control-allow-headers']?.split(', ');
    expect(allowed).toEqual(expect.arrayContaining([...KEY_HEADERS, 'content-type', 'x-spillway-deadline']));
  });

  test.each(KEY_HEADERS)('a page of a listed origin may send its key in %s', async (header) => {
    await using rig = await startRig([{}], options);
    const preflight = { 'access-control-request-method': 'DELETE', 'access-control-request-headers': header };
    const { status, headers } = await send(rig, 'OPTIONS /v1/models', { origin: ORIGIN, ...preflight });
    expect([status, headers['access-control-allow-headers']]).toEqual([204, header]);
    const key = header === 'authorization' ? authorization : KEY;
    expect((await send(rig, 'GET /v1/models', { origin: ORIGIN, [header]: key })).status).toBe(200);
  });
});

test('without a list no answer has a CORS header', async () => {
  await using rig = await startRig([openaiError(500, 'x')], { config: { auth: { keys: [{ name: 'ci', key: KEY }] } } });
  const { headers } = await send(rig, 'GET /v1/models', { origin: ORIGIN, authorization: `Bearer ${KEY}` });
  expect([corsOf(headers), headers['vary']]).toEqual([[], undefined]);
});

const ALLOWED: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'POST',
  '/v1/models': 'GET, HEAD',
  '/trpc/chat.completions.create': 'GET, POST',
  '/trpc/models.list': 'GET, POST',
};

test.each(Object.entries(ALLOWED))(
  'an OPTIONS of %s is answered with the allowed methods, and does nothing',
  async (path, allow) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    for (const method of ['OPTIONS', 'TRACE', 'DELETE']) {
      const { status, headers } = await send(
        rig,
        `${method} ${path}`,
        { 'access-control-request-method': 'POST' },
        CHAT,
      );
      expect([status, headers['allow']]).toEqual([405, allow]);
    }
    expect(rig.upstreams[0]?.hits).toEqual([]);
  },
);

test.each(['/livez', '/v1/models', '/v1/models/default', '/v1/models/none', '/openapi.json', '/docs/', '/nothing'])(
  'a HEAD of %s has the headers of a GET, and no body',
  async (path) => {
    await using rig = await startRig([{}]);
    const id = { 'x-request-id': 'one' };
    const [got, head] = [await send(rig, `GET ${path}`, id), await send(rig, `HEAD ${path}`, id)];
    const { date: _, 'x-spillway-request-id': own, ...headers } = got.headers;
    expect(own).toMatch(/^req_/);
    expect([head.status, head.body]).toEqual([got.status, '']);
    expect(head.headers).toMatchObject(headers);
  },
);

test.each(['/trpc/models.list', '/trpc/chat.completions.stream'])(
  'a HEAD of %s is refused without a body',
  async (path) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const { status, headers, body } = await send(rig, `HEAD ${path}`);
    expect([status, headers['allow'], body]).toEqual([405, 'GET, POST', '']);
  },
);
