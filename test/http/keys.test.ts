import { describe, expect, test } from 'vitest';
import { KEY_HEADERS } from '../../src/auth/keys.ts';
import type { KeySource, Principal } from '../../src/domain/principal.ts';
import { keyDigest } from '../../src/config/key-digest.ts';
import { responder } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { type RigOptions, startRig } from '../helpers/gateway.ts';
import { type Headers, WAYS } from '../helpers/ways.ts';

const [ONE, TWO, UNKNOWN] = ['spillway-key-one', 'spillway-key-two', 'sk-of-another-service'];
const KEYED: RigOptions = {
  config: {
    auth: {
      keys: [
        { name: 'one', key: ONE },
        { name: 'two', key: TWO },
      ],
    },
  },
};
const sent = (name: string, key: string): string => (name === 'authorization' ? `Bearer ${key}` : key);

describe.each(Object.entries(WAYS))('over %s', (_, send) => {
  test.each(KEY_HEADERS)('a key in %s is accepted, and an unknown one refused', async (name) => {
    await using rig = await startRig([responder({ content: 'x' })], KEYED);
    const statuses = [];
    for (const key of [ONE, UNKNOWN]) {
      const response = await send(rig, { [name]: sent(name, key) });
      await response.text();
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 401]);
    expect((await rig.ended()).principal).toBe('one');
  });

  test('two different known keys are a bad request, one beside an unknown value is accepted', async () => {
    await using rig = await startRig([responder({ content: 'x' })], KEYED);
    const both = await send(rig, { authorization: `Bearer ${ONE}`, 'x-api-key': TWO });
    const text = await both.text();
    expect([both.status, text.includes('"code":"invalid_request"'), text.includes(ONE)]).toEqual([400, true, false]);
    const beside = await send(rig, { authorization: `Bearer ${UNKNOWN}`, 'api-key': TWO });
    await beside.text();
    expect([beside.status, (await rig.ended(1)).principal]).toEqual([200, 'two']);
  });
});

test.each(KEY_HEADERS)('a repeated %s is a bad request, and nothing behind it runs', async (name) => {
  await using rig = await startRig([responder({ content: 'x' })], KEYED);
  const line = `${name}: ${sent(name, ONE)}\r\n`;
  const head = `GET /v1/models HTTP/1.1\r\nhost: localhost\r\n`;
  const text = await exchange(rig.url, `${head}${line}${line}\r\n${head}${line}\r\n`);
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  expect(text).toContain(`Send one ${name} header.`);
});

test('a key is neither forwarded to the upstream nor in any event, whichever header holds it', async () => {
  await using rig = await startRig([responder({ content: 'x' })], KEYED);
  const headers = Object.fromEntries(KEY_HEADERS.map((name) => [name, sent(name, ONE)]));
  const unknown = Object.fromEntries(KEY_HEADERS.map((name) => [name, sent(name, UNKNOWN)]));
  for (const send of Object.values(WAYS)) {
    expect((await (await send(rig, { ...headers, 'api-key': UNKNOWN })).text()).includes(ONE)).toBe(false);
    expect((await (await send(rig, unknown)).text()).includes(UNKNOWN)).toBe(false);
  }
  const hits = rig.upstreams.flatMap((upstream) => upstream.hits);
  expect(hits.length).toBeGreaterThan(0);
  for (const { headers: forwarded, body } of hits) {
    expect(forwarded['authorization']).toBe('Bearer sk-upstream-secret-0123456789');
    for (const name of KEY_HEADERS.slice(1)) expect([name, forwarded[name]]).toEqual([name, undefined]);
    for (const key of [ONE, UNKNOWN]) expect(JSON.stringify(forwarded) + body.toString()).not.toContain(key);
  }
  for (const key of [ONE, TWO, UNKNOWN]) expect(JSON.stringify(rig.events)).not.toContain(key);
});

describe('with keys in a source and none in the configuration', () => {
  const stored: Principal = {
    id: 'stored',
    name: 'stored',
    role: 'caller',
    tenant: '',
    chains: undefined,
    models: undefined,
    operations: undefined,
  };
  const found = (digest: string): Principal | undefined => (digest === keyDigest(ONE) ? stored : undefined);
  const source: KeySource = { hasKeys: true, find: found };

  test.each(Object.entries(WAYS))('a request over %s without a known key is refused', async (_, send) => {
    await using rig = await startRig([responder({ content: 'x' })], { keySources: [source] });
    const statuses = [];
    for (const headers of [{}, { 'x-api-key': TWO }, { 'x-api-key': ONE }]) {
      const response = await send(rig, headers);
      await response.text();
      statuses.push(response.status);
    }
    expect([rig.gateway.keyless, statuses]).toEqual([false, [401, 401, 200]]);
    // The rules for web pages are those of a gateway with keys.
    const foreign = await send(rig, { 'x-api-key': ONE, origin: 'https://elsewhere.example' });
    await foreign.text();
    expect(foreign.status).toBe(200);
  });

  test('every configuration decides again whether the gateway is keyless', async () => {
    const keys = { hasKeys: false, find: found };
    await using rig = await startRig([responder({ content: 'x' })], { keySources: [keys] });
    const admin = async (headers: Headers = {}): Promise<number> =>
      (await fetch(`${rig.url}/v1/chains/status`, { headers })).status;
    expect([rig.gateway.keyless, await admin()]).toEqual([true, 200]);
    keys.hasKeys = true;
    await rig.gateway.reload({
      providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl ?? '' } },
      chains: { default: { entries: ['a/m'] } },
    });
    expect([rig.gateway.keyless, await admin(), await admin({ 'api-key': ONE })]).toEqual([false, 401, 403]);
  });
});
