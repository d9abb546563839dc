import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, openaiError, responder } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { post, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const input = encodeURIComponent(JSON.stringify(HELLO));
const STREAM = '/trpc/chat.completions.stream';
const JSON_TYPE = 'content-type: application/json\r\n';

const CI = { name: 'ci', key: 'spillway-key-one' };
const KEYED: RigOptions = { config: { auth: { keys: [CI] } } };

interface Refused {
  readonly head: string;
  readonly body?: string;
  readonly status: number;
  readonly code: string;
}

/** Requests with a wrong form, as bytes on a socket. */
const REFUSED: Readonly<Record<string, Refused>> = {
  'a HEAD': { head: `HEAD ${STREAM}?input=${input}`, status: 405, code: '' },
  'a HEAD of a query': { head: 'HEAD /trpc/models.list', status: 405, code: '' },
  'a TRACE': { head: `TRACE ${STREAM}`, status: 405, code: 'method_not_allowed' },
  'an OPTIONS': { head: `OPTIONS ${STREAM}`, status: 405, code: 'method_not_allowed' },
  'a PUT': {
    head: `PUT ${STREAM}\r\n${JSON_TYPE}`,
    body: JSON.stringify(HELLO),
    status: 405,
    code: 'method_not_allowed',
  },
  'a mutation by GET': {
    head: `GET /trpc/chat.completions.create?input=${input}`,
    status: 405,
    code: 'method_not_allowed',
  },
  'a query by POST': {
    head: `POST /trpc/models.list\r\n${JSON_TYPE}`,
    body: '{}',
    status: 405,
    code: 'method_not_allowed',
  },
  'an unknown procedure': { head: 'GET /trpc/chat.completions', status: 404, code: 'not_found' },
  'an unknown procedure by POST': {
    head: `POST /trpc/nope\r\n${JSON_TYPE}`,
    body: '{}',
    status: 404,
    code: 'not_found',
  },
  'a member of every object': { head: 'GET /trpc/__proto__', status: 404, code: 'not_found' },
  'a path that is too deep': { head: 'GET /trpc/models/list', status: 404, code: 'not_found' },
  'a path that is not well encoded': { head: 'GET /trpc/%zz', status: 400, code: 'invalid_request' },
  'a name that is encoded twice': {
    head: `GET /trpc/chat%252Ecompletions.stream?input=${input}`,
    status: 404,
    code: 'not_found',
  },
  'a target with a host of its own': {
    head: 'GET http://localhost/trpc/models.list',
    status: 400,
    code: 'invalid_request',
  },
  'a target with a user': { head: 'GET http://u:p@localhost/trpc/models.list', status: 400, code: 'invalid_request' },
  'an endless name': { head: `GET /trpc/${'a'.repeat(3000)}`, status: 404, code: 'not_found' },
  'a batch of commas': { head: `GET /trpc/${','.repeat(900)}?batch=1`, status: 400, code: 'invalid_request' },
  'a batch of thousands of commas': { head: `GET /trpc/${','.repeat(4900)}?batch=1`, status: 404, code: 'not_found' },
  'a batch of eleven': {
    head: `GET /trpc/${Array.from({ length: 11 }, () => 'models.list').join(',')}?batch=1`,
    status: 400,
    code: 'invalid_request',
  },
  'a batch in lines': {
    head: `GET /trpc/${Array.from({ length: 11 }, () => 'models.list').join(',')}?batch=1\r\ntrpc-accept: application/jsonl`,
    status: 400,
    code: 'invalid_request',
  },
  'a subscription in a batch': { head: `GET ${STREAM}?batch=1&input={}`, status: 400, code: 'invalid_request' },
  'a batch that mixes kinds': {
    head: 'GET /trpc/models.list,chat.completions.stream?batch=1',
    status: 400,
    code: 'invalid_request',
  },
  'an input in a URL that is too large': { head: `GET ${STREAM}?input=${'x'.repeat(20_000)}`, status: 431, code: '' },
  'a last event id in a header': {
    head: `GET ${STREAM}?input=${input}\r\nlast-event-id: ../../etc/passwd`,
    status: 400,
    code: 'invalid_request',
  },
  'a last event id in the URL': {
    head: `GET ${STREAM}?input=${input}&lastEventId=${'9'.repeat(5000)}`,
    status: 400,
    code: 'invalid_request',
  },
  'a last event id with a POST': {
    head: `POST ${STREAM}?Last-Event-Id=1\r\n${JSON_TYPE}`,
    body: JSON.stringify(HELLO),
    status: 400,
    code: 'invalid_request',
  },
  'a body of another type': {
    head: `POST ${STREAM}\r\ncontent-type: text/plain\r\n`,
    body: JSON.stringify(HELLO),
    status: 415,
    code: 'unsupported_media_type',
  },
  'a form': {
    head: 'POST /trpc/chat.completions.create\r\ncontent-type: multipart/form-data; boundary=x\r\n',
    body: '--x--',
    status: 415,
    code: 'unsupported_media_type',
  },
  'a body that is too large': {
    head: `POST ${STREAM}\r\n${JSON_TYPE}`,
    body: JSON.stringify({ ...HELLO, pad: 'x'.repeat(5000) }),
    status: 413,
    code: 'request_too_large',
  },
  'a batch that is too large': {
    head: `POST /trpc/chat.completions.create?batch=1\r\n${JSON_TYPE}`,
    body: JSON.stringify({ 0: { ...HELLO, pad: 'x'.repeat(5000) } }),
    status: 413,
    code: 'request_too_large',
  },
  'a batch that is not JSON': {
    head: `POST /trpc/chat.completions.create?batch=1\r\n${JSON_TYPE}`,
    body: '{"0":password',
    status: 400,
    code: 'invalid_json',
  },
  'a batch that is not an object': {
    head: `POST /trpc/chat.completions.create?batch=1\r\n${JSON_TYPE}`,
    body: '7',
    status: 400,
    code: 'invalid_json',
  },
  'invalid connection parameters': {
    head: 'GET /trpc/models.list?connectionParams=x',
    status: 400,
    code: 'invalid_json',
  },
};

test.each(Object.entries(REFUSED))(
  '%s is a clear 4xx and reaches no upstream',
  async (_, { head, body = '', status, code }) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], { bodyLimit: 4000 });
    const [line = '', ...headers] = head.split('\r\n').filter(Boolean);
    const length = body === '' ? [] : [`content-length: ${body.length}`];
    const lines = [`${line} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, ...length, '', body];
    const text = await exchange(rig.url, lines.join('\r\n'));
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (code !== '') expect(text).toContain(`"code":"${code}"`);
    expect(text).not.toMatch(/stack|node_modules|\.ts:|password/);
    expect(text.length).toBeLessThan(2000);
    expect(rig.upstreams[0]?.hits).toEqual([]);
    // Malformed HTTP never becomes a request.
    if (status === 431 || head.includes('%zz') || head.includes('http:')) return;
    await rig.ended();
    // Each call of a batch that reaches the adapter is a request of its own.
    const ends = rig.finished().map((event) => [event.status, event.code]);
    expect(new Set(ends.map(String))).toEqual(new Set([String([status, code || 'method_not_allowed'])]));
  },
);

test('a chunked body that is too large is refused too, and the connection closes', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })], { bodyLimit: 1000 });
  const chunks = `${(1200).toString(16)}\r\n${'x'.repeat(1200)}\r\n`;
  const text = await exchange(
    rig.url,
    `POST ${STREAM} HTTP/1.1\r\nhost: localhost\r\n${JSON_TYPE}transfer-encoding: chunked\r\n\r\n${chunks}`,
  );
  expect(text).toMatch(/^HTTP\/1.1 413 /);
  expect(text.toLowerCase()).toContain('connection: close');
});

test.each(['', 'a b', '[', '\x01', 'a:99999', 'a@b', 'u:p@localhost', 'a/b', 'a?b', 'a#b'])(
  'a Host of %j is a 400 on every path',
  async (host) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], KEYED);
    for (const path of ['/trpc/models.list', STREAM, '/docs/', '/v1/models']) {
      const text = await exchange(rig.url, `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1.1 400 /);
    }
  },
);

