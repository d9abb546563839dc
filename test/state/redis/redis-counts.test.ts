import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PLAIN_RULES } from '../../../src/domain/limits.ts';
import { RedisError } from '../../../src/redis/redis-error.ts';
import { openRedisCounts, type RedisCounts, type RedisCountsOptions } from '../../../src/state/redis/redis-counts.ts';
import type { SyncRequest } from '../../../src/state/shared/counts.ts';
import type { News } from '../../../src/state/shared/news.ts';
import { REDIS, RedisServer, redisTitle } from '../../helpers/redis.ts';

const NOTHING = { running: 0, requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };
const NEWS: News = { kind: 'breaker_open', server: 's', retryAt: 1, wait: 1 };

function requestOf(number: number, parts: Partial<SyncRequest> = {}): SyncRequest {
  const keys = ['secret of a provider', 'other'].map((key) => ({
    key,
    rules: PLAIN_RULES,
    limits: { requestsPerMinute: 1 },
    booked: NOTHING,
    changes: [],
    ends: {},
  }));
  const takes = [{ parts: [{ key: 0, tokens: 1, minimumTokens: 1 }] }];
  return { account: 'openai sk-secret', process: 'a', number, lease: 2000, keys, takes, ...parts };
}

async function ready(counts: RedisCounts): Promise<void> {
  expect(await counts.opened).toBeUndefined();
}

