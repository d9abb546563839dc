import { APIError, OpenAI } from 'openai';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/domain/budget.ts';
import type { ChainPlan } from '../../src/domain/limit-list.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { type Chunk, chatCompletion, chatStream, chunk, openaiError, type Script } from '../../src/testing/index.ts';
import { budgetOf } from '../helpers/budget.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';

const URL = 'http://x/v1/chat/completions';
const NOVEMBER = Date.parse('2026-11-30T12:00:00Z');
/** US dollars per million tokens: 10,000 nano-dollars a token of output. Of prompts only an estimate is known before they are sent. */
const PRICE = { input: 0, output: 10 };
/** What the scripted answer costs, which has 12 tokens. */
const COST = 12 * 10_000;
/** A request whose output is bounded by what the scripted answer has. */
const BOUNDED = { ...HELLO, max_tokens: 12 };
const ANSWER = chatCompletion({ content: 'Hi' });

function budget(amountNano: number, parts: Partial<Budget> = {}): Budget {
  return budgetOf({ amountNano, period: 'month', ...parts });
}

const keyWith = (...budgets: readonly Budget[]): Principal => principalOf('ci', { budgets });

/** A rig whose entries have these prices, in their order; undefined for one without a known price. */
function rigOf(
  scripts: readonly Script[],
  prices: readonly (typeof PRICE | undefined)[] = scripts.map(() => PRICE),
  options: RigOptions = {},
): Promise<Rig> {
  const providers = Object.fromEntries(
    prices.map((price, at) => {
      const name = String.fromCodePoint(97 + at);
      return [name, { models: { [`model-${name}`]: price === undefined ? {} : { price } } }];
    }),
  );
  return startRig(scripts, { ...options, providers });
}

const send = (rig: Rig, principal: Principal, body: object = BOUNDED, init: RequestInit = {}): Promise<Response> =>
  post(rig.gateway.fetchAs(principal), URL, body, init);
const errorOf = async (response: Response): Promise<Record<string, unknown>> =>
  ((await response.json()) as { error: Record<string, unknown> }).error;

/** What is left of a key's budget, reservations included, in nano-dollars: by the header of a request that costs nothing. */
async function leftOf(rig: Rig, principal: Principal): Promise<number> {
  const { headers } = await send(rig, principal, { ...BOUNDED, model: 'b/model-b' });
  return Math.round(Number(headers.get('x-spillway-budget-remaining')) * 1e9);
}
const FREE = { input: 0, output: 0 };

describe('a budget that is spent', () => {
  test('is a 402 that the openai package does not repeat, and says whose, for which period, and when it starts anew', async () => {
    const clock = fakeClock(NOVEMBER);
    await using rig = await rigOf([ANSWER], [PRICE], { clock });
    const key = keyWith(budget(COST));
    const client = new OpenAI({ baseURL: 'http://x/v1', apiKey: 'x', fetch: rig.gateway.fetchAs(key) });
    const ask = (): Promise<unknown> =>
      client.chat.completions.create({
        model: 'default',
        max_tokens: 12,
        messages: [{ role: 'user', content: 'Hi' }],
      });
    await ask();
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({
      status: 402,
      code: 'budget_exceeded',
      type: 'insufficient_quota',
      error: {
        message:
          "The budget of key 'ci' for this month is spent: $0.00012 of $0.00012; it starts anew at 2026-12-01T00:00:00Z.",
        retry_at: '2026-12-01T00:00:00.000Z',
      },
    });
    expect((error as APIError).headers?.get('x-should-retry')).toBe('false');
    expect(rig.codes()).toEqual(['budget_exceeded', 'ok']);
    expect(hitsOf(rig)).toEqual([1]);
  });

  test('serves again in the next period', async () => {
    const clock = fakeClock(NOVEMBER);
    await using rig = await rigOf([ANSWER], [PRICE], { clock });
    const key = keyWith(budget(COST, { period: 'day' }));
    expect((await send(rig, key)).status).toBe(200);
    expect((await send(rig, key)).status).toBe(402);
    clock.advance(12 * 3600_000);
    expect((await send(rig, key)).status).toBe(200);
  });

  test('of all time has no end, and says so', async () => {
    await using rig = await rigOf([ANSWER]);
    const key = keyWith(budget(COST, { period: 'total' }));
    const { headers } = await send(rig, key);
    expect(headers.get('x-spillway-budget-reset')).toBeNull();
    const { message, retry_at } = await errorOf(await send(rig, key));
    expect(message).toBe("The budget of key 'ci' for all time is spent: $0.00012 of $0.00012.");
    expect(retry_at).toBeUndefined();
  });

  test('is one of several, each of which has to have room', async () => {
    await using rig = await rigOf([ANSWER]);
    const key = keyWith(budget(100 * COST), budget(COST, { period: 'hour' }));
    await send(rig, key);
    expect((await errorOf(await send(rig, key)))['message']).toContain('for this hour is spent');
  });
});

