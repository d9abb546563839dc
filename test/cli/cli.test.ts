import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { chatStream, startScriptedUpstream } from '../../src/testing/index.ts';
import { BIN, EMPTY, ENVIRONMENT, run } from '../helpers/cli.ts';
import { type CommandResult, runRows } from '../helpers/cli-rows.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

test.each([[[]], [['serve', '--demo']]])('without a configuration %j serves a demo with failover', async (args) => {
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

test('SIGTERM stops accepting connections, lets streams finish, and exits with 0', async () => {
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
  const stream = (): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'default', messages: [{ role: 'user', content: 'Hello' }], stream: true }),
    });
  const response = await stream();
  cli.child.kill('SIGTERM');
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  expect(await cli.exit).toBe(0);
  await expect(stream()).rejects.toThrow();
});

test('an invalid file prints all its problems without a stack, and exits with 1', async () => {
  const file = join(EMPTY, 'wrong.yaml');
  writeFileSync(file, 'providers: { p: { preset: grok } }\nchains: { c: { entries: [q/m] } }\n');
  const cli = run(['--config', file]);
  expect(await cli.exit).toBe(1);
  expect(cli.output()).toContain("providers.p.preset: unknown preset 'grok'; did you mean 'groq'?");
  expect(cli.output()).toContain("chains.c.entries[0]: unknown provider 'q'");
  expect(cli.output()).not.toMatch(/\n\s+at /);
});

const MIXED: readonly (readonly [first: string, second: string, setting: string, warns: boolean])[] = [
  ['text-embedding-3-small', 'nomic-embed-text', '', true],
  ['llama-3.3-70b', 'bge-m3', '', false],
  ['text-embedding-3-small', 'nomic-embed-text', 'mixedModels: true, ', false],
  ['openai/text-embedding-3-small', 'text-embedding-3-small', '', false],
  ['llama-3.3-70b', 'gpt-4.1-mini', '', false],
];

describe('check of a chain', () => {
  let results: readonly CommandResult[] = [];
  beforeAll(async () => {
    const files = MIXED.map(([first, second, setting], index) => {
      const file = join(EMPTY, `mixed-${index}.yaml`);
      const chain = `{ ${setting}entries: [a/${first}, a/${second}] }`;
      writeFileSync(
        file,
        `providers: { a: { baseUrl: "http://127.0.0.1:1/v1", apiKey: none } }\nchains: { vectors: ${chain} }`,
      );
      return file;
    });
    results = await runRows(files.map((file) => ['check', '--config', file]));
  });

  test.each(MIXED.map((row, index) => [...row, index] as const))(
    'of %s and %s, %swarns of mixed vectors: %s',
    (first, _second, _setting, warns, index) => {
      const { code, output = '' } = results[index] ?? {};
      expect(code).toBe(0);
      expect(output).toContain('vectors');
      expect(output.includes(`warning: chains.vectors: embeddings are answered by ${first} only`)).toBe(warns);
      expect(output.includes('warning')).toBe(warns);
    },
  );
});

test('a base URL with the path of an operation is a warning of check and of the log, and fails neither', async () => {
  const file = join(EMPTY, 'doubled-path.yaml');
  const text = 'providers: { p: { baseUrl: "http://127.0.0.1:1/v1/chat/completions", apiKey: none } }\n';
  writeFileSync(file, `${text}chains: { c: { entries: [p/m] } }\n`);
  const warning = 'ends in /chat/completions, and the gateway appends the path itself; remove /chat/completions';
  const check = run(['check', '--config', file]);
  expect(await check.exit).toBe(0);
  expect(check.output()).toContain(`warning: providers.p.baseUrl: ${warning}\n`);
  await using served = run(['--config', file, '--port', '0']);
  await served.says(/ends in \/chat\/completions, and the gateway appends the path itself/);
});

test('a port in use is one message', async () => {
  const taken = createServer();
  using _closing = closing(taken);
  const port = await listenOnLoopback(taken);
  const cli = run(['--port', String(port)]);
  expect([await cli.exit, cli.output()]).toEqual([
    1,
    `spillway: port ${port} on 127.0.0.1 is in use; choose another with --port\n`,
  ]);
});

const MISTAKES: readonly (readonly [args: readonly string[], message: string])[] = [
  [['serv'], "unknown command 'serv'; did you mean 'serve'?"],
  [['--prot', '1'], "unknown option --prot; did you mean '--port'?"],
  [['--port', 'x'], '--port must be a number'],
  [['--host', '0.0.0.0'], 'is reachable from other machines; configure auth.keys or listen on 127.0.0.1'],
  [['--config', 'none.yaml'], 'none.yaml: 1 problem'],
  [['serve', 'twice'], "unexpected argument 'twice'; see --help"],
  [['check'], 'nothing to check: no configuration file'],
  [['init'], 'nothing to write: set the key of a provider'],
  [['init', '--config', 'x.yaml'], 'unexpected option --config for init; see --help'],
  [['serve', '--live'], 'unexpected option --live for serve; see --help'],
  [['--log-level', 'loud'], '--log-level must be one of debug, info, warn, error, silent'],
  [['--log-format', 'xml'], "--log-format must be one of json, pretty, not 'xml'"],
];

describe('a mistake', () => {
  let results: readonly CommandResult[] = [];
  beforeAll(async () => {
    results = await runRows(MISTAKES.map(([args]) => args));
  });

  test.each(MISTAKES.map((row, index) => [...row, index] as const))(
    '%j is one message and exit code 1',
    (_args, message, index) => {
      const { code, output } = results[index] ?? {};
      expect(code).toBe(1);
      expect(output).toContain(message);
      expect(output).not.toMatch(/\n\s+at /);
    },
  );
});

test('chaos fails in the way that the model names', async () => {
  await using cli = run(['chaos', '--port', '0']);
  const [, url] = await cli.says(/chaos upstream on (http\S+)/);
  const response = await fetch(`${url}/chat/completions`, { method: 'POST', body: '{"model":"429"}' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
});

test('--help prints the commands, and --version the version', async () => {
  const help = run(['--help']);
  const version = run(['--version']);
  expect([await help.exit, await version.exit]).toEqual([0, 0]);
  expect(help.output()).toContain('spillway chaos');
  expect(version.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ['openapi', 'openapi.json'],
  ['schema', 'config.schema.json'],
])('%s prints the committed docs/%s, which npm run generate writes', async (command, file) => {
  const cli = run([command]);
  expect(await cli.exit).toBe(0);
  const committed = readFileSync(join(import.meta.dirname, '..', '..', 'docs', file), 'utf8');
  expect(cli.output()).toBe(committed);
});

test('a reader that closes the pipe early causes no stack', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const line = `"${process.execPath}" "${BIN}" openapi | head -n 1`;
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.once('close', () => resolve(errors));
  child.stdout.resume();
  expect(await promise).toBe('');
});
