import { describe, expect, test } from 'vitest';
import { embeddings, fieldsOf, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, startRig } from '../helpers/gateway.ts';

const HANGS: Reply = { head: false, end: 'hang' };
const FIVE = { input: ['a', 'b', 'c', 'd', 'e'] };
const ANSWERS = (request: ScriptedRequest): Reply => embeddings(request);
const TAKES_TWO = (request: ScriptedRequest): Reply =>
  inputsOf(request).length > 2 ? openaiError(400, 'maximum batch size 2') : embeddings(request);
const ANSWERS_TWICE = (request: ScriptedRequest, n: number): Reply =>
  n < 2 ? embeddings(request) : openaiError(503, 'overloaded');
/** Its vectors get larger with each request. */
const GROWS = (request: ScriptedRequest, n: number): Reply => ({
  body: { data: inputsOf(request).map((_, index) => ({ index, embedding: Array.from({ length: n + 1 }, () => 1) })) },
});
/** Two inputs at once. */
const PAIRS = { maxBatch: 2 };

const inputsOf = (request: ScriptedRequest): readonly unknown[] => fieldsOf(request)['input'] as unknown[];
const send = ({ gateway }: Rig, body: object = FIVE, init: RequestInit = {}): Promise<Response> =>
  post(gateway.fetch, 'http://x/v1/embeddings', body, init);

/** What the first entry's windows have counted. */
async function used({ gateway }: Rig): Promise<Record<string, number>> {
  const { data } = await gateway.caller.limits.list();
  const windows = data.find(({ provider }) => provider === 'a')?.windows ?? [];
  return Object.fromEntries(windows.map((window) => [window.window, window.used]));
}

