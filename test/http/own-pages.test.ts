import { expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { openPage } from '../helpers/page.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

test('without keys the gateway’s own pages are local clients, and no other page is', async () => {
  await using rig = await startRig([responder({ content: 'Hi' })]);
  const page = openPage(rig.url);
  const { port } = new URL(rig.url);
  const local = `http://localhost:${port}`;
  const statusOf = async (headers: Record<string, string | undefined>): Promise<number> =>
    (await page.send('/trpc/chat.completions.create', { input: HELLO, headers })).status;
  expect(await page.who()).toMatchObject({ authenticated: true, via: 'local', role: 'admin', name: 'local' });
  expect(await statusOf({})).toBe(200);
  expect(await statusOf({ host: `localhost:${port}`, origin: local })).toBe(200);
  expect(await statusOf({ 'sec-fetch-site': undefined })).toBe(200);
  // The header of the dashboard is for cookies: here the origin decides.
  expect(await statusOf({ 'x-spillway-dashboard': undefined })).toBe(200);
  const refused: Record<string, Record<string, string | undefined>> = {
    'a wrong port': { origin: 'http://127.0.0.1:1' },
    'another name of this machine': { origin: local },
    'another scheme': { origin: rig.url.replace('http', 'https') },
    'a rebound name': { host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
    'a rebound name without an origin': { host: `evil.example:${port}`, origin: undefined },
    'another site': { 'sec-fetch-site': 'cross-site' },
    'another site without an origin': { origin: undefined, 'sec-fetch-site': 'cross-site' },
    'a sandbox': { origin: 'null' },
  };
  const hits = rig.upstreams[0]?.hits.length;
  for (const [what, headers] of Object.entries(refused)) expect([what, await statusOf(headers)]).toEqual([what, 403]);
  expect(rig.upstreams[0]?.hits).toHaveLength(hits ?? 0);
});
