import { describe, expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const BODY = JSON.stringify(HELLO);
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const KEY = 'spillway-key-one';
/** A whole request right behind a refused one, which must never run. */
const BEHIND = post([`content-length: ${BODY.length}`, `authorization: Bearer ${KEY}`], BODY);

function request(line: string, headers: readonly string[], body = ''): string {
  return [line, ...headers, '', body].join('\r\n');
}

function post(headers: readonly string[], body: string, { target = '/v1/chat/completions', version = '1.1' } = {}) {
  const usual = ['host: localhost', 'content-type: application/json'];
  return request(`POST ${target} HTTP/${version}`, [...usual, ...headers], body);
}

const LENGTH = `content-length: ${BODY.length}`;
const CHUNKS = 'transfer-encoding: chunked';
const get = (target: string, headers: readonly string[] = ['host: localhost'], version = '1.1'): string =>
  request(`GET ${target} HTTP/${version}`, headers);

/** Forms that end the connection, because the start of the next request is unknown. */
const REFUSED: Readonly<Record<string, string | readonly [bytes: string, status: number]>> = {
  'a length and chunks': post([LENGTH, CHUNKS], CHUNKED),
  'chunks and a length': post([CHUNKS, LENGTH], CHUNKED),
  'two lengths that agree': post([LENGTH, LENGTH], BODY),
  'two lengths that differ': post([LENGTH, 'content-length: 3'], BODY),
  'two lengths in one line': post([`content-length: ${BODY.length}, ${BODY.length}`], BODY),
  'a negative length': post(['content-length: -1'], BODY),
  'a hexadecimal length': post(['content-length: 0x30'], BODY),
  'a length with a plus': post([`content-length: +${BODY.length}`], BODY),
  'a length that contains a space': post(['content-length: 4 8'], BODY),
  'a length that is not a number': post(['content-length: many'], BODY),
  'a length that overflows': post([`content-length: ${'9'.repeat(30)}`], BODY),
  'an empty length': post(['content-length:'], BODY),
  'two codings, the last not chunked': post(['transfer-encoding: chunked, identity'], CHUNKED),
  'two codings, the last chunked': post(['transfer-encoding: gzip, chunked'], CHUNKED),
  'a coding twice': post(['transfer-encoding: chunked, chunked'], CHUNKED),
  'two lines of codings': post([CHUNKS, CHUNKS], CHUNKED),
  'two lines of codings, one of them unknown': post([CHUNKS, 'transfer-encoding: x'], CHUNKED),
  'a misspelt coding': post(['transfer-encoding: xchunked'], CHUNKED),
  'a coding in quotes': post(['transfer-encoding: "chunked"'], CHUNKED),
  'a coding with a parameter': post(['transfer-encoding: chunked;x=1'], CHUNKED),
  'a coding behind a vertical tab': post(['transfer-encoding: \vchunked'], CHUNKED),
  'an identity coding': post(['transfer-encoding: identity', LENGTH], BODY),
  'an empty coding': post(['transfer-encoding:', LENGTH], BODY),
  'chunks in HTTP/1.0': post([CHUNKS], CHUNKED, { version: '1.0' }),
  'a space before the colon': post([`content-length : ${BODY.length}`], BODY),
  'a tab before the colon': post(['transfer-encoding\t: chunked'], CHUNKED),
  'a folded line': post([LENGTH, 'x-a: b', ' c'], BODY),
  'a folded coding': post(['transfer-encoding:', ' chunked'], CHUNKED),
  'a folded first header': request('GET / HTTP/1.1', [' host: localhost', 'a: b']),
  'a bare LF in a header': post([LENGTH, 'x-a: b\ncontent-length: 3'], BODY),
  'a bare CR in a header': post([LENGTH, 'x-a: b\rcontent-length: 3'], BODY),
  'lines that end in LF': get('/livez').replaceAll('\r\n', '\n'),
  'a NUL in a value': post([LENGTH, 'x-a: b\0c'], BODY),
  'a NUL in a name': post([LENGTH, 'x-\0a: b'], BODY),
  'a header without a colon': post([LENGTH, 'x-a'], BODY),
  'a header without a name': post([LENGTH, ': x'], BODY),
  'a chunk without a size': post([CHUNKS], `\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk size that is not a number': post([CHUNKS], `xyz\r\n${BODY}\r\n0\r\n\r\n`),
  'a negative chunk size': post([CHUNKS], `-1\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk size with 0x': post([CHUNKS], `0x30\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk size that overflows': post([CHUNKS], `${'f'.repeat(20)}\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk longer than its size': post([CHUNKS, `authorization: Bearer ${KEY}`], `3\r\n${BODY}\r\n0\r\n\r\n`),
  'chunks whose lines end in LF': post([CHUNKS], CHUNKED.replaceAll('\r\n', '\n')),
  'a chunk with endless extensions': post([CHUNKS], `3;${'x'.repeat(20_000)}\r\n{}`),
  'two hosts': get('/livez', ['host: localhost', 'host: localhost']),
  'two hosts that differ': get('/livez', ['host: localhost', 'host: evil.example']),
  'no host': get('/livez', []),
  'an empty host': get('/livez', ['host:']),
  'two keys': post([LENGTH, `authorization: Bearer ${KEY}`, 'authorization: Bearer other'], BODY),
  'two keys that agree': post([LENGTH, `authorization: Bearer ${KEY}`, `authorization: Bearer ${KEY}`], BODY),
  'two types': post([LENGTH, 'content-type: application/json'], BODY),
  'two origins': get('/livez', ['host: localhost', 'origin: http://a', 'origin: http://b']),
  'an absolute target': get('http://localhost/livez'),
  'an absolute target of another scheme': get('file:///etc/passwd'),
  'a target with a user': get('http://a:b@localhost/livez'),
  'a star': request('OPTIONS * HTTP/1.1', ['host: localhost']),
  'an authority': get('localhost:80'),
  'a relative target': get('livez'),
  'a target that contains a space': get('/livez x'),
  'a target that contains a NUL': get('/livez\0'),
  'no target': get(''),
  'bad percent-encoding': get('/v1/models%zz'),
  'half a percent-encoding': get('/%'),
  'percent-encoding that is not UTF-8': get('/%ff%fe'),
  CONNECT: [request('CONNECT localhost:80 HTTP/1.1', ['host: localhost:80']), 405],
  'CONNECT with a path': [request('CONNECT /v1/models HTTP/1.1', ['host: localhost']), 405],
  'an unknown method': request('FROB /livez HTTP/1.1', ['host: localhost']),
  'a method in lower case': request('get /livez HTTP/1.1', ['host: localhost']),
  'HTTP/2 from the start': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/0.9': 'GET /livez\r\n\r\n',
  'HTTP/3.0': get('/livez', undefined, '3.0'),
  'HTTP/1.1 misspelt': 'GET /livez HTTPS/1.1\r\nhost: localhost\r\n\r\n',
  'bytes that are not HTTP': 'hello there\r\n\r\n',
  TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  'a head of more than 16 KB': [get('/livez', ['host: localhost', `x-a: ${'x'.repeat(17_000)}`]), 431],
  'a target of more than 16 KB': [get(`/${'x'.repeat(17_000)}`), 431],
  'more than 1,000 headers': [get('/livez', ['host: localhost', ...Array.from({ length: 1000 }, () => 'a:')]), 431],
  'many more than 1,000 headers': [
    get('/livez', ['host: localhost', ...Array.from({ length: 3000 }, () => 'a:')]),
    431,
  ],
  'a key behind 1,000 headers': [
    post([...Array.from({ length: 1000 }, () => 'a:'), LENGTH, `authorization: Bearer ${KEY}`], BODY),
    431,
  ],
  'an unknown expectation': [post([LENGTH, 'expect: foo'], BODY), 417],
  'an unknown expectation beside 100-continue': [post([LENGTH, 'expect: 100-continue, foo'], BODY), 417],
  'no length and no chunks': [post([`authorization: Bearer ${KEY}`], ''), 411],
};

const WITH_KEY: RigOptions = { config: { auth: { keys: [{ name: 'ci', key: KEY }] } } };

describe('HE-01 HE-04 HE-13 HE-15', () => {
  test.each(Object.entries(REFUSED))(
    '%s is refused in the one shape of errors, closes the connection, and nothing behind it runs',
    async (_, given) => {
      const [bytes, status] = typeof given === 'string' ? [given, 400] : given;
      for (const options of [WITH_KEY, {}]) {
        await using rig = await startRig([chatCompletion({ content: 'x' })], options);
        const text = await exchange(rig.url, bytes + BEHIND);
        const [head = '', body = ''] = text.split('\r\n\r\n');
        expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
        expect(head.toLowerCase()).toContain('connection: close');
        expect(head).toMatch(/x-request-id: req_[0-9a-f]{32}/);
        expect(JSON.parse(body)).toEqual({
          error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: expect.any(String) },
        });
        expect(text.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(1);
        expect(rig.upstreams[0]?.hits).toEqual([]);
        expect((await fetch(`${rig.url}/livez`)).status).toBe(200);
      }
    },
  );
});