describe('nothing more is sent', () => {
  test('once the client has disconnected while a part was answered', async () => {
    const controller = new AbortController();
    const answersLast = (request: ScriptedRequest): Reply => {
      controller.abort();
      return embeddings(request);
    };
    await using rig = await startRig([answersLast], { providers: { a: { models: { 'model-a': PAIRS } } } });
    await send(rig, FIVE, { signal: controller.signal }).catch(() => undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    expect(hitsOf(rig)).toEqual([1]);
  });

  test('once the time of the attempt is used up, which its parts share', async () => {
    const clock = fakeClock();
    const gate = Promise.withResolvers<void>();
    const script = async (request: ScriptedRequest, n: number): Promise<Reply> => {
      if (n > 0) return HANGS;
      await gate.promise;
      return embeddings(request);
    };
    await using rig = await startRig([script], {
      clock,
      providers: { a: { models: { 'model-a': PAIRS } } },
      chain: { timeouts: { total: '10s' } },
    });
    const response = send(rig);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(6000);
    gate.resolve();
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
    clock.advance(3999);
    expect(rig.finished()).toEqual([]);
    clock.advance(1);
    expect((await response).status).toBe(503);
    expect(await rig.ended()).toMatchObject({ totalMs: 10_000, trail: [{ durationMs: 10_000 }] });
    expect(hitsOf(rig)).toEqual([2]);
  });
});

describe('the provider’s windows count', () => {
  const limits = { requestsPerMinute: 100, tokensPerMinute: 10_000 };

  test('each part as a request, the refused one too, and the sum of their tokens', async () => {
    await using rig = await startRig([TAKES_TWO], { providers: { a: { limits } } });
    expect(await (await send(rig)).json()).toMatchObject({ data: { length: 5 }, usage: { prompt_tokens: 12 } });
    expect(await used(rig)).toEqual({ requestsPerMinute: 4, tokensPerMinute: 12 });
    expect(await rig.ended()).toMatchObject({ usage: { input: 12, source: 'provider' }, trail: { length: 1 } });
  });

  test('the answered parts of an attempt that fails', async () => {
    await using rig = await startRig([ANSWERS_TWICE], { providers: { a: { limits, models: { 'model-a': PAIRS } } } });
    expect((await send(rig)).status).toBe(503);
    expect(await used(rig)).toEqual({ requestsPerMinute: 3, tokensPerMinute: 8 });
  });
});

describe('a part that is not answered in time', () => {
  test.each([
    ['costs its own prompt beside the answered part', 1, { input: 5, requests: 2 }],
    ['costs its own prompt and not that of the parts that were never sent', 0, { input: 1, requests: 1 }],
  ])('%s', async (_, answered, used) => {
    const clock = fakeClock();
    const script = (request: ScriptedRequest, n: number): Reply => (n < answered ? embeddings(request) : HANGS);
    const price = { input: 2, output: 0, perRequest: 0.01 };
    await using rig = await startRig([script], {
      clock,
      providers: { a: { models: { 'model-a': { ...PAIRS, price } } } },
      chain: { timeouts: { total: '10s' } },
    });
    const response = send(rig, { input: Array.from({ length: 9 }, () => 'a') });
    await rig.upstreams[0]?.until(({ hits }) => hits.length === answered + 1);
    clock.advance(10_000);
    expect((await response).status).toBe(503);
    // Each answered part has 4 tokens by its provider, the other one 1 by estimate.
    const { input, requests } = used;
    expect(await rig.ended()).toMatchObject({
      usage: { input },
      usageSource: 'estimated',
      cost: { nano: input * 2000 + requests * 10_000_000 },
    });
  });
});

describe('a refusal', () => {
  test('of a single input is no reason to split, and ends the attempt', async () => {
    await using rig = await startRig([openaiError(413, 'batch size 1 > maximum allowed batch size 0')]);
    expect((await send(rig, { input: ['a', 'b'] })).status).toBe(413);
    expect((await send(rig, { input: 'a' })).status).toBe(413);
    // Two inputs, one of them, and the single one.
    expect(hitsOf(rig)).toEqual([3]);
  });

  test('without a number teaches nothing until a smaller part was answered', async () => {
    const sizes: number[] = [];
    const script = (request: ScriptedRequest): Reply => {
      sizes.push(inputsOf(request).length);
      return openaiError(400, 'Batch too large.');
    };
    await using rig = await startRig([script]);
    await send(rig);
    await send(rig);
    expect(sizes).toEqual([5, 3, 2, 1, 5, 3, 2, 1]);
  });

  test('that quotes the client’s own words is no reason to split', async () => {
    const message = 'Cannot embed: maximum batch size 2';
    await using rig = await startRig([openaiError(400, message)]);
    expect((await send(rig, { input: ['a', message, 'c'] })).status).toBe(400);
    expect(hitsOf(rig)).toEqual([1]);
  });

  test('of a batch is forgotten after an hour', async () => {
    const clock = fakeClock();
    let most = 2;
    const sizes: number[] = [];
    const script = (request: ScriptedRequest): Reply => {
      sizes.push(inputsOf(request).length);
      return inputsOf(request).length > most ? openaiError(400, `maximum batch size ${most}`) : embeddings(request);
    };
    await using rig = await startRig([script], { clock });
    await send(rig);
    most = 100;
    await send(rig);
    clock.advance(3600_000);
    await send(rig);
    expect(sizes).toEqual([5, 2, 2, 1, 2, 2, 1, 5]);
  });
});

test('parts whose vectors differ in size are no answer', async () => {
  await using rig = await startRig([GROWS, ANSWERS], {
    providers: { a: { models: { 'model-a': PAIRS } } },
    chain: { mixedModels: true },
  });
  expect((await send(rig)).status).toBe(200);
  expect(rig.finished()[0]?.trail).toMatchObject([{ outcome: 'malformed' }, { provider: 'b', outcome: 'answered' }]);
});

test('what was learned of one entry does not split requests to another', async () => {
  const script = (request: ScriptedRequest): Reply =>
    inputsOf(request).length > 2 ? openaiError(400, 'maximum batch size 2') : openaiError(503, 'overloaded');
  await using rig = await startRig([script, ANSWERS], { chain: { mixedModels: true } });
  await send(rig);
  expect(hitsOf(rig)).toEqual([2, 1]);
  expect(rig.upstreams[1]?.hits.map(inputsOf)).toEqual([FIVE.input]);
});

test('a batch is not too long for a context window that each of its inputs fits', async () => {
  const models = { 'model-a': { contextTokens: 100 } };
  await using rig = await startRig([ANSWERS], { providers: { a: { models } } });
  const text = 'word '.repeat(50);
  expect((await send(rig, { input: Array.from({ length: 20 }, () => text) })).status).toBe(200);
  expect((await send(rig, { input: ['a', text.repeat(20)] })).status).toBe(400);
});
