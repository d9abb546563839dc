import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMPTY, run } from '../helpers/cli.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

const CONFIG = `
providers: { a: { baseUrl: "http://127.0.0.1:1/v1", apiKey: none } }
chains: { default: { entries: [a/m] } }
auth: { keys: [{ name: root, key: a-key-of-the-root-0123456789, role: admin }] }
server: { drainDelay: 1ms }
`;

test('with metrics.port they are served there without a key, until the gateway ends', async () => {
  writeFileSync(join(EMPTY, 'metrics.yaml'), `${CONFIG}metrics: { port: 0 }\n`);
  await using cli = run(['--config', 'metrics.yaml', '--port', '0']);
  const [, url = ''] = await cli.says(/metrics on (http:\/\/127\.0\.0\.1:\d+\/metrics)\n/);
  const [, main = ''] = await cli.says(/spillway on (http\S+)/);
  const response = await fetch(url);
  expect([response.status, (await fetch(`${main}/metrics`)).status]).toEqual([200, 401]);
  expect(await response.text()).toContain('spillway_keys_loaded 1\n');
  cli.child.kill('SIGTERM');
  expect(await cli.exit).toBe(0);
});

test('a port of metrics that is in use is one message and exit code 1', async () => {
  const taken = createServer();
  using _closing = closing(taken);
  const port = await listenOnLoopback(taken);
  writeFileSync(join(EMPTY, 'metrics-taken.yaml'), `${CONFIG}metrics: { port: ${port} }\n`);
  await using cli = run(['--config', 'metrics-taken.yaml', '--port', '0']);
  expect(await cli.exit).toBe(1);
  expect(cli.output()).toContain(`spillway: port ${port} on 127.0.0.1 is in use; choose another with metrics.port\n`);
});

test.each([
  ['0.0.0.0', 200],
  ['127.0.0.1', 403],
])('without keys, on %s, a page of another site gets %d', async (host, status) => {
  const keyless = CONFIG.replace(/auth: .*/, '');
  writeFileSync(join(EMPTY, `metrics-${host}.yaml`), `${keyless}metrics: { port: 0, host: "${host}" }\n`);
  await using cli = run(['--config', `metrics-${host}.yaml`, '--port', '0']);
  const [, port = ''] = await cli.says(/metrics on http:\/\/[\d.]+:(\d+)\/metrics\n/);
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { origin: 'https://site.example' } });
  expect(response.status).toBe(status);
});