const memberOf = (role: Principal['role']): Principal => principalOf(role, { tenant: 'acme', role });

describe('a budget of a tenant', () => {
  const config = { tenants: { acme: { budgets: [{ amount: 0.00012, period: 'month' as const, timeZone: 'UTC' }] } } };

  test('counts for all its keys together', async () => {
    await using rig = await rigOf([ANSWER], [PRICE], { config });
    const keys = ['one', 'two'].map((name) => principalOf(name, { tenant: 'acme' }));
    const statuses = [];
    for (const key of [...keys, principalOf('other')]) statuses.push((await send(rig, key)).status);
    expect(statuses).toEqual([200, 402, 200]);
  });

  test('shows its amounts to viewers and admins of the tenant only', async () => {
    await using rig = await rigOf([ANSWER], [PRICE], { config });
    await send(rig, memberOf('caller'));
    const messageFor = async (role: Principal['role']): Promise<unknown> =>
      (await errorOf(await send(rig, memberOf(role))))['message'];
    expect(await messageFor('caller')).toMatch(
      /^The budget of tenant 'acme' for this month is spent; it starts anew at /,
    );
    for (const role of ['viewer', 'admin'] as const)
      expect(await messageFor(role)).toMatch(/^The budget of tenant 'acme' for this month is spent: \$0\.00012 of /);
  });

  test('is kept from the headers of its callers', async () => {
    await using rig = await rigOf([ANSWER], [PRICE], { config });
    const { headers } = await send(rig, principalOf('one', { tenant: 'acme' }));
    expect(headers.get('x-spillway-budget-remaining')).toBeNull();
  });
});

describe('a refusal', () => {
  test('has the shape of the API that was called', async () => {
    await using rig = await rigOf([ANSWER]);
    const fetchLike = rig.gateway.fetchAs(keyWith(budget(1)));
    const message = await post(fetchLike, 'http://x/v1/messages', { ...BOUNDED, model: 'default' });
    expect([message.status, await message.json()]).toMatchObject([
      402,
      { type: 'error', error: { type: 'billing_error', code: 'budget_exceeded' } },
    ]);
    const streamed = await post(fetchLike, 'http://x/trpc/chat.completions.stream', BOUNDED);
    // A code that tRPC's own client would repeat the subscription for must not be here.
    expect(await streamed.text()).toMatch(/"code":-32002.*"code":"budget_exceeded","status":402/);
    expect(hitsOf(rig)).toEqual([0]);
  });
});

