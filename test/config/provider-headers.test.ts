import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { HELLO, post, startRig } from '../helpers/gateway.ts';
import { startListener } from '../helpers/listener.ts';

function read(headers: unknown) {
  return parseConfig({ providers: { p: { baseUrl: 'http://h', headers } }, chains: { c: { entries: ['p/m'] } } }, {});
}
function problemsOf(headers: unknown): string {
  const result = read(headers);
  return result.ok ? '' : result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
}

test.each(
  [
    'host Content-Length content-type Transfer-Encoding connection keep-alive te trailer',
    'upgrade accept-encoding Authorization api-key cookie via X-Request-Id expect accept',
    'proxy-authorization Proxy-Connection forwarded sec-fetch-site http2-settings',
  ].flatMap((line) => line.split(' ')),
)('the header %s is not the configuration’s to set', (name) => {
  expect(problemsOf({ [name]: 'x' })).toBe(
    `providers.p.headers.${name}: '${name.toLowerCase()}' cannot be set; it is the gateway's own`,
  );
});

test.each(['', 'a b', 'a:b', 'a\r\nb', 'a\n', 'a\0', 'ä', 'a\u2028', '(a)', 'a\tb'])(
  '%j is no name of a header',
  (name) => {
    expect(problemsOf({ [name]: 'x' })).toContain('a header name is letters, digits and -');
  },
);

test.each(['', ' ', 'a\r\nx-injected: 1', 'a\nb', 'a\rb', 'a\0b', 'a\u007F', ' a', 'a ', 'ä', '\u2028', 'a\v'])(
  '%j is no value of a header, and is not repeated',
  (value) => {
    const told = problemsOf({ 'x-a': value });
    expect(told).toBe('providers.p.headers.x-a: must be visible ASCII, blanks only inside, without line breaks');
  },
);

test('several wrong headers are all told, and one that stands there twice', () => {
  expect(problemsOf({ host: 'x', 'x-a': 'a\nb' }).split('\n')).toHaveLength(2);
  expect(problemsOf({ 'X-A': '1', 'x-a': '2' })).toContain("'x-a' stands here twice");
  expect(problemsOf({ 'x-a': 1 })).toContain('providers.p.headers.x-a: must be a text, not a number');
  expect(problemsOf([])).toContain('providers.p.headers');
});

test('values print as nothing that could be read', () => {
  const result = read({ 'OpenAI-Organization': 'org-0123456789' });
  expect(`${inspect(result, { depth: 9 })}${JSON.stringify(result)}`).not.toContain('org-0123456789');
  const wrong = problemsOf({ 'x-a': 'org-0123456789', host: 'org-0123456789' });
  expect(wrong).not.toContain('org-0123456789');
});

test('they are sent with every request, the caller’s of the same names never are, and ours win', async () => {
  const headers = { 'OpenAI-Organization': 'org-of-the-file', 'OpenAI-Project': 'proj one' };
  await using rig = await startRig([chatCompletion({ content: 'x' })], { provider: { headers } });
  const asked = { 'openai-organization': 'org-of-the-caller', 'openai-project': 'x', 'openai-beta': 'y' };
  for (const ask of [fetch, rig.gateway.fetch])
    await (await post(ask, `${rig.url}/v1/chat/completions`, HELLO, { headers: asked })).text();
  for (const hit of rig.upstreams[0]?.hits ?? []) {
    expect(hit.headers).toMatchObject({ 'openai-organization': 'org-of-the-file', 'openai-project': 'proj one' });
    expect(JSON.stringify(hit.headers)).not.toMatch(/of-the-caller|beta/);
  }
  expect(rig.upstreams[0]?.hits).toHaveLength(2);
});

test('SE-11 a request is the lines that it should be, whatever the caller writes', async () => {
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

test('a vendor who tells a value back is redacted', async () => {
  const headers = { 'x-team': 'team-0123456789' };
  await using rig = await startRig([openaiError(400, 'no team-0123456789')], { provider: { headers } });
  const text = await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
  expect(text).toContain('no ***');
  expect(JSON.stringify(rig.events)).not.toContain('team-0123456789');
});

test('who is counted apart by a header is an account of its own', () => {
  const accounts = [{}, { 'openai-project': 'a' }, { 'openai-project': 'b' }].map((headers) => {
    const result = read(headers);
    return result.ok ? toSnapshot(result.config).chains.get('c')?.entries[0]?.targets[0].account : undefined;
  });
  expect(new Set(accounts).size).toBe(3);
});
