import { describe, expect, test } from 'vitest';
import { chatCompletion, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

const OK = chatCompletion({ content: 'ok' });
const POOL = { providers: { a: { apiKeys: ['key-one', 'key-two', 'key-three'] } } };
const keyOf = ({ headers }: ScriptedRequest): string => String(headers['authorization']).replace('Bearer key-', '');

/** An upstream that answers some keys otherwise. */
const byKey =
  (replies: Readonly<Record<string, Reply>>) =>
  (request: ScriptedRequest): Reply =>
    replies[keyOf(request)] ?? OK;

async function ask({ gateway }: Rig) {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  await response.text();
  return `${response.status} by ${response.headers.get('x-spillway-provider')}`;
}

const keysAsked = (rig: Rig): string[] => (rig.upstreams[0]?.hits ?? []).map(keyOf);

describe('a pool of keys', () => {
  test('shares the load', async () => {
    await using rig = await startRig([OK], POOL);
    for (let n = 0; n < 60; n++) await ask(rig);
    for (const key of ['one', 'two', 'three'])
      expect(keysAsked(rig).filter((asked) => asked === key).length).toBeGreaterThan(5);
  });

  test('sends by the room that each has left', async () => {
    const limits = { requestsPerMinute: 10 };
    await using rig = await startRig([OK, OK], {
      clock: fakeClock(),
      providers: { a: { ...POOL.providers.a, limits } },
    });
    const told = [];
    for (let n = 0; n < 32; n++) told.push(await ask(rig));
    expect(told.filter((each) => each === '200 by a')).toHaveLength(30);
    expect(told.slice(30)).toEqual(['200 by b', '200 by b']);
    const { data } = await rig.gateway.caller.limits.list();
    expect(data.map(({ id, windows }) => [id, windows[0]?.used])).toEqual([
      ['a/model-a#1', 10],
      ['a/model-a#2', 10],
      ['a/model-a#3', 10],
      ['b/model-b', undefined],
    ]);
  });

  test.each([401, 403])(
    'leaves a key out that is refused with a %i, until the configuration changes',
    async (status) => {
      await using rig = await startRig(
        [byKey({ one: openaiError(status, 'Incorrect API key provided: key-one') }), OK],
        POOL,
      );
      for (let n = 0; n < 30; n++) expect(await ask(rig)).toBe('200 by a');
      expect(keysAsked(rig).filter((key) => key === 'one')).toHaveLength(1);
      await rig.gateway.reload({
        providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl ?? '', ...POOL.providers.a } },
        chains: { default: { entries: ['a/model-a'] } },
      });
      for (let n = 0; n < 30; n++) expect(await ask(rig)).toBe('200 by a');
      expect(keysAsked(rig).filter((key) => key === 'one')).toHaveLength(2);
    },
  );

  test('goes on with the next key after a 429, and with the next entry after the last key', async () => {
    const slow = openaiError(429, 'slow', { headers: { 'retry-after': '30' } });
    await using rig = await startRig([byKey({ one: slow, two: slow, three: slow }), OK], {
      ...POOL,
      clock: fakeClock(),
    });
    expect(await ask(rig)).toBe('200 by b');
    expect(keysAsked(rig).toSorted()).toEqual(['one', 'three', 'two']);
    expect(
      rig.finished()[0]?.trail.map(({ provider, key, outcome }) => [provider, key !== undefined, outcome]),
    ).toEqual([
      ['a', true, 'throttled'],
      ['a', true, 'throttled'],
      ['a', true, 'throttled'],
      ['b', false, 'answered'],
    ]);
    expect(await ask(rig)).toBe('200 by b');
    expect(keysAsked(rig)).toHaveLength(3);
  });

  test('holds nothing against a key when the server fails, and asks the next entry and not the next key', async () => {
    await using rig = await startRig([openaiError(500, 'oops'), OK], POOL);
    expect(await ask(rig)).toBe('200 by b');
    expect(keysAsked(rig)).toHaveLength(1);
    const { data } = await rig.gateway.caller.limits.list();
    expect(data.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'ready']);
  });

  test('a key that has no money costs the others nothing', async () => {
    await using rig = await startRig([byKey({ two: openaiError(402, 'Insufficient Balance') }), OK], POOL);
    for (let n = 0; n < 30; n++) expect(await ask(rig)).toBe('200 by a');
    expect(keysAsked(rig).filter((key) => key === 'two')).toHaveLength(1);
  });

  test('none of its keys is ever told in a trail, a status or an error', async () => {
    await using rig = await startRig([openaiError(401, 'Incorrect API key provided: key-two')], POOL);
    const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO);
    const told = [
      await response.text(),
      JSON.stringify(rig.events),
      JSON.stringify(await rig.gateway.caller.limits.list()),
      JSON.stringify(await rig.gateway.caller.chains.explain({ model: 'default' })),
    ].join('\n');
    expect(response.status).toBe(503);
    expect(told).not.toMatch(/key-(?:one|two|three)/);
  });
});