describe('with keys', () => {
  const calls: Readonly<Record<string, (url: string, headers: Record<string, string>) => Promise<Response>>> = {
    'a stream': (url, headers) => post(fetch, url + STREAM, HELLO, { headers }),
    'a stream by GET': (url, headers) => fetch(`${url}${STREAM}?input=${input}`, { headers }),
    'a mutation': (url, headers) => post(fetch, `${url}/trpc/chat.completions.create`, HELLO, { headers }),
    'a batch': (url, headers) => post(fetch, `${url}/trpc/chat.completions.create?batch=1`, { 0: HELLO }, { headers }),
    'a batch in lines': (url, headers) =>
      post(
        fetch,
        `${url}/trpc/chat.completions.create?batch=1`,
        { 0: HELLO },
        { headers: { ...headers, 'trpc-accept': 'application/jsonl' } },
      ),
    'a query': (url, headers) => fetch(`${url}/trpc/models.list`, { headers }),
  };

  test.each(Object.entries(calls))('%s with a wrong key or none reaches no upstream', async (_, call) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], KEYED);
    for (const authorization of ['', 'Bearer spillway-key-on', 'Basic x']) {
      const text = await (await call(rig.url, { authorization })).text();
      expect(text).toContain('"code":"invalid_api_key","status":401');
      expect(text).not.toContain('spillway-key');
    }
    expect(rig.upstreams[0]?.hits).toEqual([]);
    await rig.ended(2);
    expect(rig.codes()).toEqual(Array.from({ length: 3 }, () => 'invalid_api_key'));
  });

  test.each(Object.entries(calls))('%s with a right key is answered', async (name, call) => {
    await using rig = await startRig(
      [name.startsWith('a stream') ? chatStream({ content: 'x' }) : chatCompletion({ content: 'x' })],
      KEYED,
    );
    const response = await call(rig.url, { authorization: 'bearer spillway-key-one' });
    expect([response.status, (await response.text()).includes('"x"') || name === 'a query']).toEqual([200, true]);
    expect(await rig.ended()).toMatchObject({ principal: 'ci', code: 'ok', door: 'trpc' });
  });

  test('a key that is restricted sees only its chains', async () => {
    await using rig = await startRig([], {
      config: {
        auth: { keys: [CI, { name: 'other', key: 'spillway-key-two', chains: ['elsewhere'] }] },
        providers: { a: { baseUrl: 'http://127.0.0.1:1/v1' } },
        chains: { default: { entries: ['a/m'] }, elsewhere: { entries: ['a/n'] } },
      },
    });
    const headers = { authorization: 'Bearer spillway-key-two' };
    const list = await (await fetch(`${rig.url}/trpc/chains.list`, { headers })).json();
    expect(list).toEqual({
      result: {
        data: {
          object: 'list',
          data: [
            {
              id: 'elsewhere',
              object: 'chain',
              entries: [{ provider: 'a', model: 'n' }],
              deadline: 600_000,
              commit: 'first-token',
            },
          ],
        },
      },
    });
    expect(await (await post(fetch, rig.url + STREAM, HELLO, { headers })).text()).toContain('model_not_found');
  });

  test('a public procedure needs no key', async () => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], KEYED);
    expect(await (await fetch(`${rig.url}/trpc/health.live`)).json()).toEqual({ result: { data: { status: 'ok' } } });
    const mixed = await fetch(`${rig.url}/trpc/health.live,models.list?batch=1`);
    expect(await mixed.text()).toContain('invalid_api_key');
  });
});

