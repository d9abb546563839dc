import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/open.ts';
import { chunk, type Reply, sse, startScriptedUpstream } from '../../src/testing/index.ts';
import { EMPTY, run } from '../helpers/cli.ts';

const PROVIDER = 'sk-canary-provider-4f9a7c21';
const SECOND = 'canary_second_provider_77aa';
const CALLER = 'canary-caller-key-13ce55';
const OTHER = 'canary-other-callers-key-90bd';
const PROMPT = 'canary-prompt: the patient is called Mary';
const ANSWER = 'canary-answer: she is well';
const SECRETS = [PROVIDER, SECOND, CALLER, OTHER];

/** A cooldown so short that the next request tries the entry again. */
const SHORT_COOLDOWN = { 'retry-after-ms': '1' };

/** Replies of a provider that puts its key, the clients' keys and the prompt into every member of an error. */
function leakyReplies(key: string): Reply[] {
  const words = `Bad key ${key} (Bearer ${key}, cut ${key.slice(0, 12)}..., ?api_key=${key}) of ${CALLER}, ${OTHER}`;
  const errors = [
    { error: { message: words, type: key, param: key, code: key, debug: { key, prompt: PROMPT } } },
    { error: words },
    { detail: [{ msg: words, loc: [key], input: PROMPT }] },
    [{ error: { message: words, status: key } }],
    { message: words, stack: `at ${key}` },
  ];
  const html = `<html>${words} ${PROMPT}</html>`;
  const stream = { 'content-type': 'text/event-stream', 'set-cookie': `key=${key}`, 'x-key': key };
  return [
    ...[400, 401, 403, 404, 429, 500].flatMap((status) =>
      errors.map((body) => ({ status, body, headers: SHORT_COOLDOWN })),
    ),
    { status: 500, body: html, headers: { 'x-key': key, server: key } },
    { status: 200, body: html },
    { status: 302, headers: { location: `http://127.0.0.1:1/?key=${key}` } },
    { raw: `HTTP/1.1 ${key}\r\n\r\n` },
    ...errors.map((body) => ({ headers: stream, chunks: [sse(body)] })),
    ...errors.map((body) => ({ headers: stream, chunks: [chunk({ delta: { content: ANSWER } }), sse(body)] })),
    { headers: stream, chunks: [chunk({ delta: { content: ANSWER } }), `event: error\ndata: ${words}\n\n`] },
    { headers: stream, chunks: [chunk({ delta: { content: ANSWER } })], end: 'rst' },
  ];
}

const REQUESTS = leakyReplies('').length * 3;

const config = (first: string, second: string): object => ({
  server: { drainDelay: '1ms' },
  auth: {
    keys: [
      { name: 'one', key: CALLER, role: 'admin' },
      { name: 'two', key: OTHER },
    ],
  },
  providers: { first: { baseUrl: first, apiKey: PROVIDER }, second: { baseUrl: second, apiKey: SECOND } },
  chains: {
    default: { entries: ['first/m', 'second/m'] },
    // One model for each request: the cooldown after one request would prevent the attempt of the next one.
    ...Object.fromEntries(
      Array.from({ length: REQUESTS }, (_, n) => [
        `chain-${n}`,
        { entries: n % 2 === 0 ? [`first/m${n}`, `second/m${n}`] : [`first/m${n}`] },
      ]),
    ),
  },
});

test('SE-04 the command writes no secret and no prompt, at any log level, whatever providers and clients send', async () => {
  const replies = leakyReplies(PROVIDER);
  await using first = await startScriptedUpstream({ script: (_, n) => replies[n % replies.length] ?? {} });
  const others = leakyReplies(SECOND);
  await using second = await startScriptedUpstream({ script: (_, n) => others[n % others.length] ?? {} });
  const file = join(EMPTY, 'canary.json');
  writeFileSync(file, JSON.stringify(config(first.baseUrl, second.baseUrl)));
  await using cli = run(['--config', file, '--port', '0', '--log-level', 'debug']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);

  const shown: string[] = [];
  const request = async (path: string, init: RequestInit = {}, key = CALLER): Promise<void> => {
    const response = await fetch(url + path, {
      ...init,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    });
    const headers = JSON.stringify([...response.headers]);
    shown.push(`${path} ${response.status} ${headers} ${await response.text()}`);
  };
  const post = (path: string, body: unknown, key = CALLER): Promise<void> =>
    request(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }, key);
  const messages = [{ role: 'user', content: PROMPT }];

  for (let n = 0; n < REQUESTS; n++) {
    const input = { model: `chain-${n}`, messages, stream: n % 3 > 0 };
    await post(n % 3 === 2 ? '/trpc/chat.completions.stream' : '/v1/chat/completions', input);
    // A reload resets the cooldowns after rejected keys and unknown models.
    cli.child.kill('SIGHUP');
    await cli.saysTimes('"configuration loaded"', n + 1);
  }
  // Invalid requests that contain the client's text and key.
  await post('/v1/chat/completions', `{"model":"default","messages":[{"role":"user","content":"${PROMPT}"`);
  await post('/v1/chat/completions', { model: PROMPT.slice(0, 6), messages: PROMPT });
  await post('/v1/chat/completions', { model: 'default', messages, [OTHER]: 1 }, `${OTHER}x`);
  await post('/trpc/chat.completions.create', { messages: 5, more: PROMPT });
  for (const path of [
    '/metrics',
    '/v1/chains',
    '/v1/chains/status',
    '/v1/models',
    '/readyz',
    '/openapi.json',
    '/config',
  ])
    await request(path);
  // An invalid file with misplaced secrets.
  writeFileSync(
    file,
    JSON.stringify({ ...config(first.baseUrl, second.baseUrl), [SECOND]: PROVIDER, aliases: { a: OTHER } }),
  );
  await cli.says(/configuration rejected/);
  await request('/v1/chains/status');
  cli.child.kill('SIGTERM');
  expect(await cli.exit).toBe(0);

  const check = run(['check', '--config', file]);
  expect(await check.exit).toBe(1);
  const written = {
    log: cli.output(),
    check: check.output(),
    answers: shown.join('\n'),
  };
  for (const [where, text] of Object.entries(written))
    for (const secret of SECRETS)
      expect([where, secret, around(text, secret.slice(0, 12))]).toEqual([where, secret, '']);
  for (const words of ['canary-prompt', 'Mary', 'canary-answer'])
    expect([words, around(written.log, words)]).toEqual([words, '']);
  // The log was written, debug lines included.
  expect(written.log).toMatch(/"outcome":"throttled"[^]*"configuration rejected/);
  expect(first.hits.length).toBeGreaterThanOrEqual(replies.length * 2);
});

test('a configuration prints no secret, however it is printed', async () => {
  await using gateway = await createGateway(config('http://127.0.0.1:1/v1', 'http://127.0.0.1:2/v1') as never);
  const shown = [
    JSON.stringify(gateway.config),
    inspect(gateway.config, { depth: 20, showHidden: true }),
    String(gateway.config.providers['first']?.apiKey),
    JSON.stringify(gateway.configuration),
    JSON.stringify(structuredClone(JSON.parse(JSON.stringify(gateway.config)))),
  ];
  for (const secret of SECRETS) expect(shown.join()).not.toContain(secret);
});

/** The text around a secret, for the message of a failed assertion; empty if the text does not contain it. */
function around(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return at === -1 ? '' : text.slice(Math.max(0, at - 200), at + 100);
}
