import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSpendLedger } from '../../src/budgets/spend-ledger.ts';
import { type Budget, ownedBudget } from '../../src/domain/budget.ts';
import { chatCompletion, startScriptedUpstream } from '../../src/testing/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { GatewayEvent } from '../../src/domain/events.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { SpendRow } from '../../src/store/store.ts';
import { budgetOf } from '../helpers/budget.ts';
import { post } from '../helpers/gateway.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { principalOf } from '../helpers/principal.ts';
import { batchOf } from '../helpers/records.ts';
import { open, temporaryFolder } from '../helpers/store.ts';

const URL = 'http://x/v1/chat/completions';
/** US dollars per million tokens; the scripted answer has 12 tokens of output. */
const PRICE = { input: 0, output: 10 };
const COST = 12 * 10_000;
const BODY = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 12 };

const keyWith = (parts: Partial<Budget>) =>
  principalOf('ci', { budgets: [budgetOf({ amountNano: COST, period: 'total', ...parts })] });

const configOf = (url: string, upstream: string): ConfigInput => ({
  providers: { a: { baseUrl: upstream, apiKey: 'k', models: { m: { price: PRICE } } } },
  chains: { default: { entries: ['a/m'], timeouts: { connect: '60s' } } },
  defaults: { chain: 'default' },
  store: { url },
});

function openWith(
  url: string,
  upstream: string,
  parts: Partial<ConfigInput> = {},
  clock = systemClock,
): Promise<Gateway> {
  return createGateway(
    { ...configOf(url, upstream), ...parts },
    { clock, environment: {}, onProblem: () => undefined },
  );
}

const send = async (gateway: Gateway, budget: Partial<Budget>): Promise<number> => {
  const response = await post(gateway.fetchAs(keyWith(budget)), URL, BODY);
  await response.arrayBuffer();
  return response.status;
};

/** Repeats a request until the store says what is left. */
const sendUntilKnown = async (gateway: Gateway, budget: Partial<Budget>): Promise<number> => {
  const status = await send(gateway, budget);
  if (status !== 503) return status;
  // A refusal in process takes no turn of the event loop, and without one the store's answer is never read.
  await setImmediate();
  return sendUntilKnown(gateway, budget);
};

const upstreams: AsyncDisposable[] = [];
async function upstream(): Promise<string> {
  const started = await startScriptedUpstream({ script: chatCompletion({ content: 'Hi' }) });
  upstreams.push(started);
  return started.baseUrl;
}
afterAll(async () => {
  for (const each of upstreams) await each[Symbol.asyncDispose]();
});

test('a crossed budget is a row of the audit trail', async () => {
  using folder = temporaryFolder();
  const gateway = await openWith(`sqlite:${folder.file}`, await upstream());
  await send(gateway, { amountNano: COST, soft: 1 });
  await gateway.close();
  await using store = await open(folder.file);
  expect(await store.records.audit({ limit: 10 })).toMatchObject([
    { via: 'gateway', action: 'budgets.cross', target: 'ci', after: { threshold: 'amount', spent_usd: 0.00012 } },
  ]);
});

test('what is spent outlives the process, in a file', async () => {
  using folder = temporaryFolder();
  const target = await upstream();
  const budget = { amountNano: 3 * COST };
  for (const expected of [
    [200, 200],
    [200, 402],
  ]) {
    await using gateway = await openWith(`sqlite:${folder.file}`, target);
    for (const status of expected) expect(await send(gateway, budget)).toBe(status);
  }
});

