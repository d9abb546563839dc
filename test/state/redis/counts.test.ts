import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLAIN_RULES } from '../../../src/domain/limits.ts';
import { openRedisCounts } from '../../../src/state/redis/redis-counts.ts';
import type { KeyReport, SharedCounts, SyncRequest } from '../../../src/state/shared/counts.ts';
import { createMemoryCounts, type MemoryCounts } from '../../../src/state/shared/memory-counts.ts';
import type { News } from '../../../src/state/shared/news.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { REDIS, RedisServer, redisTitle } from '../../helpers/redis.ts';

const START = Date.parse('2026-06-30T12:00:00Z');
let clock = fakeClock(START);
const now = (): number => clock.now();

/** Opens connections of several processes to one ledger. */
interface Ledger {
  readonly name: string;
  /** The connection of one process. Each test has counts of its own. */
  readonly open: (process: string) => Promise<SharedCounts>;
  /** Begins with empty counts. */
  readonly reset: () => void;
}

let server: RedisServer | undefined;
let memory: MemoryCounts = createMemoryCounts(clock);
let prefixes = 0;

const LEDGERS: readonly Ledger[] = [
  {
    name: 'in memory',
    open: async (process) => memory.connect(process),
    reset: () => (memory = createMemoryCounts(clock)),
  },
  {
    name: 'in Redis',
    async open(process) {
      if (server === undefined) throw new Error('no server');
      const counts = await openRedisCounts({ address: server.address(), prefix: `test${prefixes}`, process, now });
      expect(await counts.opened).toBeUndefined();
      return counts;
    },
    reset: () => prefixes++,
  },
];

const NOTHING = { running: 0, requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };
const REPORT: KeyReport = {
  key: 'counter',
  rules: PLAIN_RULES,
  limits: { requestsPerMinute: 10 },
  booked: NOTHING,
  changes: [],
  ends: { requestsPerMinute: START + 60_000 },
};

function requestOf(process: string, number: number, report: Partial<KeyReport> = {}): SyncRequest {
  return { account: 'account', process, number, lease: 30_000, keys: [{ ...REPORT, ...report }], takes: [] };
}

function spent(amount: number): Partial<KeyReport> {
  return {
    changes: [{ kind: 'spent', window: 'requestsPerMinute', amount, until: clock.now() + 60_000, limit: 10 }],
  };
}

function cooldown(key: string, seconds: number, reason: 'throttled' | 'exhausted' = 'throttled'): News {
  return { kind: 'cooldown', key, cooldown: { retryAt: clock.now() + seconds * 1000, lasting: false, reason } };
}

