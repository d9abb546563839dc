import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import { chatCompletion, chatStream, openaiError, type Reply, responder } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { requestStream } from './wire.ts';

const OK = chatCompletion({ content: 'ok' });
type Limits = NonNullable<ConfigInput['providers'][string]['limits']>;

const slow = (seconds: number): Reply =>
  openaiError(429, 'slow', { headers: { 'retry-after': String(seconds) }, code: 'rate_limit_exceeded' });

/** Limits of the first upstream. */
const limited = (limits: Limits): Pick<RigOptions, 'providers'> => ({ providers: { a: { limits } } });

async function send({ gateway }: Rig, fields: object = {}) {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, ...fields });
  const text = await response.text();
  const { error } = JSON.parse(text.startsWith('{') ? text : '{}') as { error?: { code: string; message: string } };
  return { status: response.status, provider: response.headers.get('x-spillway-provider'), error, response };
}

const sendMany = (rig: Rig, many: number) => Promise.all(Array.from({ length: many }, () => send(rig)));

describe('a known limit is never exceeded', () => {
  test('CL-05 of a hundred concurrent requests against ten a minute exactly ten are sent, and the others fail over', async () => {
    const clock = fakeClock();
    await using rig = await startRig([OK, OK], { clock, ...limited({ requestsPerMinute: 10 }) });
    const answers = await sendMany(rig, 100);
    expect(hitsOf(rig)).toEqual([10, 90]);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    clock.advance(59_000);
    expect((await send(rig)).provider).toBe('b');
    clock.advance(2100);
    expect((await send(rig)).provider).toBe('a');
  });

  test('without another entry a request is refused with the time to retry, and clients may retry it', async () => {
    const clock = fakeClock();
    await using rig = await startRig([OK], { clock, ...limited({ requestsPerMinute: 2 }) });
    await sendMany(rig, 2);
    clock.advance(1000);
    const refused = await send(rig);
    expect([refused.status, hitsOf(rig)]).toEqual([503, [2]]);
    expect(refused.error).toMatchObject({ code: 'all_providers_exhausted' });
    expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThanOrEqual(59);
    expect(refused.response.headers.get('x-should-retry')).toBeNull();
  });

  test('an exhausted day is refused with x-should-retry: false', async () => {
    await using rig = await startRig([OK], { clock: fakeClock(), ...limited({ requestsPerDay: 1 }) });
    const answers = await sendMany(rig, 2);
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.response.headers.get('x-should-retry')).toBe('false');
  });

  test('a spent day is tried again when the provider said, and not a whole day later', async () => {
    const clock = fakeClock();
    const text = 'Rate limit reached on requests per day (RPD): Limit 1000, Used 1000. Please try again in 3h.';
    const spent = openaiError(429, text, { code: 'rate_limit_exceeded' });
    await using rig = await startRig([(_, n) => (n === 0 ? spent : OK), OK], { clock });
    expect((await send(rig)).provider).toBe('b');
    clock.advance(3 * 3_600_000 - 1000);
    expect((await send(rig)).provider).toBe('b');
    clock.advance(2000);
    expect((await send(rig)).provider).toBe('a');
  });

  test.each([
    ['that ends', chatStream({ content: 'a b c', delay: 1 }), undefined],
    ['that its client cancels', { headers: STREAM, chunks: [ROLE, HI], end: 'hang' } as const, 'cancel'],
    ['that breaks off', { ...chatStream({ content: 'a b', done: false }), end: 'rst' } as const, undefined],
  ])('four requests run at the same time, and a stream %s releases its slot', async (_, stream, how) => {
    await using rig = await startRig([stream, OK], limited({ concurrency: 4 }));
    for (let round = 0; round < 3; round++) {
      const responses = await Promise.all(Array.from({ length: 4 }, () => requestStream(rig)));
      if (how === 'cancel') {
        expect((await send(rig)).provider).toBe('b');
        await Promise.all(responses.map(async (response) => response.body?.cancel()));
      } else await Promise.all(responses.map((response) => response.text().catch(() => '')));
      await rig.upstreams[0]?.until(({ hits }) =>
        hits.every(({ closedAt, endedAt }) => (closedAt ?? endedAt) !== undefined),
      );
      const { data } = await rig.gateway.caller.limits.list();
      expect(data[0]?.running).toBe(0);
    }
    expect(rig.upstreams[0]?.hits.length).toBe(12);
  });

  test('tokens are reserved by estimate and settled by the usage that the provider reports', async () => {
    const words = 'word '.repeat(660);
    const usage = { prompt_tokens: 400, completion_tokens: 100, total_tokens: 500 };
    const counted: Reply = { body: { ...(OK.body as object), usage } };
    await using rig = await startRig([counted, OK], { clock: fakeClock(), ...limited({ tokensPerMinute: 2000 }) });
    const messages = [{ role: 'user', content: words }];
    const providers = [];
    for (let n = 0; n < 5; n++) providers.push((await send(rig, { messages })).provider);
    // The first request reserves a thousand. Each costs five hundred, and the later estimates follow the usage of the first.
    expect(providers).toEqual(['a', 'a', 'a', 'a', 'b']);
    expect((await rig.gateway.caller.limits.list()).data[0]?.windows).toMatchObject([{ limit: 2000, used: 2000 }]);
  });

  test('a request that is larger than the whole limit skips the entry, and does not queue', async () => {
    await using rig = await startRig([OK, OK], limited({ tokensPerMinute: 100 }));
    const messages = [{ role: 'user', content: 'word '.repeat(500) }];
    expect((await send(rig, { messages })).provider).toBe('b');
    expect(hitsOf(rig)).toEqual([0, 1]);
    const plan = await rig.gateway.caller.chains.explain({ model: 'default', messages });
    expect(plan.data.map(({ action }) => action)).toEqual(['skip', 'try']);
    await using alone = await startRig([OK], { ...limited({ tokensPerMinute: 100 }) });
    expect((await send(alone, { messages })).error).toMatchObject({ code: 'no_suitable_entry' });
  });
});

