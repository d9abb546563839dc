import { describe, expect, test } from 'vitest';
import { chatCompletion, fieldsOf, openaiError, type Reply, type Script } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OK = chatCompletion({ content: 'ok' });
const REFUSES = openaiError(400, 'No.');

async function send({ url }: Rig, own: object = {}, headers: Record<string, string> = {}): Promise<number> {
  const response = await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, ...own }, { headers });
  await response.text();
  return response.status;
}

/** Refuses a request that says so. */
const byUser: Script = (request) => (fieldsOf(request)['user'] === 'good' ? OK : REFUSES);

describe('a client that sends a wrong request again and again', () => {
  test('costs one attempt for each request after five, for a minute or until a request of its is answered', async () => {
    const clock = fakeClock();
    await using rig = await startRig([byUser, byUser, byUser], { clock });
    for (let n = 0; n < 8; n++) expect(await send(rig)).toBe(400);
    expect(hitsOf(rig)).toEqual([8, 5, 5]);
    clock.advance(60_000);
    expect(await send(rig)).toBe(400);
    expect(hitsOf(rig)).toEqual([9, 6, 6]);
    for (let n = 0; n < 5; n++) await send(rig);
    expect(await send(rig, { user: 'good' })).toBe(200);
    await send(rig);
    expect(hitsOf(rig)).toEqual([16, 11, 11]);
  });

  test('does not affect another client', async () => {
    const keys = ['one', 'two'].map((name) => ({ name, key: `key-of-${name}-0123456789` }));
    await using rig = await startRig([byUser], {});
    const [a] = rig.upstreams.map(({ baseUrl }) => baseUrl);
    await using keyed = await startRig([], {
      config: {
        auth: { keys },
        providers: { a: { baseUrl: a, apiKey: 'k' }, c: { baseUrl: a, apiKey: 'k2' } },
        chains: { default: { entries: ['a/m', 'c/m'] } },
      },
    });
    const as = (n: number) => ({ authorization: `Bearer ${keys[n]?.key}` });
    for (let n = 0; n < 6; n++) expect(await send(keyed, {}, as(0))).toBe(400);
    expect(hitsOf(rig)[0]).toBe(11);
    expect(await send(keyed, {}, as(1))).toBe(400);
    expect(hitsOf(rig)[0]).toBe(13);
  });
});

/** Replies to a request that only the first entry takes, and to any other. */
const onlyA =
  (own: Reply, other: Reply): Script =>
  (request) =>
    fieldsOf(request)['user'] === 'only-a' ? own : other;

describe('an entry that refuses what another answers', () => {
  test('is tried last after twenty requests in a row, probed once a minute, shown and logged', async () => {
    const clock = fakeClock();
    await using rig = await startRig([[...Array.from({ length: 21 }, () => REFUSES), OK], OK], { clock });
    for (let n = 0; n < 25; n++) expect(await send(rig)).toBe(200);
    expect(hitsOf(rig)).toEqual([20, 25]);
    const status = async () => (await rig.gateway.caller.chains.status()).data[0]?.entries[0];
    expect(await status()).toMatchObject({
      state: 'refusing',
      reason: 'refused 20 requests in a row that others answered',
    });
    const plan = await rig.gateway.caller.chains.explain(HELLO);
    expect(plan.data.map(({ provider }) => provider)).toEqual(['b', 'a']);
    const warnings = rig.events.filter(({ kind }) => kind === 'entry_refusing');
    expect(warnings).toEqual([{ kind: 'entry_refusing', provider: 'a', model: 'model-a', requests: 20, status: 400 }]);

    clock.advance(60_000);
    for (let n = 0; n < 3; n++) await send(rig);
    expect(hitsOf(rig)).toEqual([21, 28]);
    clock.advance(60_000);
    for (let n = 0; n < 3; n++) await send(rig);
    expect(hitsOf(rig)).toEqual([24, 28]);
    expect(await status()).toMatchObject({ state: 'ready', reason: null });
  });

  test('still answers what no other entry can', async () => {
    const clock = fakeClock();
    await using rig = await startRig([onlyA(OK, REFUSES), onlyA(openaiError(500, 'no'), OK)], { clock });
    for (let n = 0; n < 21; n++) await send(rig);
    expect(await send(rig, { user: 'only-a' })).toBe(200);
    expect(hitsOf(rig)).toEqual([21, 22]);
  });
});

