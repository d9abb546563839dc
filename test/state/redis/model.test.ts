import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedisCounts } from '../../../src/state/redis/redis-counts.ts';
import { createMemoryCounts } from '../../../src/state/shared/memory-counts.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { REDIS, REDIS_PROGRAMS, RedisServer, redisTitle } from '../../helpers/redis.ts';
import { LedgerProcess } from './ledger-process.ts';
import { PROCESSES, world } from './world.ts';

/** Rounds what is reckoned in another order: sums of fractions drift. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1e5) / 1e5 + 0;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)]));
}

describe.skipIf(REDIS === undefined).each(REDIS_PROGRAMS)(redisTitle('the ledger in %s'), (program) => {
  let server: RedisServer | undefined;
  let worlds = 0;
  beforeAll(async () => {
    server = await RedisServer.start({ program });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('answers every request as the ledger in memory does', { timeout: 60_000 }, async () => {
    if (server === undefined) throw new Error('no server');
    const address = server.address();
    let clock = fakeClock();
    const prefix = 'model';
    await using redis = await openRedisCounts({ address, prefix, process: 'x', now: () => clock.now() });
    expect(await redis.opened).toBeUndefined();
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        clock = fakeClock(drawn.start);
        const account = `account ${worlds++}`;
        const memory = createMemoryCounts(clock).connect('x');
        const processes = new Map(PROCESSES.map((id) => [id, new LedgerProcess(id, drawn, clock)]));
        for (const each of drawn.steps) {
          clock.advance(each.gap);
          const process = processes.get(each.process);
          if (process === undefined) continue;
          const request = { ...process.request(each), account };
          const [expected, actual] = await Promise.all([memory.sync(request), redis.sync(request)]);
          expect(rounded(actual)).toEqual(rounded(expected));
          if (each.heard) process.hear(request, expected);
        }
      }),
      { numRuns: Number(process.env['LEDGER_RUNS'] ?? 300) },
    );
  });
});