describe('limits that replies report are applied', () => {
  test('an entry whose headers report no remaining requests is skipped until their reset', async () => {
    const clock = fakeClock(Date.parse('2026-11-25T08:00:00Z'));
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '20s',
    };
    await using rig = await startRig([[{ ...OK, headers }, OK], OK], { clock });
    expect((await send(rig)).provider).toBe('a');
    expect((await send(rig)).provider).toBe('b');
    clock.advance(20_001);
    expect((await send(rig)).provider).toBe('a');
  });

  test('a limit that the provider reports overrides the configured one', async () => {
    const headers = { 'x-ratelimit-limit-requests': '3', 'x-ratelimit-remaining-requests': '2' };
    await using rig = await startRig([[{ ...OK, headers }, OK], OK], {
      clock: fakeClock(),
      ...limited({ requestsPerMinute: 1 }),
    });
    const providers = [];
    for (let n = 0; n < 4; n++) providers.push((await send(rig)).provider);
    expect(providers).toEqual(['a', 'a', 'a', 'b']);
    expect((await rig.gateway.caller.limits.list()).data[0]).toMatchObject({
      state: 'limited',
      reason: 'requestsPerMinute',
      windows: [{ limit: 3, used: 3, source: 'observed' }],
    });
  });

  test('a refusal for size sets the limit, and the next request of that size is not sent', async () => {
    const message =
      'Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 12328, please reduce your message size.';
    const tooLarge: Reply = { status: 413, body: { error: { message, type: 'tokens', code: 'rate_limit_exceeded' } } };
    await using rig = await startRig([[tooLarge, OK], OK], { clock: fakeClock() });
    const messages = [{ role: 'user', content: 'word '.repeat(8000) }];
    expect((await send(rig, { messages })).provider).toBe('b');
    expect((await send(rig, { messages })).provider).toBe('b');
    expect(hitsOf(rig)).toEqual([1, 2]);
    expect((await send(rig)).provider).toBe('a');
  });

  test('a rate limit cools the model down for its retry-after, even when a shorter one is received later', async () => {
    const clock = fakeClock(Date.parse('2026-11-25T08:00:00Z'));
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await using rig = await startRig(
      [async (_, n) => (n === 0 ? (await held, slow(5)) : slow(50)), responder({ content: 'b' })],
      { clock },
    );
    const early = send(rig);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    await send(rig);
    release();
    await early;
    clock.advance(49_000);
    expect((await send(rig)).provider).toBe('b');
    expect(hitsOf(rig)[0]).toBe(2);
    clock.advance(1001);
    await send(rig);
    expect(hitsOf(rig)[0]).toBe(3);
  });
});

