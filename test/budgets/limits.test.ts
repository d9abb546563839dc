import { type APIError, OpenAI, RateLimitError } from 'openai';
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../src/domain/principal.ts';
import { chatCompletion, type Script } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';

const URL = 'http://x/v1/chat/completions';
const ANSWER = chatCompletion({ content: 'Hi' });

const send = (rig: Rig, principal: Principal, body: object = HELLO): Promise<Response> =>
  post(rig.gateway.fetchAs(principal), URL, body);
const errorOf = async (response: Response): Promise<Record<string, unknown>> =>
  ((await response.json()) as { error: Record<string, unknown> }).error;

/** An upstream that holds its answers until `open` is called. */
function heldAnswers(): { readonly script: Script; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    script: async () => {
      await promise;
      return ANSWER;
    },
    open: resolve,
  };
}

describe('requests', () => {
  test('as many as the limit allows pass in a minute, and then they pass again', async () => {
    const clock = fakeClock();
    await using rig = await startRig([ANSWER], { clock });
    const key = principalOf('ci', { limits: { requestsPerMinute: 2 } });
    for (const remaining of ['1', '0']) {
      const { headers, status } = await send(rig, key);
      expect(status).toBe(200);
      expect(headers.get('x-ratelimit-limit-requests')).toBe('2');
      expect(headers.get('x-ratelimit-remaining-requests')).toBe(remaining);
      clock.advance(10_000);
    }
    const refused = await send(rig, key);
    expect(refused.status).toBe(429);
    // The first of them was sent 20 seconds ago, and a window is counted in steps of a second.
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(40);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(41);
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(refused.headers.get('x-ratelimit-reset-requests')).toMatch(/^5[01]s$/);
    expect(await errorOf(refused)).toMatchObject({
      code: 'rate_limit_exceeded',
      type: 'requests',
      message: expect.stringMatching(
        /^The limit of key 'ci' is 2 requests per minute; try again in 4[01] s\.$/,
      ) as string,
    });
    clock.advance(41_000);
    expect((await send(rig, key)).status).toBe(200);
    expect(hitsOf(rig)).toEqual([3]);
  });

  test('concurrent ones never pass beyond it', async () => {
    const held = heldAnswers();
    await using rig = await startRig([held.script]);
    const key = principalOf('ci', { limits: { requestsPerMinute: 3 } });
    const sent = Array.from({ length: 10 }, () => send(rig, key));
    held.open();
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
    expect(hitsOf(rig)).toEqual([3]);
  });

  test('a wait of more than a minute is said, and is not retried', async () => {
    await using rig = await startRig([ANSWER]);
    const key = principalOf('ci', { limits: { requestsPerDay: 1 } });
    await send(rig, key);
    const refused = await send(rig, key);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(refused.headers.get('x-ratelimit-reset-requests')).toMatch(/^2[34]h\d+m\d+s$/);
  });
});

describe('requests at a time', () => {
  test('one above the limit is refused until one of them ends, in whatever way', async () => {
    const held = heldAnswers();
    await using rig = await startRig([held.script]);
    const key = principalOf('ci', { limits: { concurrency: 1 } });
    const cut = new AbortController();
    const first = post(rig.gateway.fetchAs(key), URL, HELLO, { signal: cut.signal });
    first.catch(() => undefined);
    const refused = await send(rig, key);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await errorOf(refused)).toMatchObject({ code: 'concurrency_exceeded', type: 'requests' });
    cut.abort();
    await rig.ended(1);
    held.open();
    expect((await send(rig, key)).status).toBe(200);
  });
});

describe('tokens', () => {
  test('what is reserved is replaced by what was used', async () => {
    await using rig = await startRig([ANSWER]);
    const key = principalOf('ci', { limits: { tokensPerMinute: 1000 } });
    const first = await send(rig, key);
    const { usage } = (await first.json()) as { usage: { total_tokens: number } };
    const second = await send(rig, key);
    const remaining = Number(second.headers.get('x-ratelimit-remaining-tokens'));
    expect(remaining).toBeLessThan(1000 - usage.total_tokens);
    expect(remaining).toBeGreaterThan(1000 - 4 * usage.total_tokens);
  });

  test('a request that is larger than the whole limit is refused for good', async () => {
    await using rig = await startRig([ANSWER]);
    const key = principalOf('ci', { limits: { tokensPerMinute: 10 } });
    const refused = await send(rig, key, { ...HELLO, messages: [{ role: 'user', content: 'word '.repeat(200) }] });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(await errorOf(refused)).toMatchObject({ code: 'rate_limit_exceeded', type: 'tokens' });
    expect(hitsOf(rig)).toEqual([0]);
  });
});

test('keys have limits of their own, and one without any gets no headers', async () => {
  await using rig = await startRig([ANSWER]);
  const limits = { requestsPerMinute: 1 };
  for (const name of ['one', 'two']) expect((await send(rig, principalOf(name, { limits }))).status).toBe(200);
  const { headers } = await send(rig, principalOf('three'));
  expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
});

test('a request that is refused before its chain does not count', async () => {
  await using rig = await startRig([ANSWER], { config: { defaults: {} } });
  const key = principalOf('ci', { limits: { requestsPerMinute: 1 } });
  expect((await send(rig, key, { ...HELLO, model: 'unknown' })).status).toBe(404);
  expect((await send(rig, key, { ...HELLO, model: 'default' })).status).toBe(200);
});

test('the openai package waits as long as it is told to, and then gives up', async () => {
  await using rig = await startRig([ANSWER]);
  const key = principalOf('ci', { limits: { requestsPerDay: 1 } });
  const client = new OpenAI({ baseURL: 'http://x/v1', apiKey: 'x', fetch: rig.gateway.fetchAs(key) });
  const ask = (): Promise<unknown> =>
    client.chat.completions.create({ model: 'default', messages: [{ role: 'user', content: 'Hi' }] });
  await ask();
  const error = await ask().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error).toMatchObject({
    status: 429,
    code: 'rate_limit_exceeded',
    type: 'requests',
  } satisfies Partial<APIError>);
  expect(rig.codes()).toEqual(['ok', 'rate_limit_exceeded']);
});

test('the typed client of a stream does not run it again', async () => {
  await using rig = await startRig([ANSWER]);
  const key = principalOf('ci', { limits: { requestsPerDay: 1 } });
  await send(rig, key);
  const response = await post(rig.gateway.fetchAs(key), 'http://x/trpc/chat.completions.stream', HELLO);
  const text = await response.text();
  expect(text).toContain('"code":"rate_limit_exceeded"');
  expect(text).toContain('"status":429');
});