describe.skipIf(REDIS === undefined).each(LEDGERS)(redisTitle('a ledger $name'), ({ open, reset }) => {
  beforeAll(async () => {
    clock = fakeClock(START);
    reset();
    server ??= await RedisServer.start();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  });

  test('counts the changes of a number once, also where an older one arrives later', async () => {
    reset();
    await using counts = await open('a');
    await counts.sync(requestOf('a', 4, spent(1)));
    await counts.sync(requestOf('a', 5, spent(2)));
    await counts.sync(requestOf('a', 4, spent(1)));
    const { keys } = await counts.sync(requestOf('a', 5, spent(2)));
    expect(keys[0]?.windows[0]).toMatchObject({ window: 'requestsPerMinute', used: 3, spent: 3 });
    const later = await counts.sync(requestOf('a', 6, spent(4)));
    expect(later.keys[0]?.windows[0]?.used).toBe(7);
  });

  test('keeps the counts of accounts and counters apart', async () => {
    reset();
    await using counts = await open('a');
    await counts.sync(requestOf('a', 0, spent(3)));
    const other = await counts.sync({ ...requestOf('a', 0), account: 'other' });
    expect(other.keys[0]?.windows[0]?.used).toBe(0);
    const key = await counts.sync(requestOf('a', 1, { key: 'counter 2' }));
    expect(key.keys[0]?.windows[0]?.used).toBe(0);
  });

  test('says for a minute that another process has reported other limits', async () => {
    reset();
    await using a = await open('a');
    await using b = await open('b');
    expect((await a.sync(requestOf('a', 0))).keys[0]).toMatchObject({ conflict: false, processes: 1, place: 0 });
    const other = await b.sync(requestOf('b', 0, { limits: { requestsPerMinute: 10, concurrency: 3 } }));
    expect(other.keys[0]).toMatchObject({ conflict: true, processes: 2, place: 1 });
    expect((await a.sync(requestOf('a', 1))).keys[0]?.conflict).toBe(true);
    // It has been configured anew.
    expect((await b.sync(requestOf('b', 1))).keys[0]?.conflict).toBe(false);
    await b.sync(requestOf('b', 2, { limits: {} }));
    clock.advance(59_999);
    expect((await a.sync(requestOf('a', 2))).keys[0]?.conflict).toBe(true);
    clock.advance(1);
    expect((await a.sync(requestOf('a', 3))).keys[0]?.conflict).toBe(false);
  });

  test('a beat counts the processes, and those that have restored what they know in this epoch', async () => {
    reset();
    await using a = await open('a');
    const first = await a.beat(undefined);
    expect(first).toMatchObject({ now: clock.now(), processes: 1, restored: 0 });
    expect(await a.beat('another epoch')).toEqual(first);
    expect(await a.beat(first.epoch)).toEqual({ ...first, restored: 1 });
    const b = await open('b');
    expect(await b.beat(undefined)).toEqual({ ...first, processes: 2, restored: 1 });
    expect(await b.beat(first.epoch)).toEqual({ ...first, processes: 2, restored: 2 });
    await b[Symbol.asyncDispose]();
    expect(await a.beat(first.epoch)).toEqual({ ...first, processes: 1, restored: 1 });
  });

  test('elects one process at a time to probe a server, and it again', async () => {
    reset();
    await using a = await open('a');
    await using b = await open('b');
    expect(await a.elect('server', 10_000)).toBe(true);
    expect(await b.elect('server', 10_000)).toBe(false);
    expect(await b.elect('other', 10_000)).toBe(true);
    clock.advance(9000);
    expect(await a.elect('server', 10_000)).toBe(true);
    clock.advance(9999);
    expect(await b.elect('server', 10_000)).toBe(false);
    clock.advance(1);
    expect(await b.elect('server', 10_000)).toBe(true);
    await b.publish({ kind: 'breaker_closed', server: 'server' });
    expect(await a.elect('server', 10_000)).toBe(true);
    await b.publish({ kind: 'breaker_open', server: 'server', retryAt: clock.now(), wait: 1 });
    expect(await b.elect('server', 10_000)).toBe(true);
  });

  test('passes on to others what changes something, and keeps it for those that come later', async () => {
    reset();
    await using a = await open('a');
    await using b = await open('b');
    const own: unknown[] = [];
    const heard: News[] = [];
    a.watch((news) => news && own.push(news));
    b.watch((news) => news && !isReady(news) && heard.push(news));
    const open1 = { kind: 'breaker_open', server: 's1', retryAt: clock.now() + 500, wait: 500 } as const;
    const sent: readonly News[] = [
      cooldown('k1', 10),
      cooldown('k1', 20),
      cooldown('k2', 5, 'exhausted'),
      open1,
      { ...open1, server: 's2' },
      { kind: 'breaker_closed', server: 's2' },
      { kind: 'forgive', reasons: ['exhausted', 'unauthorised'] },
      cooldown('k3', 10, 'exhausted'),
    ];
    const silent: readonly News[] = [
      cooldown('k1', 15),
      { kind: 'breaker_closed', server: 's2' },
      { kind: 'forgive', reasons: ['throttled'] },
    ];
    await ready(a, b);
    for (const news of [...sent, ...silent, LAST]) await a.publish(news);
    await expect.poll(() => heard).toEqual([...sent, LAST]);
    expect(own).toEqual([]);
    expect(sorted(await b.current())).toEqual(
      sorted([cooldown('k1', 20), cooldown('k3', 10, 'exhausted'), open1, LAST]),
    );
    clock.advance(10_000);
    expect(sorted(await b.current())).toEqual(sorted([cooldown('k1', 10), open1, LAST]));
    clock.advance(50_000);
    await a.publish({ kind: 'forgive', reasons: ['throttled'] });
    await expect.poll(() => heard.at(-1)).toEqual({ kind: 'forgive', reasons: ['throttled'] });
  });

  test('a disposed listener hears nothing', async () => {
    reset();
    await using a = await open('a');
    await using b = await open('b');
    const heard: unknown[] = [];
    const all: (News | undefined)[] = [];
    const watch = b.watch((news) => heard.push(news));
    b.watch((news) => all.push(news));
    await ready(a, b);
    expect(heard).toContainEqual(READY);
    watch[Symbol.dispose]();
    await a.publish(LAST);
    await expect.poll(() => all).toContainEqual(LAST);
    expect(heard).not.toContainEqual(LAST);
  });
});

/** Waits until what one process publishes reaches the other. */
async function ready(from: SharedCounts, to: SharedCounts): Promise<void> {
  let reached = false;
  using _ = to.watch((news) => (reached ||= news !== undefined && isReady(news)));
  await expect
    .poll(async () => {
      await from.publish(READY);
      return reached;
    })
    .toBe(true);
  await from.publish({ kind: 'breaker_closed', server: 'ready' });
}

/** Published until it is heard. */
const READY: News = { kind: 'breaker_open', server: 'ready', retryAt: START, wait: 1 };
/** Published after all others. */
const LAST: News = { kind: 'breaker_open', server: 'last', retryAt: START, wait: 1 };

function isReady(news: News): boolean {
  return 'server' in news && news.server === 'ready';
}

function sorted(news: readonly News[]): readonly string[] {
  return news.map((each) => JSON.stringify(each)).toSorted();
}
