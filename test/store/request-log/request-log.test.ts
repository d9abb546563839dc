import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { firstIdAt } from '../../../src/lib/time-ids.ts';
import { packRows } from '../../../src/store/request-log/packed-rows.ts';
import type { LogBounds, RowFilter, RowPage, RowQuery } from '../../../src/store/request-log/stored-log.ts';
import type { RequestRow } from '../../../src/store/request-log/request-row.ts';
import { isWanted } from '../../../src/store/request-log/row-filter.ts';
import type { Store } from '../../../src/store/store.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { ENGINES, stopServer, titleOf } from '../../helpers/engines.ts';
import { auditEntry } from '../../helpers/records.ts';
import { requestRow } from '../../helpers/request-rows.ts';
import { NOW } from '../../helpers/store.ts';

afterAll(stopServer);

const clock = fakeClock(NOW);
const DAY = 86_400_000;

/** A row with every member, and one with none that may be absent. */
const FULL = requestRow(1, {
  clientRequestId: 'mine',
  user: 'user_x',
  tags: ['team=search', 'a%b_c'],
  stream: true,
  code: 'internal_error',
  committedMs: 3.1,
  approximate: true,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  trail: [
    { provider: 'groq', model: 'llama', outcome: 'throttled', status: 429, message: 'Slow down "now"\n' },
    { provider: 'local', model: 'qwen', outcome: 'answered', first_token_ms: 2 },
  ],
});
const BARE = requestRow(2, {
  tenant: '',
  requestedModel: undefined,
  chain: undefined,
  provider: undefined,
  model: undefined,
  status: 401,
  code: 'invalid_api_key',
  attempts: 0,
  tokens: undefined,
  usageSource: 'none',
  costNano: undefined,
  costSource: 'none',
  inputBytes: undefined,
  outputBytes: undefined,
  remote: undefined,
  trail: [],
});

const page = (store: Store, query: Partial<RowQuery> = {}): Promise<RowPage> =>
  store.requestLog.page({ filter: {}, towards: 'older', limit: 10, ...query });

/** All rows of a filter, page by page. */
async function all(store: Store, filter: RowFilter, towards: RowQuery['towards'] = 'older'): Promise<RequestRow[]> {
  const found: RequestRow[] = [];
  for (let bounds: Partial<RowQuery> = {}; ;) {
    const { rows, hasMore, searchedTo } = await page(store, { filter, towards, limit: 7, ...bounds });
    found.push(...(towards === 'newer' ? rows.toReversed() : rows));
    if (!hasMore) return found;
    const last = searchedTo ?? found.at(-1)?.id ?? 0n;
    bounds = towards === 'newer' ? { from: last + 1n } : { below: last };
  }
}

/** Deletes what is beyond the bounds, as the process does over time. */
async function maintain({ requestLog }: Store, bounds: LogBounds): Promise<void> {
  while (await requestLog.maintain(bounds));
}

const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!;

/** Rows whose members are independent of each other, so that every filter finds some. */
const VARIED = Array.from({ length: 60 }, (_, n) => {
  const code = pick(['ok', 'ok', 'ok', 'rate_limit_exceeded', 'upstream_error'], n);
  const outcome = pick(['answered', 'throttled', 'silent'] as const, n);
  return requestRow(n * 1000, {
    keyId: pick(['key_a', 'key_b'], n),
    tenant: pick(['acme', '', 'other'], n),
    user: pick([undefined, 'ann', 'bob', undefined], n),
    tags: pick([[], ['team=search'], ['team=%', 'x'], ['team=search', 'job=a']], n),
    chain: pick(['default', 'fast', undefined], n),
    provider: pick(['groq', 'local'], n),
    model: pick(['llama', 'qwen', 'gpt', undefined], n),
    operation: pick(['chat.completions.create', 'embeddings.create'], n),
    clientRequestId: pick([undefined, 'same', 'same'], n),
    code,
    status: { ok: 200, rate_limit_exceeded: 429 }[code] ?? pick([502, 200], n),
    attempts: n % 4,
    totalMs: n * 10,
    costNano: n % 5 === 0 ? undefined : n * 1_000_000,
    stream: n % 2 === 0,
    trail: [{ provider: 'groq', model: 'llama', outcome }],
  });
});

/** Mostly absent: of the conditions about two at once, so that many filters find some rows and not all. */
const option = <Value>(...values: Value[]): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) });

