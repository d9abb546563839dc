import { expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

test('the public routes answer without a key or options', async () => {
  await using rig = await startRig([{}]);
  for (const path of ['/livez', '/readyz']) {
    const response = await fetch(rig.url + path);
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'ok' }]);
  }
  rig.gateway.drain();
  expect((await fetch(`${rig.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${rig.url}/livez`)).status).toBe(200);
});

test('the bare path is the same route', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  expect((await post(fetch, `${rig.url}/chat/completions`, HELLO)).status).toBe(200);
});

test.each([
  ['GET', '/v1/nothing', 404, 'not_found'],
  ['GET', '/v1/chat/completions', 405, 'method_not_allowed'],
  ['DELETE', '/v1/models', 405, 'method_not_allowed'],
  ['PROPFIND', '/v1/models', 405, 'method_not_allowed'],
  ['GET', '/v1/models/%zz', 400, 'invalid_request'],
  ['GET', '/%zz', 400, 'invalid_request'],
] as const)('%s %s is %i in the one shape of errors', async (method, path, status, code) => {
  await using rig = await startRig([{}]);
  const text = await exchange(rig.url, `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  expect(text).toContain(`HTTP/1.1 ${status} `);
  expect(text).toContain(`"code":"${code}"`);
  expect(text).toContain('x-request-id: req_');
  if (status === 405) expect(text).toMatch(/allow: (POST|GET, HEAD)/);
});

test('a body of another type is a 415, one too large a 413, by length and by chunks, and the connection closes', async () => {
  await using rig = await startRig([{}], { bodyLimit: 1000 });
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n';
  expect(await exchange(rig.url, `${head}content-type: text/plain\r\ncontent-length: 2\r\n\r\n{}`)).toContain(
    'HTTP/1.1 415 ',
  );
  expect(await exchange(rig.url, `${head}content-type: application/json\r\ncontent-length: 5000\r\n\r\n{`)).toContain(
    'HTTP/1.1 413 ',
  );
  const chunks = `${(1200).toString(16)}\r\n${'x'.repeat(1200)}\r\n`;
  expect(
    await exchange(rig.url, `${head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`),
  ).toContain('HTTP/1.1 413 ');
});

test('bytes that are not HTTP are a 400 in JSON', async () => {
  await using rig = await startRig([{}]);
  const text = await exchange(rig.url, 'hello there\r\n\r\n');
  expect(text).toContain('HTTP/1.1 400 Bad Request');
  expect(text).toContain('"code":"invalid_request"');
});

test.each([
  [{ host: 'evil.example' }, 403],
  [{ host: 'evil.example:80', origin: 'http://localhost' }, 403],
  [{ origin: 'http://evil.example' }, 403],
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ origin: 'http://localhost:5173' }, 403],
  [{ host: 'localhost:4141', origin: 'http://localhost' }, 403],
  [{ host: 'localhost:4141', origin: 'https://localhost:4141' }, 403],
  [{ host: 'evil.example:4141', origin: 'http://evil.example:4141' }, 403],
  [{ host: 'localhost:4141', origin: 'http://localhost:4141', 'sec-fetch-site': 'same-site' }, 403],
  [{ host: 'localhost:4141', origin: 'http://localhost:4141', 'sec-fetch-site': 'same-origin' }, 200],
  [{ host: '[::1]:4141', origin: 'http://[::1]:4141' }, 200],
  [{ host: 'localhost:4141' }, 200],
  [{ host: '[::1]' }, 200],
  [{ 'sec-fetch-site': 'none' }, 200],
] as const)('without keys a request with %o gets %i on every route', async (headers, status) => {
  await using rig = await startRig([{}]);
  const lines = Object.entries({ host: 'localhost', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  for (const path of ['/livez', '/v1/models', '/trpc/models.list', '/docs/']) {
    expect(await exchange(rig.url, `GET ${path} HTTP/1.1\r\n${lines}connection: close\r\n\r\n`)).toContain(
      `HTTP/1.1 ${status} `,
    );
  }
  if (status === 403)
    expect(await exchange(rig.url, `PUT /nothing HTTP/1.1\r\n${lines}connection: close\r\n\r\n`)).toContain(
      'forbidden_origin',
    );
});

test('a sane request id is kept, and any other is replaced', async () => {
  await using rig = await startRig([{}]);
  const id = async (given: string): Promise<string | null> =>
    (await fetch(`${rig.url}/livez`, { headers: { 'x-request-id': given } })).headers.get('x-request-id');
  expect(await id('abc-1')).toBe('abc-1');
  expect(await id('x'.repeat(200))).toMatch(/^req_[0-9a-f]{32}$/);
});

test('an unknown option is a 400', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, {
    headers: { 'x-spillway-comit': 'headers' },
  });
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
    400,
    'unknown_option',
  ]);
});

test('no secret of an entry is in an error, a trail or an event', async () => {
  const key = 'sk-upstream-secret-0123456789';
  const echo = {
    status: 401,
    body: {
      error: { message: `Incorrect API key provided: ${key} (Bearer ${key}, cut: sk-upstream-secr...)`, code: key },
    },
  };
  await using rig = await startRig([echo, { ...echo, status: 400 }]);
  const headers = { 'x-spillway-include': 'trail' };
  const text = await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers })).text();
  expect(text).toContain('***');
  expect(text + JSON.stringify(rig.events)).not.toContain('sk-upstream');
});

test('no header of the client is forwarded to the upstream, and none of the upstream to the client', async () => {
  await using rig = await startRig([
    {
      ...chatCompletion({ content: 'x' }),
      headers: { 'set-cookie': 'a=b', 'x-ratelimit-remaining-tokens': '5', server: 'upstream' },
    },
  ]);
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, {
    headers: { cookie: 'c=d', 'x-secret': 'e', authorization: 'Bearer client' },
  });
  for (const name of ['set-cookie', 'x-ratelimit-remaining-tokens', 'server'])
    expect(response.headers.get(name)).toBeNull();
  const sent = rig.upstreams[0]?.hits[0]?.headers;
  expect(sent?.['authorization']).toBe('Bearer sk-upstream-secret-0123456789');
  expect([sent?.['cookie'], sent?.['x-secret']]).toEqual([undefined, undefined]);
});

function head(line: string, more: string): string {
  return `${line} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;
}

test('a refusal by the edge is recorded once, under the id in its answer', async () => {
  await using rig = await startRig([{}]);
  const requests = [
    [head('GET /v1/models', 'host: other\r\n'), 'rest', 400, 'invalid_request'],
    [head('GET /v1/models', 'origin: http://evil.example\r\n'), 'rest', 403, 'forbidden_origin'],
    [head('POST /trpc/chat.completions.create', ''), 'trpc', 411, 'length_required'],
    [head('GET /v1/models', 'expect: a-miracle\r\n'), 'rest', 417, 'expectation_failed'],
  ] as const;
  const ids: (string | undefined)[] = [];
  for (const [request] of requests) ids.push(/x-request-id: (\S+)/.exec(await exchange(rig.url, request))?.[1]);
  expect(
    rig
      .finished()
      .map(({ requestId, door, status, code, remoteAddress }) => [requestId, door, status, code, remoteAddress]),
  ).toEqual(requests.map(([, door, status, code], n) => [ids[n], door, status, code, '127.0.0.1']));
});

test('a name of a model that is too long for a header is refused, and not repeated', async () => {
  await using rig = await startRig([{}]);
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model: 'x'.repeat(100_000) });
  const text = await response.text();
  expect([response.status, text.length < 1000, text.includes('model')]).toEqual([400, true, true]);
  expect(rig.upstreams[0]?.hits).toEqual([]);
});

test('an unsupported version of HTTP is a 400', async () => {
  await using rig = await startRig([{}]);
  expect(await exchange(rig.url, 'GET /livez HTTP/2.0\r\nhost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});
