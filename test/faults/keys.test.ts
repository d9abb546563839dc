import { describe, expect, test } from 'vitest';
import { chatCompletion, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OK = chatCompletion({ content: 'ok' });
const POOL = { providers: { a: { apiKeys: ['key-one', 'key-two', 'key-three'] } } };
const keyOf = ({ headers }: ScriptedRequest): string => String(headers['authorization']).replace('Bearer key-', '');

/** An upstream with a reply of its own for some keys. */
const byKey =
  (replies: Readonly<Record<string, Reply>>) =>
  (request: ScriptedRequest): Reply =>
    replies[keyOf(request)] ?? OK;

async function send({ gateway }: Rig) {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  await response.text();
  return `${response.status} by ${response.headers.get('x-spillway-provider')}`;
}

const keysUsed = (rig: Rig): string[] => (rig.upstreams[0]?.hits ?? []).map(keyOf);

describe('a pool of keys', () => {
  test('spreads requests over its keys', async () => {
    await using rig = await startRig([OK], POOL);
    for (let n = 0; n < 60; n++) await send(rig);
    for (const key of ['one', 'two', 'three'])
      expect(keysUsed(rig).filter((used) => used === key).length).toBeGreaterThan(5);
  });

  test('selects keys by their remaining quota', async () => {
    const limits = { requestsPerMinute: 10 };
    await using rig = await startRig([OK, OK], {
      clock: fakeClock(),
      providers: { a: { ...POOL.providers.a, limits } },
    });
    const results = [];
    for (let n = 0; n < 32; n++) results.push(await send(rig));
    expect(results.filter((each) => each === '200 by a')).toHaveLength(30);
    expect(results.slice(30)).toEqual(['200 by b', '200 by b']);
    const { data } = await rig.gateway.caller.limits.list();
    expect(data.map(({ id, windows }) => [id, windows[0]?.used])).toEqual([
      ['a/model-a#1', 10],
      ['a/model-a#2', 10],
      ['a/model-a#3', 10],
      ['b/model-b', undefined],
    ]);
  });

  test.each([401, 403])('excludes a key that is rejected with a %i until the configuration changes', async (status) => {
    await using rig = await startRig(
      [byKey({ one: openaiError(status, 'Incorrect API key provided: key-one') }), OK],
      POOL,
    );
    for (let n = 0; n < 30; n++) expect(await send(rig)).toBe('200 by a');
    expect(keysUsed(rig).filter((key) => key === 'one')).toHaveLength(1);
    await rig.gateway.reload({
      providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl ?? '', ...POOL.providers.a } },
      chains: { default: { entries: ['a/model-a'] } },
    });
    for (let n = 0; n < 30; n++) expect(await send(rig)).toBe('200 by a');
    expect(keysUsed(rig).filter((key) => key === 'one')).toHaveLength(2);
  });

  test('tries the next key after a 429, and the next entry after the last key', async () => {
    const slow = openaiError(429, 'slow', { headers: { 'retry-after': '30' } });
    await using rig = await startRig([byKey({ one: slow, two: slow, three: slow }), OK], {
      ...POOL,
      clock: fakeClock(),
    });
    expect(await send(rig)).toBe('200 by b');
    expect(keysUsed(rig).toSorted()).toEqual(['one', 'three', 'two']);
    expect(
      rig.finished()[0]?.trail.map(({ provider, key, outcome }) => [provider, key !== undefined, outcome]),
    ).toEqual([
      ['a', true, 'throttled'],
      ['a', true, 'throttled'],
      ['a', true, 'throttled'],
      ['b', false, 'answered'],
    ]);
    expect(await send(rig)).toBe('200 by b');
    expect(keysUsed(rig)).toHaveLength(3);
  });

  test('keeps a key in service after a server error, and tries the next entry rather than the next key', async () => {
    await using rig = await startRig([openaiError(500, 'oops'), OK], POOL);
    expect(await send(rig)).toBe('200 by b');
    expect(keysUsed(rig)).toHaveLength(1);
    const { data } = await rig.gateway.caller.limits.list();
    expect(data.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'ready']);
  });

  test('keeps the other keys in service when one is out of credits', async () => {
    await using rig = await startRig([byKey({ two: openaiError(402, 'Insufficient Balance') }), OK], POOL);
    for (let n = 0; n < 30; n++) expect(await send(rig)).toBe('200 by a');
    expect(keysUsed(rig).filter((key) => key === 'two')).toHaveLength(1);
  });

  test('shows none of its keys in a trail, a status or an error', async () => {
    await using rig = await startRig([openaiError(401, 'Incorrect API key provided: key-two')], POOL);
    const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO);
    const visible = [
      await response.text(),
      JSON.stringify(rig.events),
      JSON.stringify(await rig.gateway.caller.limits.list()),
      JSON.stringify(await rig.gateway.caller.chains.explain({ model: 'default' })),
    ].join('\n');
    expect(response.status).toBe(503);
    expect(visible).not.toMatch(/key-(?:one|two|three)/);
  });
});
