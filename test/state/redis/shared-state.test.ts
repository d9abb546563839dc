import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { openRedisCounts } from '../../../src/state/redis/redis-counts.ts';
import { createSharedState } from '../../../src/state/shared/shared-state.ts';
import { REDIS, REDIS_PROGRAMS, RedisServer, redisTitle } from '../../helpers/redis.ts';
import { testLimitState } from '../contract.ts';

describe.skipIf(REDIS === undefined).each(REDIS_PROGRAMS)(redisTitle('a state over %s'), (program) => {
  let server: RedisServer;
  const stack = new AsyncDisposableStack();
  beforeAll(async () => void (server = stack.use(await RedisServer.start({ program }))));
  afterAll(() => stack[Symbol.asyncDispose]());

  testLimitState(async (clock) => {
    const counts = await openRedisCounts({
      address: server.address(),
      prefix: `test-${randomUUID()}`,
      process: 'one',
      now: () => clock.now(),
    });
    await counts.opened;
    const options = { counts, process: 'one', clock, timeout: 1000, lease: 30_000, replicas: 1 };
    const state = stack.use(createSharedState({ ...options, onMode: () => undefined }));
    await state.ready;
    return state;
  });
});