describe('what a request may cost', () => {
  test('is reserved in the tick of the check: of concurrent requests as many run as fit', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const script: Script = async () => {
      await promise;
      return ANSWER;
    };
    await using rig = await rigOf([script]);
    const key = keyWith(budget(3.5 * COST));
    const sent = Array.from({ length: 10 }, () => send(rig, key));
    resolve();
    const answers = await Promise.all(sent);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const refused = answers.filter(({ status }) => status === 402);
    expect(refused).toHaveLength(7);
    // Only what runs is in the way, and may turn out to be less.
    expect(refused.map(({ headers }) => headers.get('x-should-retry'))).toEqual(refused.map(() => 'true'));
    expect((await errorOf(refused[0] as Response))['message']).toContain('reserved by running requests');
  });

  test('is shown while it runs, and given back at its end', async () => {
    await using rig = await rigOf([ANSWER]);
    const key = keyWith(budget(1e9));
    const { headers } = await send(rig, key, { ...HELLO, max_tokens: 1000 });
    expect(Number(headers.get('x-spillway-budget-remaining'))).toBe(0.99);
    const next = await send(rig, key);
    expect(Number(next.headers.get('x-spillway-budget-remaining'))).toBeCloseTo(0.99976, 5);
    expect(headers.get('x-spillway-budget-reset')).toMatch(/^20\d\d-\d\d-01T00:00:00Z$/);
  });

  test('is that of the dearest entry with room; a dearer one is skipped, and the chain serves', async () => {
    await using rig = await rigOf([ANSWER, ANSWER], [{ input: 100, output: 1000 }, PRICE]);
    const key = keyWith(budget(3 * COST));
    const response = await send(rig, key);
    expect(response.headers.get('x-spillway-provider')).toBe('b');
    const { trail } = await rig.ended();
    expect(trail[0]).toMatchObject({ provider: 'a', outcome: 'skipped', reason: 'over_budget' });
    expect(hitsOf(rig)).toEqual([0, 1]);
  });

  test('is nothing at a free entry, which serves under a spent budget too', async () => {
    await using rig = await rigOf([ANSWER, ANSWER], [PRICE, FREE]);
    const key = keyWith(budget(COST));
    const providers = [];
    for (let n = 0; n < 3; n++) providers.push((await send(rig, key)).headers.get('x-spillway-provider'));
    expect(providers).toEqual(['a', 'b', 'b']);
  });
});

describe('an entry without a known price', () => {
  test('is skipped for a key with a budget', async () => {
    await using rig = await rigOf([ANSWER, ANSWER], [undefined, PRICE]);
    expect((await send(rig, keyWith(budget(1e9)))).headers.get('x-spillway-provider')).toBe('b');
    expect((await rig.ended()).trail[0]).toMatchObject({ provider: 'a', outcome: 'skipped', reason: 'no_price' });
    expect((await send(rig, principalOf('free'))).headers.get('x-spillway-provider')).toBe('a');
  });

  test('is an error that says what to do where there is no other', async () => {
    await using rig = await rigOf([ANSWER], [undefined]);
    const refused = await send(rig, keyWith(budget(1e9)));
    expect(refused.status).toBe(400);
    const { code, message } = await errorOf(refused);
    expect(code).toBe('no_suitable_entry');
    expect(message).toContain('onUnknownPrice: allow');
  });

  test('serves where the budget allows it, as long as anything is left, and costs nothing that is known', async () => {
    await using rig = await rigOf([ANSWER, ANSWER], [undefined, PRICE]);
    const key = keyWith(budget(COST, { onUnknownPrice: 'allow' }));
    expect((await send(rig, key)).headers.get('x-spillway-provider')).toBe('a');
    expect((await rig.ended()).cost.nano).toBeNull();
    expect((await send(rig, key, { ...BOUNDED, model: 'b/model-b' })).status).toBe(200);
    expect((await send(rig, key)).status).toBe(402);
  });
});