test('a body for the adapter is not read before authentication', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })], KEYED);
  const head = `POST /trpc/chat.completions.create?batch=1 HTTP/1.1\r\nhost: localhost\r\n${JSON_TYPE}content-length: 900000\r\n\r\n`;
  // The answer does not wait for the body, of which no byte is sent.
  const text = await exchange(rig.url, head);
  expect(text).toMatch(/^HTTP\/1.1 401 /);
  expect(text.toLowerCase()).toContain('connection: close');
});

test('an input in the URL may contain every character of a query, the question mark too', async () => {
  await using rig = await startRig([chatStream({ content: 'x' })]);
  const question = JSON.stringify({ messages: [{ role: 'user', content: 'really?' }] });
  const target = `${STREAM}?input=${encodeURIComponent(question).replace('%3F', '?')}`;
  const text = await exchange(rig.url, `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  expect(text).toContain('event: return');
  expect(rig.upstreams[0]?.hits[0]?.body.toString()).toContain('really?');
});

test.each(['/%74rpc/chat.completions.stream', '/trpc/chat%2Ecompletions.stream', `${STREAM}#`])(
  'the path %s is the same path',
  async (path) => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const [place, mark] = path.split('#');
    const target = mark === undefined ? `${place}?input=${input}` : `${place}?input=${input}#`;
    const text = await exchange(rig.url, `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    expect(text).toContain('retry: 86400000');
  },
);

test.each([
  ['nope,models.retrieve', 'input={"1":{"model":"none"}}', 404, ['404 model_not_found', '404 not_found']],
  ['models.list,nope', '', 207, ['200 ok', '404 not_found']],
  ['nope,models.list', '', 207, ['200 ok', '404 not_found']],
  ['models.list,models.list', '', 200, ['200 ok', '200 ok']],
])('the batch %s is recorded call by call', async (paths, query, status, ends) => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const response = await fetch(`${rig.url}/trpc/${paths}?batch=1&${query}`);
  await response.text();
  await rig.ended(1);
  expect(response.status).toBe(status);
  expect(
    rig
      .finished()
      .map((event) => `${event.status} ${event.code}`)
      .toSorted(),
  ).toEqual(ends);
});

test('the calls of a batch have their names in the records, and calls that do not exist an empty one', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  await (await fetch(`${rig.url}/trpc/nope,models.list?batch=1`)).text();
  await rig.ended(1);
  const named = rig.finished().map(({ operation, code }) => [operation, code]);
  expect(named).toEqual(
    expect.arrayContaining([
      ['', 'not_found'],
      ['models.list', 'ok'],
    ]),
  );
});

test.each(['', 'trpc-accept: application/jsonl\r\n'])(
  'a batch whose client disconnects while it runs is recorded as client_closed, with its trail (%j)',
  async (accept) => {
    await using rig = await startRig([{ head: false, end: 'hang' }]);
    const body = JSON.stringify({ 0: HELLO, 1: HELLO });
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST /trpc/chat.completions.create,chat.completions.create?batch=1 HTTP/1.1\r\nhost: localhost\r\n${JSON_TYPE}${accept}content-length: ${body.length}\r\n\r\n${body}`,
    );
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
    socket.resetAndDestroy();
    await rig.ended(1);
    expect(rig.finished().map(({ status, code, trail }) => [status, code, trail.length])).toEqual([
      [499, 'client_closed', 1],
      [499, 'client_closed', 1],
    ]);
  },
);

test.each(['/trpc/chat.completions.create', '/trpc/chat.completions.stream', '/v1/chat/completions'])(
  'half of a surrogate pair in the name of a model is answered at %s',
  async (path) => {
    await using rig = await startRig([responder({ content: 'x' })], { provider: { models: { '*': {} } } });
    const body = '{"model":"a/x\\ud800","messages":[{"role":"user","content":"x"}]}';
    const response = await post(fetch, rig.url + path, body);
    expect(response.status).toBe(200);
    expect((await rig.ended()).model).toBe('x\ud800');
    expect((await fetch(`${rig.url}/livez`)).status).toBe(200);
  },
);

test('a batch whose calls fail with one status has that status', async () => {
  await using rig = await startRig([openaiError(500, 'down')]);
  const response = await post(fetch, `${rig.url}/trpc/chat.completions.create,chat.completions.create?batch=1`, {
    0: HELLO,
    1: HELLO,
  });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
});

test('options by header apply to tRPC too, and unknown ones are refused', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }]);
  const send = async (headers: Record<string, string>): Promise<string> =>
    (await post(fetch, rig.url + STREAM, HELLO, { headers })).text();
  expect(await send({ 'x-spillway-commmit': 'headers' })).toContain('unknown_option');
  expect(await send({ 'x-spillway-deadline': '1100' })).toContain('"code":"deadline_exceeded","status":504');
});

