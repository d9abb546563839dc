import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chatStream, startScriptedUpstream } from '../../src/testing/index.ts';
import { BIN, EMPTY, ENVIRONMENT, run } from '../helpers/cli.ts';

test.each([[[]], [['serve', '--demo']]])('with nothing configured %j serves a demo that spills', async (args) => {
  await using cli = run([...args, '--port', '0']);
  const [, url] = await cli.says(/spillway on (http:\/\/127\.0\.0\.1:\d+)/);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], stream: true }),
  });
  expect([response.headers.get('x-spillway-provider'), response.headers.get('x-spillway-attempts')]).toEqual([
    'answering',
    '2',
  ]);
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  cli.child.kill('SIGINT');
  expect(await cli.exit).toBe(0);
});

test('SIGTERM stops accepting, finishes what streams, and exits with 0', async () => {
  await using upstream = await startScriptedUpstream({
    script: chatStream({ content: 'one two three four five six', delay: 60 }),
  });
  const file = join(EMPTY, 'stream.yaml');
  writeFileSync(
    file,
    `server: { drainDelay: 1ms }\nproviders: { a: { baseUrl: "${upstream.baseUrl}" } }\nchains: { default: { entries: [a/m] } }\n`,
  );
  await using cli = run(['--config', file, '--port', '0']);
  const [, url] = await cli.says(/spillway on (http\S+)/);
  const ask = (): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'default', messages: [{ role: 'user', content: 'Hello' }], stream: true }),
    });
  const response = await ask();
  cli.child.kill('SIGTERM');
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  expect(await cli.exit).toBe(0);
  await expect(ask()).rejects.toThrow();
});

test('a wrong file is all its problems, exit code 1 and no stack', async () => {
  const file = join(EMPTY, 'wrong.yaml');
  writeFileSync(file, 'providers: { p: { preset: grok } }\nchains: { c: { entries: [q/m] } }\n');
  const cli = run(['--config', file]);
  expect(await cli.exit).toBe(1);
  expect(cli.output()).toContain("providers.p.preset: unknown preset 'grok'; did you mean 'groq'?");
  expect(cli.output()).toContain("chains.c.entries[0]: unknown provider 'q'");
  expect(cli.output()).not.toMatch(/\n\s+at /);
});

test('a port in use is one clear message', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const cli = run(['--port', String(port)]);
  expect([await cli.exit, cli.output()]).toEqual([
    1,
    `spillway: port ${port} on 127.0.0.1 is in use; choose another with --port\n`,
  ]);
  taken.close();
});

test.each([
  [['serv'], "unknown command 'serv'; did you mean 'serve'?"],
  [['--prot', '1'], "unknown flag --prot; did you mean 'port'?"],
  [['--port', 'x'], '--port must be a number'],
  [['--host', '0.0.0.0'], 'is open to others, which needs auth.keys'],
  [['--config', 'none.yaml'], 'none.yaml: 1 problem'],
  [['serve', 'twice'], 'one word too many'],
  [['check'], 'there is nothing to check: no configuration, and no vendor'],
  [['init'], 'nothing to write down: set a vendor'],
  [['init', '--config', 'x.yaml'], '--config says nothing to init'],
  [['serve', '--live'], '--live says nothing to serve'],
  [['--log-level', 'loud'], '--log-level must be one of debug, info, warn, error, silent'],
])('%j is one message and exit code 1', async (args, message) => {
  const cli = run(args);
  expect(await cli.exit).toBe(1);
  expect(cli.output()).toContain(message);
  expect(cli.output()).not.toMatch(/\n\s+at /);
});

test('chaos serves every failure by the name of the model', async () => {
  await using cli = run(['chaos', '--port', '0']);
  const [, url] = await cli.says(/chaos upstream on (http\S+)/);
  const response = await fetch(`${url}/chat/completions`, { method: 'POST', body: '{"model":"429"}' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
});

test('help and version', async () => {
  const help = run(['--help']);
  const version = run(['--version']);
  expect([await help.exit, await version.exit]).toEqual([0, 0]);
  expect(help.output()).toContain('spillway chaos');
  expect(version.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ['openapi', 'openapi.json'],
  ['schema', 'config.schema.json'],
])('%s prints what is committed as docs/%s; npm run generate writes it', async (command, file) => {
  const cli = run([command]);
  expect(await cli.exit).toBe(0);
  const committed = readFileSync(join(import.meta.dirname, '..', '..', 'docs', file), 'utf8');
  expect(cli.output()).toBe(committed);
});

test('whoever closes the pipe after what he wanted sees no stack', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const line = `"${process.execPath}" "${BIN}" openapi | head -n 1`;
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  child.once('close', () => resolve(said));
  child.stdout.resume();
  expect(await promise).toBe('');
});
