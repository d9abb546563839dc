import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { chatCompletion, responder } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const JSON_TYPE = 'application/json';
const MESSAGES = '"messages":[{"role":"user","content":"SECRET"}]';
/** Every way in which a body is sent; in a batch it is a member. */
const WAYS: Readonly<Record<string, readonly [path: string, wrap: (body: Buffer) => Buffer]>> = {
  REST: ['/v1/chat/completions', (body) => body],
  tRPC: ['/trpc/chat.completions.create', (body) => body],
  'a stream of tRPC': ['/trpc/chat.completions.stream', (body) => body],
  'a batch of tRPC': [
    '/trpc/chat.completions.create?batch=1',
    (body) => Buffer.concat([Buffer.from('{"0":'), body, Buffer.from('}')]),
  ],
};

/** Bodies in the codings that are decoded, and in two of them. */
const CODINGS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZIP: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
  'identity, zstd': zstdCompressSync,
  'gzip, zstd': (body) => zstdCompressSync(gzipSync(body)),
};
const LONG = Buffer.from(JSON.stringify({ ...HELLO, user: randomBytes(20_000).toString('hex') }));

/** 64 MB of blanks in each coding, made once: the best compression by br takes seconds. */
const BOMBS: Readonly<Record<string, Buffer>> = (() => {
  const blanks = Buffer.alloc(64 * 1024 * 1024, 0x20);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
  return {
    gzip: gzipSync(blanks),
    zstd: zstdCompressSync(blanks),
    br: brotliCompressSync(blanks, { params }),
    deflate: deflateSync(blanks),
    'gzip, zstd': zstdCompressSync(gzipSync(blanks)),
  };
})();

/** Bytes without their second half. */
function cut(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2);
}

function post(url: string, body: Buffer, coding: string): Promise<Response> {
  const headers = { 'content-type': JSON_TYPE, 'content-encoding': coding };
  return fetch(url, { method: 'POST', body: new Uint8Array(body), headers });
}

function send(rig: Rig, way: string, body: Buffer | string, type = JSON_TYPE, headers: Record<string, string> = {}) {
  const [path, wrap] = WAYS[way] ?? ['', (same: Buffer) => same];
  const bytes = wrap(typeof body === 'string' ? Buffer.from(body) : body);
  return fetch(rig.url + path, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': type, ...headers },
  });
}