describe('an error', () => {
  const ways: Readonly<Record<string, (url: string) => Promise<Response>>> = {
    'of a stream': (url) => post(fetch, url + STREAM, HELLO),
    'of a mutation': (url) => post(fetch, `${url}/trpc/chat.completions.create`, HELLO),
    'of a batch': (url) => post(fetch, `${url}/trpc/chat.completions.create?batch=1`, { 0: HELLO }),
    'of a batch in lines': (url) =>
      post(
        fetch,
        `${url}/trpc/chat.completions.create?batch=1`,
        { 0: HELLO },
        { headers: { 'trpc-accept': 'application/jsonl' } },
      ),
  };

  test.each(Object.entries(ways))(
    '%s that is a defect of the gateway shows neither its message, its cause nor its stack',
    async (_, send) => {
      const failure = new Error('connect postgres://admin:hunter2@db', { cause: new Error('secret cause') });
      await using rig = await startRig([chatCompletion({ content: 'x' })], {
        stages: [() => Promise.reject(failure)],
      });
      const text = await (await send(rig.url)).text();
      expect(text).toContain('"code":"internal_error","status":500');
      expect(text).not.toMatch(/hunter2|postgres|secret|stack|\.ts/);
      expect(await rig.ended()).toMatchObject({ code: 'internal_error', status: 500 });
    },
  );

  test.each(Object.entries(ways))('%s that repeats a provider’s key is shown without it', async (_, send) => {
    await using rig = await startRig([
      openaiError(401, 'Incorrect API key provided: sk-upstream-secret-0123456789. Find yours elsewhere.'),
    ]);
    const text = await (await send(rig.url)).text();
    expect(text).toContain('all_providers_exhausted');
    expect(text).not.toContain('sk-upstream-secret');
  });
});