describe('a plan', () => {
  test('says which entries a request of this key would skip for its budget, and reserves nothing', async () => {
    await using rig = await rigOf([ANSWER, ANSWER, ANSWER], [{ input: 100, output: 1000 }, undefined, PRICE]);
    const key: Principal = { ...keyWith(budget(3 * COST)), role: 'viewer' };
    const explain = async (principal: Principal): Promise<ChainPlan> => {
      const answer = await post(rig.gateway.fetchAs(principal), 'http://x/v1/chains/explain', BOUNDED);
      return (await answer.json()) as ChainPlan;
    };
    for (let n = 0; n < 5; n++)
      expect((await explain(key)).data).toMatchObject([
        {
          provider: 'a',
          action: 'skip',
          code: 'over_budget',
          reason: expect.stringContaining('too little of a budget'),
        },
        { provider: 'b', action: 'skip', code: 'no_price', reason: expect.stringContaining('price is not known') },
        { provider: 'c', action: 'try', code: null },
      ]);
    const free = (await explain(principalOf('free', { role: 'viewer' }))).data;
    expect(free.map(({ action }) => action)).toEqual(['try', 'try', 'try']);
    expect((await send(rig, key)).headers.get('x-spillway-provider')).toBe('c');
    const { trail } = await rig.ended(6);
    expect(trail.map(({ provider, reason }) => [provider, reason])).toEqual([
      ['a', 'over_budget'],
      ['b', 'no_price'],
      ['c', undefined],
    ]);
  });
});

describe('a budget of some models', () => {
  test('counts what they cost, and excludes only them when it is spent', async () => {
    await using rig = await rigOf([ANSWER, ANSWER]);
    const key = keyWith(budget(COST, { models: ['a/*'] }));
    const providers = [];
    for (let n = 0; n < 3; n++) providers.push((await send(rig, key)).headers.get('x-spillway-provider'));
    expect(providers).toEqual(['a', 'b', 'b']);
  });
});

