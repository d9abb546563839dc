import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN, EMPTY, ENVIRONMENT, run } from '../helpers/cli.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const GOOD = 'providers: { a: { baseUrl: "http://127.0.0.1:1/v1" } }\nchains: { default: { entries: [a/m] } }\n';

mkdirSync(join(EMPTY, 'folder.yaml'));
writeFileSync(join(EMPTY, 'locked.yaml'), GOOD);
chmodSync(join(EMPTY, 'locked.yaml'), 0o000);
writeFileSync(join(EMPTY, 'good.yaml'), GOOD);
writeFileSync(join(EMPTY, 'short-key.yaml'), `${GOOD}auth: { keys: [{ name: a, key: short-key }] }`);

test.each([
  [
    ['--host', 'no.such.host.invalid', '--config', 'good.yaml'],
    /is reachable from other machines|is not an address of this machine/,
  ],
  [['--host', '127.0.0.1.5'], /is reachable from other machines; configure auth\.keys/],
  [
    ['--host', '0.0.0.0', '--config', 'short-key.yaml'],
    /short-key\.yaml: 1 problem\n {2}auth\.keys\[0\]\.key: has fewer than 20 characters, and '0\.0\.0\.0' is reachable/,
  ],
  [['--config', 'folder.yaml'], /folder\.yaml: 1 problem[^]*cannot be read \(EISDIR\)/],
  [['--config', 'missing.yaml'], /missing\.yaml: 1 problem[^]*no such file/],
  ...(process.getuid?.() === 0
    ? []
    : [[['--config', 'locked.yaml'], /cannot be read \(EACCES\)/] as [string[], RegExp]]),
] as [string[], RegExp][])('LC-04 %j is one message and exit code 1', async (args, message) => {
  const cli = run(args);
  expect([await cli.exit, cli.output()]).toEqual([1, expect.stringMatching(message)]);
  expect(cli.output()).not.toMatch(/\n\s+at /);
});

test('LC-05 out of file descriptors it refuses connections, keeps running, and serves again', async () => {
  const child = spawn('sh', ['-c', `ulimit -n 64; exec "${process.execPath}" "${BIN}" --demo --port 0`], {
    cwd: EMPTY,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    while (!/spillway on http\S+/.test(output)) await once(child.stdout, 'data');
    const [, url = ''] = /spillway on (http\S+)/.exec(output) ?? [];
    const crowd: Socket[] = Array.from({ length: 150 }, () =>
      connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined),
    );
    const outcomes = await Promise.all(
      crowd.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])),
    );
    expect(outcomes).toHaveLength(150);
    // Accepted connections send a request: upstream connections need file descriptors too.
    for (const socket of crowd) socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
    for (const socket of crowd) socket.destroy();
    let status = 0;
    while (status !== 200) {
      status = await post(fetch, `${url}/v1/chat/completions`, HELLO).then(
        (response) => response.text().then(() => response.status),
        () => 0,
      );
      expect(child.exitCode).toBeNull();
    }
    expect(output).not.toContain('uncaught');
  } finally {
    child.kill('SIGKILL');
  }
});