const REFUSED: Readonly<Record<string, readonly [body: Buffer | string, message: RegExp]>> = {
  'cut off': [`{${MESSAGES},"a":{`, /the end, too early|a word|unexpected/],
  'with a trailing comma': [`{${MESSAGES},}`, /line 1, column \d+: a comma before the end/],
  'with a comment': [`{${MESSAGES} // SECRET\n}`, /: a comment/],
  'with NaN': [`{${MESSAGES},"temperature":NaN}`, /: NaN or Infinity/],
  'with Infinity': [`{${MESSAGES},"temperature":-Infinity}`, /: NaN or Infinity/],
  'in single quotes': [`{'messages':[]}`, /: a single quote/],
  'without quotes': [`{messages:[]}`, /: a word without quotes/],
  'of Python': [`{${MESSAGES},"stream":True}`, /literal of another language/],
  'with a line break in a string': [`{${MESSAGES},\n"a":"b\nc"}`, /line \d, column \d+: an unescaped control/],
  'with an invalid escape': [`{${MESSAGES},"a":"\\x"}`, /an escape that JSON does not have/],
  'with a number in hexadecimal': [`{${MESSAGES},"n":0x10}`, /a number in a form/],
  'that is not UTF-8': [
    Buffer.concat([Buffer.from(`{${MESSAGES},"a":"`), Buffer.from([0xff]), Buffer.from('"}')]),
    /not UTF-8: byte \d+/,
  ],
  'with a surrogate in bytes': [
    Buffer.concat([Buffer.from(`{${MESSAGES},"a":"`), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    /not UTF-8: byte \d+/,
  ],
  'in Latin-1': [Buffer.from(`{${MESSAGES},"a":"é"}`, 'latin1'), /not UTF-8/],
  'in UTF-16': [Buffer.from(`\ufeff{${MESSAGES}}`, 'utf16le'), /not UTF-8: byte \d/],
  'that nests 200,000 deep': [
    `{${MESSAGES},"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    /more than 20[01] levels of nesting/,
  ],
  'that nests 200,000 deep in objects': [
    `{${MESSAGES},"a":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`,
    /more than 20[01] levels/,
  ],
  'that opens 900,000 and closes none': ['['.repeat(900_000), /more than 20[01] levels/],
};
const REFUSED_ALONE: typeof REFUSED = {
  'that is empty': ['', /body is empty/],
  'of spaces': ['  ', /the end, too early/],
  'with a byte order mark': [`\ufeff{${MESSAGES}}`, /byte order mark/],
  'that is a list': ['[]', /must be a JSON object/],
  'that is null': ['null', /must be a JSON object/],
  'that is a number': ['7', /must be a JSON object/],
  'of two objects': [`{${MESSAGES}}{}`, /something after its end/],
  'with two members model': [`{"model":"default","mod\\u0065l":"other",${MESSAGES}}`, /'model' occurs twice/],
};

describe.each(Object.keys(WAYS))('HE-11 a body over %s', (way) => {
  const cases = Object.entries(way === 'a batch of tRPC' ? REFUSED : { ...REFUSED, ...REFUSED_ALONE });
  test.each(cases)('%s is refused with the place of the fault, and without its content', async (_, [body, message]) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], { bodyLimit: 4 * 1024 * 1024 });
    const text = await (await send(rig, way, body)).text();
    expect(text).toMatch(/"code":"(invalid_json|invalid_request|duplicate_parameter)"/);
    expect(/"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]).toMatch(message);
    expect(text).not.toContain('SECRET');
    expect((await rig.ended()).status).toBe(400);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('reaches the upstream byte for byte: large integers, escapes, blanks, halves of pairs and odd names', async () => {
    await using rig = await startRig([responder({ content: 'x' })], { provider: { models: { '*': {} } } });
    const odd = [
      '"seed":9007199254740993,"n1":123456789012345678901234567890,"n2":1.0,"n3":1E+2,"n4":-0',
      String.raw`"s1":"\ud800","s2":"\u0041\/","s3":"😀 é"`,
      '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"a" : [ 1,\t2 ]',
      '"deep":' + '['.repeat(199) + ']'.repeat(199),
    ].join(',');
    const response = await send(rig, way, `{"model":"a/m",${MESSAGES},${odd}}`);
    expect(response.status).toBe(200);
    await response.text();
    const sent = rig.upstreams[0]?.hits[0]?.body.toString();
    expect(sent).toContain(odd);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('with 10,000 tools or 60,000 messages does not delay other requests for long', async () => {
    const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };
    await using rig = await startRig([responder({ content: 'x' })], { bodyLimit: 20 * 1024 * 1024 });
    const bodies = [
      { ...HELLO, tools: Array.from({ length: 10_000 }, () => tool) },
      { ...HELLO, messages: Array.from({ length: 60_000 }, () => ({ role: 'user', content: 'Hello there' })) },
    ];
    await (await send(rig, way, JSON.stringify(HELLO))).text();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    for (const body of bodies) {
      const bytes = JSON.stringify(body);
      delay.enable();
      const response = await send(rig, way, bytes);
      expect(response.status).toBe(200);
      await response.text();
      delay.disable();
      // The test, the gateway and the upstream share this loop: a wide margin over the 50 ms that a gateway alone may take, wider where
      // parsing and serializing it once is slow.
      const began = performance.now();
      JSON.stringify(JSON.parse(bytes));
      expect(delay.max / 1e6).toBeLessThan(Math.max(1000, 20 * (performance.now() - began)));
    }
  });

  test.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'application/json\t;\tcharset=utf8',
    'application/json; x=y',
    'application/json;',
  ])('of the type %j is accepted', async (type) => {
    await using rig = await startRig([responder({ content: 'x' })]);
    expect((await send(rig, way, JSON.stringify(HELLO), type)).status).toBe(200);
  });

  test.each([
    ['text/plain', {}, 'application/json'],
    ['application/jsonx', {}, 'application/json'],
    ['application/json-patch+json', {}, 'application/json'],
    ['text/plain; application/json', {}, 'application/json'],
    ['application/x-www-form-urlencoded', {}, 'application/json'],
    ['multipart/form-data; boundary=x', {}, 'application/json'],
    ['application/json; charset=utf-16', {}, "'utf-16'"],
    ['application/json; charset=latin1', {}, "'latin1'"],
    [JSON_TYPE, { 'content-encoding': 'lzma' }, "'lzma' is not supported; send the body in zstd, gzip, deflate, br"],
    [JSON_TYPE, { 'content-encoding': 'gzip, compress' }, "'gzip, compress'"],
    [JSON_TYPE, { 'content-encoding': 'gzip, gzip, gzip' }, "'gzip, gzip, gzip'"],
    [JSON_TYPE, { 'content-encoding': 'constructor' }, "'constructor'"],
  ] as const)('of the type %j with %o is a 415 with the reason', async (type, headers, why) => {
    await using rig = await startRig([responder({ content: 'x' })]);
    const response = await send(rig, way, JSON.stringify(HELLO), type, headers);
    const text = await response.text();
    expect([response.status, text.includes(why)]).toEqual([415, true]);
    expect(text).toContain('"code":"unsupported_media_type"');
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test.each(Object.entries(CODINGS))('with the content-encoding %j is decoded', async (coding, encode) => {
    await using rig = await startRig([responder({ content: 'x' })]);
    const [path, wrap] = WAYS[way] ?? [];
    const plain = wrap?.(Buffer.from(JSON.stringify(HELLO))) ?? Buffer.alloc(0);
    const response = await post(rig.url + path, encode(plain), coding);
    expect(response.status).toBe(200);
    await response.text();
    const [hit] = rig.upstreams[0]?.hits ?? [];
    expect(hit?.headers).not.toHaveProperty('content-encoding');
    expect(JSON.parse(String(hit?.body))).toMatchObject({ messages: HELLO.messages });
  });

  test.each<[string, string, Buffer, RegExp]>([
    [
      'that is not in its coding',
      'gzip',
      Buffer.from('{"messages":[]}'),
      /cannot be decoded by its content-encoding 'gzip'/,
    ],
    ['in a broken zstd frame', 'zstd', Buffer.from('not a frame of zstd'), /cannot be decoded/],
    ['that ends too early in gzip', 'gzip', cut(gzipSync(LONG)), /ends before its content-encoding 'gzip' does/],
    ['that ends too early in br', 'br', cut(brotliCompressSync(LONG)), /ends before/],
    ['that ends too early in deflate', 'deflate', cut(deflateSync(LONG)), /ends before/],
    ['that ends too early in zstd', 'zstd', cut(zstdCompressSync(LONG)), /ends before/],
    ['whose inner coding is another', 'br, gzip', gzipSync(gzipSync(LONG)), /cannot be decoded/],
    ['without bytes', 'zstd', Buffer.alloc(0), /The body is empty/],
  ])('%s is a 400 with the reason', async (_what, coding, bytes, why) => {
    await using rig = await startRig([responder({ content: 'x' })]);
    const [path = ''] = WAYS[way] ?? [];
    const response = await post(rig.url + path, bytes, coding);
    // A stream of tRPC reports an error as an event.
    expect(response.status).toBe(way === 'a stream of tRPC' ? 200 : 400);
    expect(await response.text()).toMatch(why);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test.each(Object.entries(BOMBS))(
    'that is larger than the limit once %s is decoded is a 413',
    async (coding, bomb) => {
      await using rig = await startRig([responder({ content: 'x' })], { bodyLimit: 100_000 });
      const [path = ''] = WAYS[way] ?? [];
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const before = process.memoryUsage().arrayBuffers;
      const response = await post(rig.url + path, bomb, coding);
      delay.disable();
      expect(response.status).toBe(413);
      expect(await response.text()).toContain('larger than 100000 bytes');
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
      expect(delay.max / 1e6).toBeLessThan(1000);
    },
  );
});