describe('an entry that the key may not use', () => {
  test('is nothing to reserve for', async () => {
    await using rig = await rigOf([ANSWER, ANSWER], [PRICE, { ...PRICE, output: 100 * PRICE.output }]);
    const key: Principal = { ...keyWith(budget(101 * COST)), models: ['a/*'] };
    const answers = await Promise.all([1, 2, 3].map(() => send(rig, key)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('does not hide that the budget is spent', async () => {
    await using rig = await rigOf([ANSWER, ANSWER], [PRICE, FREE]);
    const response = await send(rig, { ...keyWith(budget(COST - 1)), models: ['a/*'] });
    expect([response.status, await errorOf(response)]).toMatchObject([402, { code: 'budget_exceeded' }]);
  });
});

describe('audio', () => {
  const spoken = { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] };

  test.each([
    ['that is sent', { messages: [spoken] }],
    ['that is asked for', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }],
  ])('%s is reserved for by its own price', async (_title, parts) => {
    const price = { ...PRICE, audioInput: 10_000, audioOutput: 10_000 };
    await using rig = await rigOf([ANSWER], [price]);
    const key = keyWith(budget(50 * COST));
    expect((await send(rig, key)).status).toBe(200);
    expect((await send(rig, key, { ...BOUNDED, ...parts })).status).toBe(402);
  });
});

describe('the end of a request', () => {
  const withPrompt = { input: 1, output: 10 };
  const left = async (script: Script, run: (rig: Rig, key: Principal) => Promise<unknown>): Promise<number> => {
    await using rig = await rigOf([script, ANSWER], [withPrompt, FREE], {
      config: { chains: { default: { entries: ['a/model-a'] }, b: { entries: ['b/model-b'] } } },
    });
    const key = keyWith(budget(1e9));
    await run(rig, key);
    await rig.ended();
    return 1e9 - (await leftOf(rig, key));
  };

  test('an answer costs what its usage does', async () => {
    expect(await left(ANSWER, (rig, key) => send(rig, key))).toBe(COST + 9 * 1000);
  });

  test('a stream too, once it has ended', async () => {
    const stream = chatStream({ content: 'Hi there', usage: true });
    const spent = await left(stream, async (rig, key) => (await send(rig, key, { ...BOUNDED, stream: true })).text());
    expect(spent).toBe(COST + 9 * 1000);
  });

  test.each([429, 401, 500])('a provider that refuses with %i costs nothing', async (status) => {
    expect(await left(openaiError(status, 'No.'), (rig, key) => send(rig, key))).toBe(0);
  });

  test('a client that disconnects within a stream pays for the prompt and for what it got', async () => {
    const chunks: Chunk[] = [chunk({ delta: { content: 'x'.repeat(330) } }), { delay: 60_000, data: '' }];
    const stream = { headers: { 'content-type': 'text/event-stream' }, chunks };
    const spent = await left(stream, async (rig, key) => {
      const cut = new AbortController();
      const response = await send(rig, key, { ...BOUNDED, stream: true }, { signal: cut.signal });
      await response.body?.getReader().read();
      cut.abort();
    });
    expect(spent).toBeGreaterThan(100 * 10_000);
    expect(spent).toBeLessThan(150 * 10_000);
  });

  test('a provider that is cut off before its first token costs the prompt', async () => {
    const spent = await left({ end: 'fin', chunks: [], headers: { 'content-type': 'text/event-stream' } }, (rig, key) =>
      send(rig, key, { ...BOUNDED, stream: true }),
    );
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThan(40 * 1000);
  });
});

describe('a stream whose request bounds nothing', () => {
  /** So much output for 4,096 tokens and more, in pieces that arrive one by one. */
  const long = {
    headers: { 'content-type': 'text/event-stream' },
    chunks: [
      ...Array.from({ length: 12 }, (): Chunk => ({ data: chunk({ delta: { content: 'x'.repeat(3300) } }), delay: 5 })),
      chunk({ finish: 'stop' }),
      'data: [DONE]\n\n',
    ],
  };
  const STREAM = { ...HELLO, stream: true };

  test('reserves more as it grows, and ends complete where there is room', async () => {
    await using rig = await rigOf([long]);
    const key = keyWith(budget(1e9));
    expect(await (await send(rig, key, STREAM)).text()).toContain('[DONE]');
    expect((await rig.ended()).code).toBe('ok');
  });

  test('goes on past the end of the budget unless it says otherwise, and is counted', async () => {
    await using rig = await rigOf([long]);
    const key = keyWith(budget(4200 * 10_000));
    expect(await (await send(rig, key, STREAM)).text()).toContain('[DONE]');
    const { message } = await errorOf(await send(rig, key));
    expect(message).toMatch(/is spent: \$0\.12 of \$0\.04/);
  });

  test('is cut with an error event under onOverrun: cut', async () => {
    await using rig = await rigOf([long]);
    const key = keyWith(budget(4200 * 10_000, { onOverrun: 'cut' }));
    const text = await (await send(rig, key, STREAM)).text();
    expect(text).not.toContain('[DONE]');
    expect(text).toMatch(/"code":"budget_exceeded"\}\}\n\n$/);
    expect(await rig.ended()).toMatchObject({ status: 200, code: 'budget_exceeded' });
    expect(text.length).toBeLessThan(8 * 3300);
  });

  test('is not followed where max_tokens bounds it', async () => {
    await using rig = await rigOf([long]);
    const key = keyWith(budget(12_100 * 10_000, { onOverrun: 'cut' }));
    expect(await (await send(rig, key, { ...STREAM, max_tokens: 12_000 })).text()).toContain('[DONE]');
  });
});

describe('crossing', () => {
  test('the soft limit and the amount is reported once each, also where one request crosses both', async () => {
    await using rig = await rigOf([ANSWER]);
    const key = keyWith(budget(4 * COST, { soft: 0.5 }));
    for (let n = 0; n < 5; n++) await send(rig, key);
    const crossed = rig.events.filter((event) => event.kind === 'budget_crossed');
    expect(crossed.map(({ threshold, spentNano }) => [threshold, spentNano / COST])).toEqual([
      ['soft', 2],
      ['amount', 4],
    ]);
    const other = { ...keyWith(budget(COST)), id: 'other', name: 'other' };
    await send(rig, other);
    expect(rig.events.filter((event) => event.kind === 'budget_crossed').slice(2)).toMatchObject([
      { ownerId: 'other', threshold: 'soft' },
      { ownerId: 'other', threshold: 'amount' },
    ]);
  });
});
