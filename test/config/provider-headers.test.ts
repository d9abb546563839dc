import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { startListener } from '../helpers/listener.ts';

function parse(headers: unknown) {
  return parseConfig({ providers: { p: { baseUrl: 'http://h', headers } }, chains: { c: { entries: ['p/m'] } } }, {});
}
function problemsOf(headers: unknown): string {
  const result = parse(headers);
  return result.ok ? '' : result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
}

test.each(
  [
    'host Content-Length content-type Transfer-Encoding connection keep-alive te trailer',
    'upgrade accept-encoding Authorization api-key cookie via X-Request-Id expect accept',
    'proxy-authorization Proxy-Connection forwarded sec-fetch-site http2-settings',
  ].flatMap((line) => line.split(' ')),
)('the header %s is reserved', (name) => {
  expect(problemsOf({ [name]: 'x' })).toBe(
    `providers.p.headers.${name}: '${name.toLowerCase()}' is reserved for the gateway; remove it`,
  );
});

test.each(['', 'a b', 'a:b', 'a\r\nb', 'a\n', 'a\0', 'ä', 'a\u2028', '(a)', 'a\tb'])(
  '%j is not the name of a header',
  (name) => {
    expect(problemsOf({ [name]: 'x' })).toContain('is not a header name; use letters, digits and -');
  },
);

test.each(['', ' ', 'a\r\nx-injected: 1', 'a\nb', 'a\rb', 'a\0b', 'a\u007F', ' a', 'a ', 'ä', '\u2028', 'a\v'])(
  '%j is not the value of a header, and the problem does not quote it',
  (value) => {
    expect(problemsOf({ 'x-a': value })).toBe(
      'providers.p.headers.x-a: must be printable ASCII, without line breaks and without spaces at its ends',
    );
  },
);

test('every invalid header is reported, and so is a duplicate', () => {
  expect(problemsOf({ host: 'x', 'x-a': 'a\nb' }).split('\n')).toHaveLength(2);
  expect(problemsOf({ 'X-A': '1', 'x-a': '2' })).toContain("duplicate header 'x-a'; header names ignore case");
  expect(problemsOf({ 'x-a': 1 })).toContain('providers.p.headers.x-a: must be a string, not a number');
  expect(problemsOf([])).toContain('providers.p.headers');
});

test('values are never printed', () => {
  const result = parse({ 'OpenAI-Organization': 'org-0123456789' });
  expect(`${inspect(result, { depth: 9 })}${JSON.stringify(result)}`).not.toContain('org-0123456789');
  const wrong = problemsOf({ 'x-a': 'org-0123456789', host: 'org-0123456789' });
  expect(wrong).not.toContain('org-0123456789');
});

test('configured headers are sent with every request, headers of the same names from the client are not', async () => {
  const headers = { 'OpenAI-Organization': 'org-of-the-file', 'OpenAI-Project': 'proj one' };
  await using rig = await startRig([chatCompletion({ content: 'x' })], { provider: { headers } });
  const sent = { 'openai-organization': 'org-of-the-client', 'openai-project': 'x', 'openai-beta': 'y' };
  for (const send of [fetch, rig.gateway.fetch])
    await (await post(send, `${rig.url}/v1/chat/completions`, HELLO, { headers: sent })).text();
  for (const hit of rig.upstreams[0]?.hits ?? []) {
    expect(hit.headers).toMatchObject({ 'openai-organization': 'org-of-the-file', 'openai-project': 'proj one' });
    expect(JSON.stringify(hit.headers)).not.toMatch(/of-the-client|beta/);
  }
  expect(rig.upstreams[0]?.hits).toHaveLength(2);
});

test('SE-11 the head of an upstream request has the expected lines only, whatever the client sends', async () => {
  let wire = '';
  await using listener = await startListener((socket) => {
    socket.on('data', (bytes) => {
      wire += bytes.toString('latin1');
      if (wire.includes('\r\n\r\n') && wire.endsWith('}')) socket.end('HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n');
    });
  });
  await using rig = await startRig([], {
    config: {
      providers: { a: { baseUrl: `http://127.0.0.1:${listener.port}/v1`, apiKey: 'k', headers: { 'X-Team': 'a b' } } },
      chains: { default: { entries: ['a/m'] } },
    },
  });
  const user = 'u\r\nx-injected: 1\r\n\r\nGET / HTTP/1.1';
  await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, user })).text();
  const [head = ''] = wire.split('\r\n\r\n');
  const names = head.split('\r\n').map((line) => (line.split(':')[0] ?? '').toLowerCase());
  expect(names.toSorted()).toEqual([
    'accept',
    'accept-encoding',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'host',
    'post /v1/chat/completions http/1.1',
    'via',
    'x-request-id',
    'x-team',
  ]);
});

test('a value that a provider echoes is redacted', async () => {
  const headers = { 'x-team': 'team-0123456789' };
  await using rig = await startRig([openaiError(400, 'no team-0123456789')], { provider: { headers } });
  const text = await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
  expect(text).toContain('no ***');
  expect(JSON.stringify(rig.events)).not.toContain('team-0123456789');
});

test('different headers make different accounts', () => {
  const accounts = [{}, { 'openai-project': 'a' }, { 'openai-project': 'b' }].map((headers) => {
    const result = parse(headers);
    return result.ok ? toSnapshot(result.config).chains.get('c')?.entries[0]?.targets[0].account : undefined;
  });
  expect(new Set(accounts).size).toBe(3);
});
