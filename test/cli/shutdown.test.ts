import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClient, SpillwayError } from '../../client/index.ts';
import { chatStream, type Script, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';
import { type Run, run } from '../helpers/cli.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { readUntil } from '../faults/wire.ts';

interface Running extends AsyncDisposable {
  readonly cli: Run;
  readonly url: string;
  readonly upstream: ScriptedUpstream;
}

async function start(script: Script, server: string): Promise<Running> {
  const upstream = await startScriptedUpstream({ script });
  const file = join(mkdtempSync(join(tmpdir(), 'spillway-shutdown-')), 'spillway.yaml');
  writeFileSync(
    file,
    `server: { ${server} }\nproviders: { a: { baseUrl: "${upstream.baseUrl}" } }\nchains: { default: { entries: [a/m] } }\n`,
  );
  const cli = run(['--config', file, '--port', '0']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);
  return {
    cli,
    url,
    upstream,
    async [Symbol.asyncDispose]() {
      await cli[Symbol.asyncDispose]();
      await upstream.close();
    },
  };
}

const WORDS = chatStream({ content: 'one two three four five six seven eight', delay: 100 });
const ENDLESS = chatStream({ content: 'word '.repeat(5000), delay: 20 });
const stream = (url: string): Promise<Response> =>
  post(fetch, `${url}/v1/chat/completions`, { ...HELLO, stream: true });

test('LC-01 SIGTERM: readiness fails at once, requests are served for the drain delay, streams finish, exit 0', async () => {
  await using gateway = await start(WORDS, 'drainDelay: 3s, drainTimeout: 20s');
  const agent = new Agent({ keepAlive: true });
  const first = await stream(gateway.url);
  gateway.cli.child.kill('SIGTERM');
  await gateway.cli.says(/"shutting down"/);
  const ready = await fetch(`${gateway.url}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([503, { error: { code: 'not_ready' } }]);
  const late = await stream(gateway.url);
  expect([late.status, late.headers.get('connection')]).toEqual([200, 'close']);
  const [live] = (await once(get(`${gateway.url}/livez`, { agent }), 'response')) as [
    { headers: Record<string, string>; resume(): void },
  ];
  live.resume();
  expect(live.headers['connection']).toBe('close');
  for (const response of [first, late]) expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  expect(await gateway.cli.exit).toBe(0);
  await expect(stream(gateway.url)).rejects.toThrow();
  agent.destroy();
});

// The others run together, because they mostly wait. The first one has a drain delay, in which its process must not be slowed by the starts of others.
test.concurrent('a stream that has not finished within the drain timeout ends with an error, over REST and tRPC, and exit 0', async () => {
  await using gateway = await start(ENDLESS, 'drainDelay: 1ms, drainTimeout: 500ms');
  const response = await stream(gateway.url);
  const typedStream = createClient({ url: gateway.url }).chat.completions.stream(HELLO);
  const typed = (async () => {
    try {
      for await (const _ of typedStream) continue;
      return undefined;
    } catch (error) {
      return error;
    }
  })();
  const reader = response.body!.getReader();
  let text = await readUntil(reader, 'word');
  // A request that is still connecting at the signal would be refused.
  await gateway.upstream.until(({ hits }) => hits.length === 2);
  gateway.cli.child.kill('SIGTERM');
  text += await readUntil(reader, 'no such text');
  expect(text).toMatch(/data: \{"error":\{[^\n]*"code":"shutting_down"\}\}\n\n$/);
  expect(await typed).toBeInstanceOf(SpillwayError);
  expect(await typed).toMatchObject({ code: 'shutting_down' });
  expect(await gateway.cli.exit).toBe(0);
  await gateway.upstream.until(({ sockets }) => sockets.open === 0);
});

test.concurrent('LC-02 open connections without a running request do not delay the exit', async () => {
  await using gateway = await start({ head: false, end: 'hang' }, 'drainDelay: 1ms, drainTimeout: 300ms');
  const port = Number(new URL(gateway.url).port);
  const idle = connect(port, '127.0.0.1').on('error', () => undefined);
  const half = connect(port, '127.0.0.1').on('error', () => undefined);
  half.write('POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n');
  const hanging = stream(gateway.url);
  await gateway.upstream.until(({ hits }) => hits.length === 1);
  const began = performance.now();
  gateway.cli.child.kill('SIGTERM');
  const refused = await hanging;
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'shutting_down' } }]);
  expect(await gateway.cli.exit).toBe(0);
  // Connections that delay the exit delay it by half a minute.
  expect(performance.now() - began).toBeLessThan(20_000);
  idle.destroy();
  half.destroy();
});

test.concurrent.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('LC-03 a second signal, here %s, ends the process at once with exit code %i', async (signal, exitCode) => {
  await using gateway = await start(ENDLESS, 'drainDelay: 1m, drainTimeout: 1m');
  const response = await stream(gateway.url);
  gateway.cli.child.kill('SIGTERM');
  await gateway.cli.says(/"shutting down"/);
  gateway.cli.child.kill(signal);
  expect(await gateway.cli.exit).toBe(exitCode);
  await response.body?.cancel().catch(() => undefined);
});

test.concurrent('a large answer that is read slowly is complete before the process ends', async () => {
  const vector = { object: 'embedding', index: 0, embedding: 'x'.repeat(12_000_000) };
  await using gateway = await start(
    { body: { object: 'list', model: 'm', data: [vector], usage: { prompt_tokens: 1, total_tokens: 1 } } },
    'drainDelay: 1ms, drainTimeout: 20s',
  );
  const response = await post(fetch, `${gateway.url}/v1/embeddings`, { model: 'default', input: 'x' });
  gateway.cli.child.kill('SIGTERM');
  const length = Number(response.headers.get('content-length'));
  const part = length / 12;
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const before = bytes;
    bytes += chunk.length;
    // So slow that the answer takes three seconds: longer than the one second for last bytes.
    if (Math.floor(bytes / part) > Math.floor(before / part))
      await new Promise((resolve) => void setTimeout(resolve, 250));
  }
  expect(bytes).toBe(length);
  expect(await gateway.cli.exit).toBe(0);
});

test.concurrent('a signal takes effect as soon as the banner is printed', async () => {
  await using gateway = await start(WORDS, 'drainDelay: 1ms');
  gateway.cli.child.kill('SIGHUP');
  gateway.cli.child.kill('SIGTERM');
  expect(await gateway.cli.exit).toBe(0);
});

test.concurrent('a configuration that is still being evaluated does not delay the exit', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'spillway-slow-')), 'spillway.config.ts');
  const good = 'providers: { a: { baseUrl: "http://127.0.0.1:1/v1" } }, chains: { default: { entries: ["a/m"] } }';
  writeFileSync(file, `export default { server: { drainDelay: '1ms' }, ${good} };`);
  await using cli = run(['--config', file, '--port', '0']);
  await cli.says(/spillway on (http\S+)/);
  writeFileSync(
    file,
    `console.error('evaluating'); await new Promise((resolve) => setTimeout(resolve, 60_000)); export default { ${good} };`,
  );
  cli.child.kill('SIGHUP');
  await cli.says(/evaluating/);
  const began = performance.now();
  cli.child.kill('SIGTERM');
  expect(await cli.exit).toBe(0);
  // An evaluation times out after ten seconds.
  expect(performance.now() - began).toBeLessThan(9000);
});
