import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { CA_FILE, certified, startSecure } from '../helpers/secure.ts';
import { endpointAt, send, using } from './exchange.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'spillway-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const answer = JSON.stringify(chatCompletion({ content: 'x' }).body);

test('a server with a certificate of a private authority is trusted only by a provider whose configuration names the authority', async () => {
  await using provider = await startSecure((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(answer);
  });
  const baseUrl = `https://127.0.0.1:${provider.port}/v1`;
  await using rig = await startRig([], {
    config: {
      providers: {
        a: { baseUrl, apiKey: 'none' },
        b: { baseUrl, apiKey: 'none', ca: relative(process.cwd(), CA_FILE) },
      },
      chains: { default: { entries: ['a/m', 'b/m'] } },
    },
  });
  expect((await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).status).toBe(200);
  expect((await rig.ended()).trail).toMatchObject([
    { provider: 'a', outcome: 'unreachable' },
    { provider: 'b', outcome: 'answered' },
  ]);
  expect(provider.headers).toHaveLength(1);
});

test('certificates are checked even when NODE_TLS_REJECT_UNAUTHORIZED turns that off', async () => {
  await using provider = await startSecure((_, response) => void response.end('{}'));
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    await using pools = using(createPools());
    const { failure } = await send(pools, endpointAt(`https://127.0.0.1:${provider.port}`));
    expect(failure).toMatchObject({ kind: 'refused', message: 'No reply (UNABLE_TO_VERIFY_LEAF_SIGNATURE).' });
    const { ca } = certified();
    const named = await send(pools, endpointAt(`https://localhost:${provider.port}`, { ca }));
    expect(named.failure?.message).toBe('No reply (ERR_TLS_CERT_ALTNAME_INVALID).');
    expect(provider.headers).toEqual([]);
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  }
});

const { ca, key } = certified();
test.each([
  ['missing', undefined, /^file '.*' does not exist$/],
  ['a folder', undefined, /cannot be read \(EISDIR\)$/],
  ['empty', '', /contains no PEM certificate$/],
  ['another text', 'hunter2 hunter2 hunter2', /contains no PEM certificate$/],
  ['a key', key, /contains no PEM certificate$/],
  ['cut', ca.slice(0, 200), /contains no PEM certificate$/],
  ['garbled', ca.replace(/MII.{40}/, 'hunter2'), /contains a certificate that cannot be parsed$/],
  ['good and garbled', ca + ca.replace(/MII.{40}/, 'hunter2'), /contains a certificate that cannot be parsed$/],
])('a certificate file that is %s is a problem, and none of its text is shown', (name, text, message) => {
  const path = name === 'a folder' ? FOLDER : join(FOLDER, name);
  if (text !== undefined) writeFileSync(path, text);
  const providers = { p: { baseUrl: 'https://h', ca: path } };
  const result = parseConfig({ providers, chains: { c: { entries: ['p/m'] } } }, {});
  const problems = result.ok ? [] : result.problems;
  expect(problems.map(({ path: at }) => at)).toEqual(['providers.p.ca']);
  expect(problems[0]?.message).toMatch(message);
  expect(JSON.stringify(problems)).not.toMatch(/hunter2|PRIVATE/);
});

test('only the certificates of a file are kept, so that a private key in it is dropped', () => {
  const path = join(FOLDER, 'bundle.pem');
  writeFileSync(path, `# ours\n${key}\n${ca}\n`);
  const providers = { p: { baseUrl: 'https://h', ca: path } };
  const result = parseConfig({ providers, chains: { c: { entries: ['p/m'] } } }, {});
  expect(result.ok && result.config.providers['p']?.ca).toBe(ca);
});