const FILTERS: fc.Arbitrary<RowFilter> = fc.record({
  keyId: option('key_a', 'key_b', 'key_none'),
  tenant: option('acme', 'other'),
  chain: option('default'),
  provider: option('groq', 'local'),
  model: option('llama', 'gpt'),
  operation: option('embeddings.create'),
  code: option('ok', 'rate_limit_exceeded', 'upstream_error'),
  failed: option(true, false),
  statusClass: option(2, 4, 5),
  attemptsMin: option(1, 3),
  outcome: option('answered' as const, 'throttled' as const),
  msMin: option(100, 500),
  costMinNano: option(1, 30_000_000),
  user: option('ann', 'bob'),
  tag: option('team=search', 'team=%', 'team'),
  requestId: option(VARIED[7]!.requestId),
  clientRequestId: option('same'),
  stream: option(true, false),
});

describe.each(ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))(
  'the request log in $title',
  (engine) => {
    const it = test.skipIf(engine.missing !== undefined);

    async function filled(rows: readonly RequestRow[], open = { clock }) {
      const database = await engine.create();
      const store = await database.open(open);
      await store.requestLog.open('p1');
      if (rows.length > 0) await store.requestLog.write(packRows(rows));
      return {
        database,
        store,
        async [Symbol.asyncDispose]() {
          await store[Symbol.asyncDispose]();
          await database[Symbol.asyncDispose]();
        },
      };
    }

    it('an empty log has no rows', async () => {
      await using log = await filled([]);
      expect(await page(log.store)).toEqual({ rows: [], hasMore: false, searchedTo: undefined });
      expect(await page(log.store, { filter: { keyId: 'key_a' } })).toMatchObject({ rows: [] });
    });

    it('a row is read as it was written, however often it is written', async () => {
      await using log = await filled([FULL, BARE]);
      await log.store.requestLog.write(packRows([FULL, requestRow(3)]));
      const { rows } = await page(log.store);
      expect(rows).toEqual([requestRow(3), BARE, FULL]);
    });

    it('texts of clients are stored as every engine takes them, and a long trail is cut', async () => {
      const step = { provider: 'groq', model: 'a\0b\ud800', outcome: 'throttled', message: 'x'.repeat(900) } as const;
      const last = { ...step, outcome: 'answered' } as const;
      await using log = await filled([
        requestRow(1, { model: 'a\0b\ud800', requestedModel: '\0', tags: ['a\nb'], trail: [step, last] }),
        requestRow(2, { trail: Array.from({ length: 5 }, () => step) }),
        requestRow(3, { trail: [...Array.from({ length: 99 }, () => step), last] }),
      ]);
      const [longest, long, odd] = (await page(log.store)).rows;
      expect(odd).toMatchObject({ model: 'a\ufffdb\ufffd', requestedModel: '\ufffd', tags: ['a b'] });
      expect(odd?.trail[0]).toMatchObject({ message: step.message });
      expect([long?.trail.length, long?.omittedSteps, 'message' in (long?.trail[0] ?? {})]).toEqual([5, 0, false]);
      expect(Buffer.byteLength(JSON.stringify(longest?.trail))).toBeLessThanOrEqual(4096);
      expect([longest?.trail.at(-1)?.outcome, longest!.trail.length + longest!.omittedSteps]).toEqual([
        'answered',
        100,
      ]);
    });

    it('every filter finds what it says, in both directions and page by page', async () => {
      await using log = await filled(VARIED);
      let selective = 0;
      await fc.assert(
        fc.asyncProperty(FILTERS, fc.boolean(), async (filter, newer) => {
          const wanted = VARIED.filter((row) => isWanted(filter, row)).map(({ id }) => id);
          if (wanted.length > 0 && wanted.length < VARIED.length) selective++;
          const found = await all(log.store, filter, newer ? 'newer' : 'older');
          expect(found.map(({ id }) => id)).toEqual(newer ? wanted : wanted.toReversed());
        }),
        { numRuns: 150 },
      );
      expect(selective).toBeGreaterThan(20);
      // The filters above are not empty.
      for (const filter of [
        { outcome: 'throttled' },
        { tag: 'team=search' },
        { failed: true },
        { statusClass: 5 },
      ] as const)
        expect((await all(log.store, filter)).length).toBeGreaterThan(0);
    });

    it('a time range is half open', async () => {
      await using log = await filled(VARIED);
      const [from, below] = [5000, 8000].map((ms) => firstIdAt(NOW + ms));
      expect((await page(log.store, { from, below })).rows.map(({ id }) => id)).toEqual(
        [7, 6, 5].map((n) => VARIED[n]?.id),
      );
    });

    it('a search for rare rows stops after so many rows, and says where it goes on', async () => {
      await using log = await filled([requestRow(0, { chain: 'rare' })]);
      await log.store.requestLog.write(packRows(Array.from({ length: 1300 }, (_, index) => requestRow(index + 1))));
      const filter = { chain: 'rare' };
      const first = await page(log.store, { filter, mostRead: 1200 });
      expect(first).toEqual({ rows: [], hasMore: true, searchedTo: requestRow(101).id });
      const newer = await page(log.store, { filter: { ...filter, stream: true }, mostRead: 700, towards: 'newer' });
      expect(newer).toEqual({ rows: [], hasMore: true, searchedTo: requestRow(699).id });
      expect((await all(log.store, filter)).map(({ id }) => id)).toEqual([firstIdAt(NOW)]);
      expect((await all(log.store, filter, 'newer')).map(({ id }) => id)).toEqual([firstIdAt(NOW)]);
    });

    it('rows that are older than the retention are deleted; on PostgreSQL whole days', async () => {
      const time = fakeClock(NOW);
      // Two of each of four days, a few milliseconds apart.
      const rows = [-1, 0, 1, 2].flatMap((day) => [0, 1].map((n) => requestRow(day * DAY + n)));
      await using log = await filled(rows, { clock: time });
      time.advance(2 * DAY + 1);
      await maintain(log.store, { retention: 2 * DAY, maxRows: 1_000_000 });
      const left = (await page(log.store)).rows.map(({ id }) => id);
      const kept = rows.filter(({ id }) => id >= firstIdAt(NOW + 1)).map(({ id }) => id);
      // NOW is at 8 o'clock: the first day that has rows within the retention is kept whole.
      const expected = engine.name === 'PostgreSQL' ? rows.slice(2).map(({ id }) => id) : kept;
      expect(left).toEqual(expected.toReversed());
      await log.store.requestLog.write(packRows([requestRow(2 * DAY + 7)]));
      expect((await page(log.store)).rows).toHaveLength(expected.length + 1);
    });

    it('no more than so many rows are kept, the newest ones', async () => {
      const rows = Array.from({ length: 2600 }, (_, n) => requestRow(n * 3000));
      await using log = await filled(rows);
      await maintain(log.store, { retention: 30 * DAY, maxRows: 2500 });
      await log.store.requestLog.forget({ filter: {}, ids: [rows[2599]!.id], below: 2n ** 63n - 1n, audit: undefined });
      await log.store.requestLog.write(packRows([requestRow(9_000_000)]));
      await maintain(log.store, { retention: 30 * DAY, maxRows: 1200 });
      const left = await page(log.store, { towards: 'newer', limit: 1 });
      // All rows are of one day, which PostgreSQL drops as a whole or not at all.
      const oldest = engine.name === 'PostgreSQL' ? rows[0] : rows[2600 - 1200];
      expect(left.rows[0]?.id).toBe(oldest?.id);
    });

    it('rows of a person, a key or a tenant are forgotten in slices, with an audit entry of the first one', async () => {
      const rows = Array.from({ length: 2500 }, (_, n) =>
        requestRow(n, { user: n % 2 === 0 ? 'ann' : 'bob', keyId: n < 10 ? 'key_b' : 'key_a' }),
      );
      await using log = await filled(rows);
      const { requestLog, records } = log.store;
      const below = firstIdAt(NOW + 2400);
      const forget = (filter: RowFilter) => requestLog.forget({ filter, below, audit: undefined });
      expect(await requestLog.forget({ filter: { user: 'ann' }, below, audit: auditEntry() })).toBe(1000);
      expect(await forget({ user: 'ann' })).toBe(200);
      expect(await forget({ user: 'ann' })).toBe(0);
      expect(await forget({ keyId: 'key_b', tenant: 'other' })).toBe(0);
      expect(await forget({ keyId: 'key_b' })).toBe(5);
      expect(await forget({ keyId: 'unknown' })).toBe(0);
      expect(
        await requestLog.forget({
          filter: {},
          ids: [11, 13, 10].map((n) => requestRow(n).id),
          below,
          audit: undefined,
        }),
      ).toBe(2);
      expect(await forget({ tenant: 'acme' })).toBe(1000);
      expect(await forget({ tenant: 'acme' })).toBe(193);
      expect((await page(log.store, { filter: { user: 'ann' } })).rows).toHaveLength(10);
      expect(await records.audit({ limit: 10 })).toHaveLength(1);
    });

    it('processes that write at once have numbers of their own, which are free again after a day', async () => {
      await using log = await filled([]);
      const numbers = await Promise.all(['p1', 'p2', 'p3'].map((process) => log.store.requestLog.open(process)));
      // Those in memory have one process.
      if (engine.name !== 'memory') expect(new Set(numbers.map(({ replica }) => replica)).size).toBe(3);
      expect(new Set(numbers.map(({ secret }) => secret)).size).toBe(1);
      expect(await log.store.requestLog.open('p1')).toEqual(numbers[0]);
    });
  },
);