/** The number of requests that may run at the first upstream at once, and where it is known from. */
async function shown({ gateway }: Rig) {
  const [row] = (await gateway.caller.limits.list()).data;
  return { limit: row?.concurrency, source: row?.concurrency_source };
}

describe('a concurrency that adapts', () => {
  const auto = limited({ concurrency: 'auto' });

  /** A rig whose replies wait until they are let go, all at once. */
  async function startHeld(reply: Reply, options: RigOptions = auto) {
    let gate = Promise.withResolvers<void>();
    const script = { reply };
    const rig = await startRig(
      [
        async () => {
          await gate.promise;
          return script.reply;
        },
      ],
      options,
    );
    /** Sends so many at once; resolves with the number that was sent on. */
    const burst = async (many: number): Promise<number> => {
      gate = Promise.withResolvers<void>();
      const before = hitsOf(rig)[0] ?? 0;
      const answers = Array.from({ length: many }, () => send(rig));
      const { limit } = await shown(rig);
      await rig.upstreams[0]?.until(({ hits }) => hits.length === before + Math.min(many, limit ?? many));
      gate.resolve();
      await Promise.all(answers);
      return (hitsOf(rig)[0] ?? 0) - before;
    };
    return Object.assign(rig, { script, burst });
  }

  test('begins with four, and grows by one with each 20 answers while it is used', async () => {
    await using rig = await startHeld(OK);
    expect(await shown(rig)).toEqual({ limit: 4, source: 'adapted' });
    expect(await rig.burst(6)).toBe(4);
    // The last two of each four run with less than half of the limit.
    for (let n = 0; n < 40; n++) await rig.burst(1);
    expect((await shown(rig)).limit).toBe(4);
    while ((await shown(rig)).limit === 4 && (hitsOf(rig)[0] ?? 0) < 200) await rig.burst(4);
    expect((await shown(rig)).limit).toBe(5);
    expect(await rig.burst(9)).toBe(5);
  });

  test('is halved once by refusals that come together, and never below one', async () => {
    const clock = fakeClock();
    await using rig = await startHeld(slow(1), { clock, ...auto });
    for (const limit of [2, 1, 1]) {
      await rig.burst(6);
      expect((await shown(rig)).limit).toBe(limit);
      clock.advance(2000);
    }
    // One at a time uses all of it.
    rig.script.reply = OK;
    for (let n = 0; n < 20; n++) await rig.burst(1);
    expect((await shown(rig)).limit).toBe(2);
  });

  test('is not halved by a server that loads its model', async () => {
    await using rig = await startHeld(openaiError(503, 'Loading model'));
    expect(await rig.burst(3)).toBe(3);
    expect((await shown(rig)).limit).toBe(4);
  });

  test('is halved by a first token that takes more than twice the median, and not by one that takes less', async () => {
    const clock = fakeClock();
    const stream = chatStream({ content: 'ok' });
    await using rig = await startHeld(stream, { clock, ...auto });
    const answered = async (ms: number): Promise<void> => {
      const before = hitsOf(rig)[0] ?? 0;
      const gate = Promise.withResolvers<Reply>();
      rig.upstreams[0]!.script = () => gate.promise;
      const answer = send(rig, { stream: true });
      await rig.upstreams[0]?.until(({ hits }) => hits.length > before);
      clock.advance(ms);
      gate.resolve(stream);
      await answer;
    };
    await answered(5000);
    expect((await shown(rig)).limit).toBe(4);
    for (let n = 0; n < 40; n++) await answered(100);
    await answered(160);
    expect((await shown(rig)).limit).toBe(4);
    await answered(300);
    expect((await shown(rig)).limit).toBe(2);
  });

  test('is a limit of a provider or a model, and not of a key', async () => {
    const keys = [{ name: 'one', key: 'key-one-0123456789abcdef', limits: { concurrency: 'auto' as never } }];
    await expect(startRig([OK], { config: { auth: { keys } } })).rejects.toThrow(/concurrency/);
    await using rig = await startRig([OK], {
      providers: { a: { limits: { concurrency: 9 }, models: { 'model-a': { limits: { concurrency: 'auto' } } } } },
    });
    expect(await shown(rig)).toEqual({ limit: 4, source: 'adapted' });
    await using other = await startRig([OK], {
      providers: { a: { limits: { concurrency: 'auto' }, models: { 'model-a': { limits: { concurrency: 9 } } } } },
    });
    expect(await shown(other)).toEqual({ limit: 9, source: 'configured' });
  });
});
