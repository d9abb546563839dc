import { describe, expect, test } from 'vitest';
import { KEY_HEADERS } from '../../src/auth/keys.ts';
import { logEvents } from '../../src/observe/log.ts';
import { responder } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { type Headers, type Send, WAYS } from '../helpers/ways.ts';

const KEY = 'spillway-key-of-a-viewer';
const KEYED: RigOptions = { config: { auth: { keys: [{ name: 'one', key: KEY, role: 'viewer' }] } } };

let guess = 0;
const unknown = (): Headers => ({ 'x-api-key': `guess-${guess++}` });

/** Sends a request for each of these headers, one after the other. Returns their statuses. */
async function statuses(rig: Rig, send: Send, each: readonly Headers[]): Promise<number[]> {
  const all: number[] = [];
  for (const headers of each) {
    const response = await send(rig, headers);
    await response.text();
    all.push(response.status);
  }
  return all;
}

const many = (headers: () => Headers, count: number): Headers[] => Array.from({ length: count }, headers);

/** Sends 31 unknown keys, after which their address is blocked. */
async function block(rig: Rig, headers: Headers = {}): Promise<void> {
  const all = await statuses(
    rig,
    WAYS['a list over REST'],
    many(() => ({ ...unknown(), ...headers }), 31),
  );
  expect(all).toEqual([...Array.from({ length: 30 }, () => 401), 429]);
}

describe.each(Object.entries(WAYS))('over %s', (_, send) => {
  test('after 30 unknown keys a minute further ones are a 429, and a known key, or none, is treated as ever', async () => {
    const clock = fakeClock();
    await using rig = await startRig([responder({ content: 'x' })], { ...KEYED, clock });
    const all = await statuses(rig, send, [
      ...many(unknown, 15),
      ...many(() => ({}), 40),
      ...many(unknown, 15),
      { 'x-api-key': KEY },
    ]);
    expect(all).toEqual([...Array.from({ length: 70 }, () => 401), 200]);
    clock.advance(1000);
    expect(await statuses(rig, send, [unknown(), { 'x-api-key': KEY }, {}, { authorization: 'Basic x' }])).toEqual([
      429, 200, 401, 401,
    ]);
    clock.advance(30_000);
    const refused = await send(rig, unknown());
    expect(await refused.text()).toContain('"code":"too_many_failures"');
    expect([refused.headers.get('retry-after'), refused.headers.get('x-should-retry')]).toEqual(['30', 'false']);
    clock.advance(30_000);
    expect(await statuses(rig, send, [unknown()])).toEqual([401]);
  });
});

test('guesses over all doors count together, and so do the keys of one request', async () => {
  await using rig = await startRig([responder({ content: 'x' })], KEYED);
  for (const send of Object.values(WAYS)) await statuses(rig, send, many(unknown, 4));
  const headers = Object.fromEntries(KEY_HEADERS.map((name, n) => [name, n === 0 ? 'Bearer g0' : `g${n}`]));
  expect(await statuses(rig, WAYS.REST, [headers, headers])).toEqual([401, 429]);
});

test('paths that need no key count guesses, refuse none, and reveal to a blocked address no known key', async () => {
  await using rig = await startRig([responder({ content: 'x' })], KEYED);
  const about = async (headers: Headers): Promise<[number, boolean]> => {
    const response = await fetch(`${rig.url}/`, { headers });
    return [response.status, (await response.text()).includes('"version"')];
  };
  expect(await about({ 'x-api-key': KEY })).toEqual([200, true]);
  for (let n = 0; n < 31; n++) expect(await about(unknown())).toEqual([200, false]);
  expect(await statuses(rig, WAYS.REST, [unknown()])).toEqual([429]);
  expect(await about({ 'x-api-key': KEY })).toEqual([200, false]);
  expect((await fetch(`${rig.url}/livez`, { headers: unknown() })).status).toBe(200);
});

const proxied = (trustProxy: boolean | string[]): RigOptions => ({
  config: { ...KEYED.config, server: { trustProxy } },
});
const from = (address: string): Headers => ({ 'x-forwarded-for': address });

describe('behind a proxy', () => {
  test('that is trusted, the address that it names counts', async () => {
    await using rig = await startRig([responder({ content: 'x' })], proxied(['127.0.0.1']));
    await block(rig, from('203.0.113.7'));
    const others = ['203.0.113.7', '::ffff:203.0.113.7', '203.0.113.8', '2001:db8::1'];
    const list = WAYS['a list over REST'];
    expect(
      await statuses(
        rig,
        list,
        others.map((address) => ({ ...unknown(), ...from(address) })),
      ),
    ).toEqual([429, 429, 401, 401]);
    await block(rig, from('2001:db8:1:2::3'));
    expect(await statuses(rig, list, [{ ...unknown(), ...from('2001:db8:1:2:a:b:c:d') }])).toEqual([429]);
  });

  test('that is not trusted, all its clients count together', async () => {
    await using rig = await startRig([responder({ content: 'x' })], proxied(false));
    await block(rig, from('203.0.113.7'));
    const other = { ...unknown(), ...from('203.0.113.8') };
    const known = { 'x-api-key': KEY, ...from('203.0.113.8') };
    expect(await statuses(rig, WAYS['a list over REST'], [other, known])).toEqual([429, 200]);
  });
});

test('a gateway without keys refuses none, however many are sent', async () => {
  await using rig = await startRig([responder({ content: 'x' })]);
  expect(await statuses(rig, WAYS['a list over REST'], many(unknown, 40))).toEqual(
    Array.from({ length: 40 }, () => 200),
  );
});

test('a block is one warning with a count, also where the gateway closes before its end', async () => {
  const lines: [string, object, string][] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push([level, fields, message]);
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const onEvent = logEvents(log, { vendorMessages: () => false });
  const clock = fakeClock();
  await using rig = await startRig([responder({ content: 'x' })], { ...KEYED, clock, onEvent });
  await block(rig);
  await statuses(rig, WAYS.REST, many(unknown, 9));
  clock.advance(60_000);
  await block(rig);
  await rig.gateway.close();
  // Of the requests themselves only the first of each minute has a line at info.
  expect(lines.filter(([level]) => level === 'info')).toHaveLength(2);
  expect(lines.filter(([level]) => level === 'warn')).toEqual([
    ['warn', { network: '127.0.0.1', keys: 40 }, 'keys_refused'],
    ['warn', { network: '127.0.0.1', keys: 31 }, 'keys_refused'],
  ]);
});
