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

/** What is refused is asked again at once. */
const BRIEF = { 'retry-after-ms': '1' };

/** Vendors that say everything they know, in every place that an error has. */
function gossip(key: string): Reply[] {
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
    ...[400, 401, 403, 404, 429, 500].flatMap((status) => errors.map((body) => ({ status, body, headers: BRIEF }))),
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

const REQUESTS = gossip('').length * 3;

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
    // A model for each request: what one of them has taught would keep the next one from being asked.
    ...Object.fromEntries(
      Array.from({ length: REQUESTS }, (_, n) => [
        `chain-${n}`,
        { entries: n % 2 === 0 ? [`first/m${n}`, `second/m${n}`] : [`first/m${n}`] },
      ]),
    ),
  },
});

test('SE-04 no secret and no prompt is in what the command writes, at any level, whatever vendors and callers do', async () => {
  const replies = gossip(PROVIDER);
  await using first = await startScriptedUpstream({ script: (_, n) => replies[n % replies.length] ?? {} });
  const others = gossip(SECOND);
  await using second = await startScriptedUpstream({ script: (_, n) => others[n % others.length] ?? {} });
  const file = join(EMPTY, 'canary.json');
  writeFileSync(file, JSON.stringify(config(first.baseUrl, second.baseUrl)));
  await using cli = run(['--config', file, '--port', '0', '--log-level', 'debug']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);

  const shown: string[] = [];
  const ask = async (path: string, init: RequestInit = {}, key = CALLER): Promise<void> => {
    const response = await fetch(url + path, {
      ...init,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    });
    const headers = JSON.stringify([...response.headers]);
    shown.push(`${path} ${response.status} ${headers} ${await response.text()}`);
  };
  const post = (path: string, body: unknown, key = CALLER): Promise<void> =>
    ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }, key);
  const messages = [{ role: 'user', content: PROMPT }];

  for (let n = 0; n < REQUESTS; n++) {
    const input = { model: `chain-${n}`, messages, stream: n % 3 > 0 };
    await post(n % 3 === 2 ? '/trpc/chat.completions.stream' : '/v1/chat/completions', input);
    // Forgets the cooldowns that keys and missing models bring, before the next one is asked.
    cli.child.kill('SIGHUP');
    await cli.saysTimes('"configuration loaded"', n + 1);
  }
  // What callers get wrong, with their words and keys in it.
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
    await ask(path);
  // A file that is wrong, with secrets in the wrong places.
  writeFileSync(
    file,
    JSON.stringify({ ...config(first.baseUrl, second.baseUrl), [SECOND]: PROVIDER, aliases: { a: OTHER } }),
  );
  await cli.says(/configuration rejected/);
  await ask('/v1/chains/status');
  cli.child.kill('SIGTERM');
  expect(await cli.exit).toBe(0);

  const check = run(['check', '--config', file]);
  expect(await check.exit).toBe(1);
  const said = {
    log: cli.output(),
    check: check.output(),
    answers: shown.join('\n'),
  };
  for (const [where, text] of Object.entries(said))
    for (const secret of SECRETS)
      expect([where, secret, around(text, secret.slice(0, 12))]).toEqual([where, secret, '']);
  for (const words of ['canary-prompt', 'Mary', 'canary-answer'])
    expect([words, around(said.log, words)]).toEqual([words, '']);
  // Something was said, at the lowest level too.
  expect(said.log).toMatch(/"outcome":"throttled"[^]*"configuration rejected/);
  expect(first.hits.length).toBeGreaterThanOrEqual(replies.length * 2);
});

test('a configuration, however it is shown, shows no secret', async () => {
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

/** Where a text holds something that it must not, for the message. */
function around(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return at === -1 ? '' : text.slice(Math.max(0, at - 200), at + 100);
}
