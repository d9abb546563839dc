import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { turns } from '../faults/wire.ts';
import { fakeClock } from '../helpers/clock.ts';
import { exchange } from '../helpers/exchange.ts';
import { startRig } from '../helpers/gateway.ts';

test('/docs is a page that loads its viewer and the description from its own server, and nothing from elsewhere', async () => {
  await using rig = await startRig([{}]);
  const page = await fetch(`${rig.url}/docs`);
  expect([page.status, page.url]).toEqual([200, `${rig.url}/docs/`]);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*/);
  const html = await page.text();
  const sources = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => source);
  expect(sources).toEqual(['js/scalar.js']);
  expect(html).toContain('"url": "../openapi.json"');
  // Its requests to the gateway are of the gateway's own origin, which may call it.
  expect(html).not.toContain('hideTestRequestButton');
  expect(html.match(/https?:\/\/[^\s"']+/g) ?? []).toEqual([]);
  const script = await fetch(`${rig.url}/docs/js/scalar.js`);
  expect([script.status, (await script.text()).length > 100_000]).toEqual([200, true]);
  const nothing = await fetch(`${rig.url}/docs/nothing`);
  expect([nothing.status, await nothing.json()]).toMatchObject([404, { error: { code: 'not_found', param: null } }]);
});

test('/docs needs a key like its description, and no other page may frame it', async () => {
  await using rig = await startRig([{}], { config: { auth: { keys: [{ name: 'ci', key: 'spillway-key-one' }] } } });
  const refused = await fetch(`${rig.url}/docs/`);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect((await fetch(`${rig.url}/docs/js/scalar.js`)).status).toBe(401);
  const page = await fetch(`${rig.url}/docs/`, { headers: { authorization: 'Bearer spillway-key-one' } });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
});

test('/docs is refused to a web page of another origin on a gateway without keys', async () => {
  await using rig = await startRig([{}]);
  const headers = { origin: 'https://evil.example' };
  expect((await fetch(`${rig.url}/docs/`, { headers })).status).toBe(403);
});

test('a client that does not read the page’s script is dropped like any other', async () => {
  const clock = fakeClock();
  await using rig = await startRig([{}], { clock, writeIdle: 300 });
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1').on('error', () => undefined);
  const accepted = once(rig.app.server, 'connection');
  socket.pause().write('GET /docs/js/scalar.js HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const [server] = (await accepted) as [Socket];
  while (!server.destroyed) {
    await turns(100);
    clock.advance(300);
  }
  expect(server.bytesWritten).toBeGreaterThan(1_000_000);
  const slow = await fetch(`${rig.url}/docs/js/scalar.js`);
  let bytes = 0;
  for await (const piece of slow.body ?? []) bytes += piece.length;
  expect(bytes).toBeGreaterThan(1_000_000);
  socket.destroy();
});

test('the script has one name: under any other spelling there is nothing', async () => {
  await using rig = await startRig([{}]);
  for (const path of ['/docs/js/%73calar.js', '/docs/%6as/scalar.js', '/docs//js/scalar.js', '/docs/x/../js/scalar.js'])
    expect([
      path,
      (await exchange(rig.url, `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)).slice(0, 12),
    ]).toEqual([path, 'HTTP/1.1 404']);
});
