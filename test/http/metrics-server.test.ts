import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetricsServer } from '../../src/http/metrics-server.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { listenOnLoopback } from '../helpers/listen.ts';

let rig: Rig;
let url: string;
let keyless = false;
const originRules = () => (keyless ? { host: '127.0.0.1', origins: [] } : undefined);
beforeAll(async () => {
  rig = await startRig([chatCompletion({ content: 'Hi' })], {
    config: { auth: { keys: [{ name: 'root', key: 'key-of-the-root-0123456789', role: 'admin' }] } },
  });
  const server = createMetricsServer({ fetch: rig.gateway.fetch, originRules });
  url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  rig.defer(async () => {
    server.close();
    server.closeAllConnections();
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

test('the port of its own serves metrics without a key', async () => {
  const response = await fetch(`${url}/metrics?x=1`);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  expect(await response.text()).toContain('spillway_build_info{');
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test.each([
  ['GET', '/v1/models', 404],
  ['GET', '/', 404],
  ['POST', '/v1/chat/completions', 404],
  ['POST', '/metrics', 405],
])('%s %s is refused with the usual error', async (method, path, status) => {
  const response = await fetch(`${url}${path}`, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
});

test('without keys a web page of another site is refused', async () => {
  keyless = true;
  const response = await fetch(`${url}/metrics`, { headers: { origin: 'https://evil.example' } });
  keyless = false;
  expect(response.status).toBe(403);
});