describe.skipIf(POSTGRES === undefined)('several gateways on one PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  test('serve an entry without a known price where the budget allows it, once something is leased', async () => {
    const url = server.url(await server.createDatabase());
    const target = await upstream();
    const providers = { a: { baseUrl: target, apiKey: 'k', models: { m: {} } } };
    await using gateway = await openWith(url, target, { providers });
    expect(await sendUntilKnown(gateway, { onUnknownPrice: 'allow' })).toBe(200);
    expect(await send(gateway, { onUnknownPrice: 'skip' })).toBe(400);
  });

  test('spend no more than the amount together, and all of it', { timeout: 60_000 }, async () => {
    const url = server.url(await server.createDatabase());
    const target = await upstream();
    // On a busy machine a lease may take longer than a request waits for it: then it is refused and repeated here, in place of served beyond the amount.
    const openOne = (): Promise<Gateway> => openWith(url, target, { budgets: { whenUnknown: 'refuse' } });
    const gateways = await Promise.all([openOne(), openOne(), openOne()]);
    const budget = { amountNano: 400 * COST };
    const statuses: number[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        for (let n = next++; n < 900; n = next++)
          statuses.push(await sendUntilKnown(gateways[n % 3] as Gateway, budget));
      }),
    );
    const served = statuses.filter((status) => status === 200).length;
    expect(served).toBeLessThanOrEqual(400);
    // What one of them has leased and not spent is not for the others until it is given back.
    expect(served).toBeGreaterThan(300);
    expect(statuses.filter((status) => status === 402)).toHaveLength(900 - served);
    await Promise.all(gateways.map((each) => each.close()));
    await using last = await openOne();
    let more = 0;
    while ((await sendUntilKnown(last, budget)) === 200) more++;
    expect(served + more).toBe(400);
  });

  test('report each crossing of a budget once together', { timeout: 60_000 }, async () => {
    const url = server.url(await server.createDatabase());
    const target = await upstream();
    const crossed: [threshold: string, spentNano: number][] = [];
    const onEvent = (event: GatewayEvent): void => {
      if (event.kind === 'budget_crossed') crossed.push([event.threshold, event.spentNano]);
    };
    const openOne = (): Promise<Gateway> =>
      createGateway(
        { ...configOf(url, target), budgets: { whenUnknown: 'refuse' } },
        { environment: {}, onProblem: () => undefined, onEvent },
      );
    const budget = { amountNano: 100 * COST, soft: 0.8 };
    {
      // Each has spent less than the soft limit, and does not know what the other has spent last.
      await using one = await openOne();
      await using other = await openOne();
      for (let n = 0; n < 90; n++) expect(await sendUntilKnown(n % 2 === 0 ? one : other, budget)).toBe(200);
    }
    await using last = await openOne();
    while ((await sendUntilKnown(last, budget)) === 200);
    await expect.poll(() => crossed.length).toBe(2);
    expect(crossed).toEqual([
      ['soft', expect.any(Number)],
      ['amount', 100 * COST],
    ]);
  });

  test('another time zone of a budget keeps what was spent of its period', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase();
    const url = server.url(database);
    const target = await upstream();
    // In the middle of a month, so that it is the same one everywhere.
    const offset = Date.UTC(2026, 10, 15) - systemClock.now();
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset };
    await using gateway = await openWith(url, target, { budgets: { whenUnknown: 'refuse' } }, clock);
    const budgetIn = (timeZone: string) => ({ amountNano: 3 * COST, period: 'month', timeZone }) as const;
    const zones = ['UTC', 'Asia/Tokyo', 'America/New_York'];
    for (const zone of zones) expect(await sendUntilKnown(gateway, budgetIn(zone))).toBe(200);
    const spent = 'select sum(nano)::float8 as nano from spend';
    await expect.poll(() => server.query(database, spent)).toEqual([{ nano: 3 * COST }]);
    expect(await sendUntilKnown(gateway, budgetIn('Europe/Berlin'))).toBe(402);
  });

  test('a gateway that is cut off stops to spend its lease before others get it', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase();
    const url = server.url(database);
    const target = await upstream();
    const refusing: Partial<ConfigInput> = { budgets: { whenUnknown: 'refuse' } };
    await using other = await openWith(url, target, refusing);
    await server.query(database, "create role cut_off login superuser password 'x'");
    const ownUrl = url.replace(/\/\/[^@]*@/, '//cut_off:x@');
    let skipped = 0;
    const clock: Clock = {
      now: () => systemClock.now() + skipped,
      timer: (ms, callback) => systemClock.timer(ms, callback),
    };
    await using gateway = await openWith(ownUrl, target, refusing, clock);
    const expire = () => server.query(database, 'update spend_lease set expires_at = expires_at - 61000');
    const spent = async (): Promise<number> => {
      const [row] = await server.query(database, 'select sum(nano)::float8 as nano from spend');
      return Number(row?.['nano']) / COST;
    };
    // It leases enough for two.
    const budget = { amountNano: 100 * COST };
    expect(await sendUntilKnown(gateway, budget)).toBe(200);
    await expect.poll(spent).toBe(1);
    await server.query(
      database,
      "alter role cut_off nologin; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cut_off'",
    );
    skipped = 61_000;
    expect(await send(gateway, budget)).toBe(503);
    await expire();
    expect(await sendUntilKnown(other, budget)).toBe(200);
    await expire();
    let served = 2;
    while ((await sendUntilKnown(other, budget)) === 200) served++;
    expect(served).toBe(100);
    await gateway.reload(configOf(ownUrl, target));
    for (let n = 0; n < 3; n++) expect(await send(gateway, budget)).toBe(200);
    await server.query(database, 'alter role cut_off login');
    await expect.poll(() => send(gateway, budget), { timeout: 10_000 }).toBe(402);
    await expect.poll(spent, { timeout: 10_000 }).toBeGreaterThanOrEqual(103);
  });

  test(
    'ledger and store agree, however leases are taken, spent, given back and lost',
    { timeout: 60_000 },
    async () => {
      const database = await server.createDatabase();
      await using store = await openStore(server.url(database), {
        clock: systemClock,
        signal: new AbortController().signal,
      });
      const now = systemClock.now();
      const step = fc.record({
        process: fc.nat(2),
        does: fc.constantFrom('lease', 'spend', 'write', 'renew', 'give back', 'expire'),
        nano: fc.nat(300),
      });
      let runs = 0;
      const run = async (steps: readonly { process: number; does: string; nano: number }[]): Promise<void> => {
        const key = { kind: 'key', id: `key_${runs++}` } as const;
        const owned = ownedBudget(key, budgetOf({ period: 'total' }));
        const period = { owner: owned.ownerName, budget: owned.budgetName, startsAt: 0 };
        const processes = [0, 1, 2].map((n) => ({
          name: `${key.id} ${n}`,
          ledger: createSpendLedger({ shared: true }),
          batch: { spend: [] as SpendRow[], givenBack: [] as SpendRow[] },
          seq: 0,
        }));
        type Process = (typeof processes)[number];
        const write = async (each: Process): Promise<void> => {
          await store.records.write(batchOf({ writer: each.name, seq: ++each.seq, ...each.batch }));
          each.batch = { spend: [], givenBack: [] };
        };
        const renew = async ({ name, ledger }: Process): Promise<void> =>
          ledger.prolong(Infinity, await store.leases!.renew(name));
        for (const { process, does, nano } of steps) {
          const each = processes[process]!;
          const { name, ledger, batch } = each;
          if (does === 'lease') {
            const lease = await store.leases!.lease(name, {
              periodMs: Infinity,
              ...period,
              amountNano: 1000,
              wantedNano: nano,
            });
            ledger.lease(owned, { ...lease, countsUntil: Infinity }, now);
          } else if (does === 'spend') batch.spend.push(ledger.spend(owned, nano, now));
          else if (does === 'give back') batch.givenBack.push({ ...period, nano: ledger.giveBack(owned, now) });
          else if (does === 'write') await write(each);
          else if (does === 'renew') await renew(each);
          else await server.query(database, 'update spend_lease set expires_at = expires_at - 61000');
        }
        for (const each of processes) {
          await write(each);
          await renew(each);
        }
        const rows = await server.query(database, 'select process, nano::float8 as nano from spend_lease');
        const held = new Map(rows.map(({ process, nano }) => [process, Number(nano)]));
        const left = processes.map(({ ledger }) => ledger.left(owned, now));
        expect(left).toEqual(processes.map(({ name }) => held.get(name) ?? 0));
      };
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), run), { numRuns: 15 });
    },
  );

  test('an empty budget is no query for each request', { timeout: 30_000 }, async () => {
    const url = server.url(await server.createDatabase());
    await using gateway = await openWith(url, await upstream());
    const budget = { amountNano: COST };
    expect(await send(gateway, budget)).toBe(200);
    for (let n = 0; n < 20; n++) expect(await send(gateway, budget)).toBe(402);
  });

  test(
    'serves while the server hangs and nothing is leased, after half a second and then at once',
    { timeout: 60_000 },
    async () => {
      const database = await server.createDatabase();
      const gateway = await openWith(server.url(database), await upstream());
      const budget = { amountNano: 100 * COST };
      server.signal('SIGSTOP');
      const startedAt = performance.now();
      try {
        expect(await send(gateway, budget)).toBe(200);
        const waited = performance.now() - startedAt;
        expect(waited).toBeGreaterThan(400);
        for (let n = 0; n < 5; n++) expect(await send(gateway, budget)).toBe(200);
        expect(performance.now() - startedAt - waited).toBeLessThan(400);
      } finally {
        server.signal('SIGCONT');
      }
      await gateway.close();
      const [row] = await server.query(database, 'select sum(nano)::float8 as nano from spend');
      expect(Number(row?.['nano'])).toBe(6 * COST);
    },
  );

  test(
    'refuses while the server is down and nothing is leased, where the configuration says so',
    { timeout: 60_000 },
    async () => {
      const database = await server.createDatabase();
      const target = await upstream();
      await using gateway = await openWith(server.url(database), target);
      await gateway.reload({ ...configOf(server.url(database), target), budgets: { whenUnknown: 'refuse' } });
      await server.stop();
      try {
        const response = await post(gateway.fetchAs(keyWith({})), URL, BODY);
        expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'store_unavailable' } }]);
        expect(response.headers.get('retry-after')).toBe('1');
      } finally {
        await server.start();
      }
    },
  );

  test('serves while the server is down, and the sums are right once it is back', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase();
    await using gateway = await openWith(server.url(database), await upstream());
    const budget = { amountNano: 10 * COST };
    expect(await send(gateway, budget)).toBe(200);
    await server.stop();
    for (let n = 0; n < 20; n++) expect(await send(gateway, budget)).toBe(200);
    await server.start();
    const spent = async (): Promise<number> => {
      const [row] = await server.query(database, 'select sum(nano)::float8 as nano from spend');
      return Number(row?.['nano']);
    };
    await expect.poll(spent, { timeout: 20_000 }).toBe(21 * COST);
    await expect.poll(() => send(gateway, budget), { timeout: 5000 }).toBe(402);
  });
});