const TWO_MODELS = (rig: Rig) => ({
  config: {
    providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl ?? '', apiKey: 'k', models: { '*': {} } } },
    chains: { default: { entries: ['a/paid'] } },
  },
});

/** Refuses one model. */
const bySubscription: Script = (request) =>
  fieldsOf(request)['model'] === 'paid'
    ? { status: 403, body: { error: 'this model requires a subscription, upgrade for access' } }
    : OK;

describe('a 403', () => {
  test('about one model leaves the other models of the account in service (diegosouzapw/OmniRoute#3027)', async () => {
    await using rig = await startRig([bySubscription]);
    await using one = await startRig([], TWO_MODELS(rig));
    expect(await send(one, { model: 'a/paid' })).toBe(503);
    expect(await send(one, { model: 'a/other' })).toBe(200);
    expect(await send(one, { model: 'a/paid' })).toBe(503);
    expect(hitsOf(rig)).toEqual([2]);
  });

  test('about one prompt affects this request only, however often it is sent', async () => {
    const blocked = openaiError(403, 'Request blocked: prompt injection detected');
    await using rig = await startRig([(request) => (fieldsOf(request)['user'] === 'bad' ? blocked : OK)]);
    for (let n = 0; n < 9; n++) expect(await send(rig, { user: 'bad' })).toBe(403);
    expect(await send(rig, { user: 'good' })).toBe(200);
  });

  test.each([
    'Request contains an invalid session token in the prompt.',
    'The document contains invalid account information.',
  ])('about what a prompt holds affects this request only: %s', async (message) => {
    await using rig = await startRig([openaiError(403, message), OK]);
    for (let n = 0; n < 3; n++) expect(await send(rig)).toBe(200);
    expect(hitsOf(rig)).toEqual([3, 3]);
  });

  test('for five different requests, without an answer between, takes the account out of service', async () => {
    const clock = fakeClock();
    await using rig = await startRig([openaiError(403, 'Forbidden.'), OK], { clock });
    for (let n = 0; n < 8; n++) expect(await send(rig, { seed: n })).toBe(200);
    expect(hitsOf(rig)).toEqual([5, 8]);
    expect((await rig.gateway.caller.chains.status()).data[0]?.entries[0]).toMatchObject({
      state: 'cooling_down',
      reason: 'unauthorised',
    });
    clock.advance(900_000);
    await send(rig, { seed: 99 });
    expect(hitsOf(rig)).toEqual([6, 9]);
  });

  test.each([
    'Your API key was reported as leaked. Please use another API key.',
    "Permission denied: Consumer 'api_key:x' has been suspended.",
    'Your organization has been disabled.',
    'Your account was disabled for violating our usage policies.',
    'Not authenticated.',
    'The access token has expired.',
    'The project x has been archived and can no longer be used.',
    'API key is required.',
    'Request had insufficient authentication scopes.',
    'The request signature we calculated does not match the signature you provided.',
  ])('about the key or the account takes the account out of service: %s', async (message) => {
    await using rig = await startRig([openaiError(403, message), OK]);
    for (let n = 0; n < 3; n++) expect(await send(rig)).toBe(200);
    expect(hitsOf(rig)).toEqual([1, 3]);
  });
});

test('a problem of requests that a server reports as its own failure does not open its circuit breaker', async () => {
  const tooLong = {
    status: 500,
    body: { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
  };
  await using rig = await startRig([(request) => (fieldsOf(request)['user'] === 'long' ? tooLong : OK)]);
  for (let n = 0; n < 8; n++) expect(await send(rig, { user: 'long' })).toBe(400);
  expect(await send(rig)).toBe(200);
  expect(hitsOf(rig)).toEqual([9]);
});