describe.skipIf(REDIS === undefined)(redisTitle('the ledger of one Redis'), () => {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(() => redis().run(['FLUSHALL']));
  afterAll(() => server?.[Symbol.asyncDispose]());

  function redis(): RedisServer {
    if (server === undefined) throw new Error('no server');
    return server;
  }

  function open(parts: Partial<RedisCountsOptions> = {}): Promise<RedisCounts> {
    return openRedisCounts({ address: redis().address(), prefix: 'sw', process: 'a', ...parts });
  }

  test('goes by the clock of Redis', async () => {
    await using counts = await open();
    await ready(counts);
    const reply = await counts.sync(requestOf(0));
    const [time] = await redis().run(['TIME']);
    const now = Array.isArray(time) ? Number(time[0]) * 1000 : 0;
    expect(Math.abs(reply.now - now)).toBeLessThan(5000);
    expect((await counts.beat(undefined)).now).toBeGreaterThanOrEqual(reply.now);
  });

  test('every key expires but the epoch, and no name has a secret in it', async () => {
    await using counts = await open();
    await ready(counts);
    const { epoch } = await counts.beat(undefined);
    await counts.beat(epoch);
    await counts.sync(requestOf(0));
    await counts.elect('https://secret.example', 1000);
    await counts.publish(NEWS);
    const cooldown = { retryAt: Date.now() + 60_000, lasting: false, reason: 'throttled' } as const;
    await counts.publish({ kind: 'cooldown', key: 'k', cooldown });
    await counts.publish({ kind: 'forgive', reasons: [] });
    const [keys] = await redis().run(['KEYS', '*']);
    const names = Array.isArray(keys) ? keys.map(String).toSorted() : [];
    const hidden = names.map((name) => name.replaceAll(/[0-9a-f]{16}/g, 'HASH'));
    expect(hidden).toEqual([
      'sw:{HASH}:c:HASH',
      'sw:{HASH}:c:HASH',
      'sw:{HASH}:q:a',
      'sw:{fleet}:epoch',
      'sw:{fleet}:procs',
      'sw:{fleet}:restored',
      'sw:{news}:breaker-times',
      'sw:{news}:breakers',
      'sw:{news}:cooldown-ends',
      'sw:{news}:cooldowns',
      'sw:{news}:forgiven',
      'sw:{news}:probe:HASH',
    ]);
    const left = await redis().run(...names.map((name) => ['PTTL', name] as const));
    const lasting = names.filter((_, index) => left[index] === -1);
    expect(lasting).toEqual(['sw:{fleet}:epoch']);
    // The longest window and an hour.
    expect(left[0]).toBeGreaterThan(3_600_000);
    expect(left[0]).toBeLessThanOrEqual(3_660_000);
  });

  test('a Redis that was emptied has another epoch, and no process counts as restored in it', async () => {
    await using a = await open();
    await using b = await open({ process: 'b' });
    await ready(a);
    await ready(b);
    const { epoch } = await a.beat(undefined);
    expect(await b.beat(epoch)).toMatchObject({ epoch, processes: 2, restored: 1 });
    await redis().run(['FLUSHALL']);
    const after = await a.beat(epoch);
    expect(after).toMatchObject({ processes: 1, restored: 0 });
    expect(after.epoch).not.toBe(epoch);
    expect(await b.beat(epoch)).toMatchObject({ epoch: after.epoch, processes: 2, restored: 0 });
    expect(await a.beat(after.epoch)).toMatchObject({ processes: 2, restored: 1 });
  });

  test('a process without a beat for five seconds is gone', async () => {
    let now = 1_000_000;
    await using a = await open({ now: () => now });
    await using b = await open({ process: 'b', now: () => now });
    await ready(a);
    await ready(b);
    const { epoch } = await a.beat(undefined);
    await b.beat(epoch);
    now += 5000;
    expect(await a.beat(epoch)).toMatchObject({ processes: 2, restored: 2 });
    now += 1;
    expect(await a.beat(epoch)).toMatchObject({ processes: 1, restored: 1 });
  });

  test('what was counted, and news, outlive the processes', async () => {
    {
      await using first = await open();
      await ready(first);
      expect((await first.sync(requestOf(0))).takes).toEqual([{ kind: 'taken' }]);
      await first.publish(NEWS);
    }
    await using second = await open({ process: 'b' });
    await ready(second);
    const { takes, keys } = await second.sync(requestOf(0, { process: 'b' }));
    expect(takes).toMatchObject([{ kind: 'refused', part: 0, obstacle: { window: 'requestsPerMinute' } }]);
    expect(keys[0]).toMatchObject({ running: 1, processes: 2 });
    expect(await second.current()).toEqual([NEWS]);
    expect((await second.beat(undefined)).processes).toBe(1);
  });

  test('two prefixes share nothing', async () => {
    await using one = await open();
    await using other = await open({ prefix: 'other' });
    await ready(one);
    await ready(other);
    const heard: unknown[] = [];
    other.watch((news) => heard.push(news));
    await one.sync(requestOf(0));
    await one.publish(NEWS);
    expect((await other.sync(requestOf(0))).takes).toEqual([{ kind: 'taken' }]);
    await one.beat(undefined);
    expect((await other.beat(undefined)).processes).toBe(1);
    expect(await other.current()).toEqual([]);
    expect(heard.filter((each) => each !== undefined)).toEqual([]);
  });

  test('a key of another type, garbage and what no version publishes are no end of it', async () => {
    await using counts = await open();
    await ready(counts);
    await counts.sync(requestOf(0));
    const [keys] = await redis().run(['KEYS', '*:c:*']);
    const [name = ''] = Array.isArray(keys) ? keys.map(String) : [];
    await redis().run(['SET', name, 'garbage']);
    await expect(counts.sync(requestOf(1))).rejects.toMatchObject({ problem: 'refused' });
    await redis().run(['DEL', name], ['LPUSH', name, 'x']);
    await expect(counts.sync(requestOf(1))).rejects.toBeInstanceOf(RedisError);
    await redis().run(['DEL', name]);
    expect((await counts.sync(requestOf(1))).takes).toHaveLength(1);

    const heard: unknown[] = [];
    counts.watch((news) => heard.push(news));
    await expect.poll(() => heard).toEqual([undefined]);
    for (const text of [
      'x',
      'b {',
      'b {"kind":"other"}',
      'b {"kind":"cooldown","key":"k","cooldown":{"retryAt":1,"reason":"x"}}',
    ])
      await redis().run(['PUBLISH', 'sw:news', text]);
    await redis().run(['PUBLISH', 'sw:news', 'b {"kind":"breaker_closed","server":"s","more":1}']);
    await expect.poll(() => heard).toEqual([undefined, { kind: 'breaker_closed', server: 's' }]);
  });

  test('scripts that the server has forgotten are sent again', async () => {
    await using counts = await open();
    await ready(counts);
    await counts.sync(requestOf(0));
    await redis().run(['SCRIPT', 'FLUSH']);
    expect((await counts.sync(requestOf(1))).takes).toHaveLength(1);
  });

  test('rejects at once while the server is down, and goes on when it is back', async () => {
    const problems: RedisError[] = [];
    await using counts = await open({ onProblem: (problem) => problems.push(problem) });
    await ready(counts);
    const heard: (News | undefined)[] = [];
    counts.watch((news) => heard.push(news));
    await expect.poll(() => heard).toEqual([undefined]);
    const { epoch } = await counts.beat(undefined);

    redis().signal('SIGSTOP');
    const stuck = counts.sync(requestOf(0)).catch((error: unknown) => error);
    await redis().stop();
    expect(await stuck).toMatchObject({ name: 'RedisError', problem: 'unreachable' });
    for (const call of [
      counts.sync(requestOf(1)),
      counts.beat(epoch),
      counts.elect('s', 1),
      counts.publish(NEWS),
      counts.current(),
    ])
      await expect(call).rejects.toMatchObject({
        name: 'RedisError',
        problem: 'unreachable',
        message: 'not connected',
      });
    await expect.poll(() => problems.map(({ problem }) => problem)).toContain('unreachable');

    await redis().start();
    await expect.poll(() => heard).toEqual([undefined, undefined]);
    await expect
      .poll(() =>
        counts.beat(epoch).then(
          (fleet) => fleet.epoch !== epoch,
          () => false,
        ),
      )
      .toBe(true);
    expect((await counts.sync(requestOf(2))).takes).toEqual([{ kind: 'taken' }]);
  });

  test('what was sent to a server that hangs is applied late, and only once', async () => {
    await using counts = await open();
    await ready(counts);
    const spent = {
      kind: 'spent',
      window: 'requestsPerMinute',
      amount: 1,
      until: Date.now() + 60_000,
      limit: 1,
    } as const;
    const request = requestOf(0, { takes: [] });
    const reporting = { ...request, keys: request.keys.map((key) => ({ ...key, changes: [spent] })) };
    redis().signal('SIGSTOP');
    const late = counts.sync(reporting);
    const again = counts.sync(reporting);
    redis().signal('SIGCONT');
    expect((await late).keys[0]?.windows[0]?.used).toBe(1);
    expect((await again).keys[0]?.windows[0]?.used).toBe(1);
  });

  test('closes within a second while the server hangs', async () => {
    const counts = await open();
    await ready(counts);
    redis().signal('SIGSTOP');
    const stuck = counts.sync(requestOf(0)).catch((error: unknown) => error);
    const from = performance.now();
    await counts[Symbol.asyncDispose]();
    expect(performance.now() - from).toBeLessThan(1000);
    redis().signal('SIGCONT');
    expect(await stuck).toBeInstanceOf(RedisError);
  });
});
