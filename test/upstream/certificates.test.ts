import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { HELLO, post, startRig } from '../helpers/gateway.ts';
import { CA_FILE, certified, startSecure } from '../helpers/secure.ts';
import { ask, endpointAt, using } from './exchange.ts';

const PLACE = mkdtempSync(join(tmpdir(), 'spillway-'));
afterAll(() => rmSync(PLACE, { recursive: true }));

const answer = JSON.stringify(chatCompletion({ content: 'x' }).body);

test('a server behind an authority of one’s own is trusted where the configuration names it, and nowhere else', async () => {
  await using vendor = await startSecure((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(answer);
  });
  const baseUrl = `https://127.0.0.1:${vendor.port}/v1`;
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
  expect(vendor.headers).toHaveLength(1);
});

test('a certificate is checked whatever the environment of Node says', async () => {
  await using vendor = await startSecure((_, response) => void response.end('{}'));
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    await using pools = using(createPools());
    const { failure } = await ask(pools, endpointAt(`https://127.0.0.1:${vendor.port}`));
    expect(failure).toMatchObject({ kind: 'refused', message: 'No reply (UNABLE_TO_VERIFY_LEAF_SIGNATURE).' });
    const { ca } = certified();
    const named = await ask(pools, endpointAt(`https://localhost:${vendor.port}`, { ca }));
    expect(named.failure?.message).toBe('No reply (ERR_TLS_CERT_ALTNAME_INVALID).');
    expect(vendor.headers).toEqual([]);
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  }
});

const { ca, key } = certified();
test.each([
  ['not there', undefined, /^there is no file '/],
  ['a folder', undefined, /cannot be read \(EISDIR\)$/],
  ['empty', '', /holds no certificate in PEM$/],
  ['another text', 'hunter2 hunter2 hunter2', /holds no certificate in PEM$/],
  ['a key', key, /holds no certificate in PEM$/],
  ['cut', ca.slice(0, 200), /holds no certificate in PEM$/],
  ['garbled', ca.replace(/MII.{40}/, 'hunter2'), /holds a certificate that cannot be read$/],
  ['good and garbled', ca + ca.replace(/MII.{40}/, 'hunter2'), /holds a certificate that cannot be read$/],
])('a file of certificates that is %s is a problem, and nothing of it is shown', (name, text, message) => {
  const path = name === 'a folder' ? PLACE : join(PLACE, name);
  if (text !== undefined) writeFileSync(path, text);
  const providers = { p: { baseUrl: 'https://h', ca: path } };
  const result = parseConfig({ providers, chains: { c: { entries: ['p/m'] } } }, {});
  const problems = result.ok ? [] : result.problems;
  expect(problems.map(({ path: at }) => at)).toEqual(['providers.p.ca']);
  expect(problems[0]?.message).toMatch(message);
  expect(JSON.stringify(problems)).not.toMatch(/hunter2|PRIVATE/);
});

test('of a file only the certificates are kept, so that a key in it goes nowhere', () => {
  const path = join(PLACE, 'bundle.pem');
  writeFileSync(path, `# ours\n${key}\n${ca}\n`);
  const providers = { p: { baseUrl: 'https://h', ca: path } };
  const result = parseConfig({ providers, chains: { c: { entries: ['p/m'] } } }, {});
  expect(result.ok && result.config.providers['p']?.ca).toBe(ca);
});
