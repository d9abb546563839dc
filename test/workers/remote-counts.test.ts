import { expect, test } from 'vitest';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import type { SyncRequest } from '../../src/state/shared/counts.ts';
import { createMemoryCounts } from '../../src/state/shared/memory-counts.ts';
import type { News } from '../../src/state/shared/news.ts';
import { createLink } from '../../src/workers/link.ts';
import type { PrimaryProcedures, WorkerProcedures } from '../../src/workers/protocol.ts';
import { createRemoteCounts } from '../../src/workers/remote-counts.ts';
import { serveCounts } from '../../src/workers/serve-counts.ts';
import { fakeClock } from '../helpers/clock.ts';
import { portPair } from './port-pair.ts';

const NOTHING = { running: 0, requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };

/** A take of one request of an account with a concurrency of 20. */
function take(number: number): SyncRequest {
  const booked = { ...NOTHING, running: number, requestsPerMinute: number, requestsPerDay: number };
  const key = {
    key: 'k',
    rules: PLAIN_RULES,
    limits: { concurrency: 20, requestsPerMinute: 100 },
    booked,
    changes: [],
    ends: {},
  };
  const takes = [{ parts: [{ key: 0, tokens: 1, minimumTokens: 1 }] }];
  return { account: 'a', process: 'whatever it says', number, lease: 30_000, keys: [key], takes };
}

function ledger() {
  const clock = fakeClock();
  const counts = createMemoryCounts(clock);
  return {
    clock,
    connect: (process: string) => {
      const ports = portPair();
      const served = serveCounts(counts.connect(process), {
        process,
        onNews: (news) => toWorker.notify('news', news),
      });
      const toWorker = createLink<WorkerProcedures>(ports.other, served.procedures);
      const handlers = { news: (news: News | undefined) => remote.onNews(news) };
      const remote = createRemoteCounts(createLink<PrimaryProcedures>(ports.one, handlers));
      return { ...remote.counts, served, ...ports };
    },
  };
}

test('workers take from one ledger: of 20 at once two of them get 20 together, and each message carries all calls of a turn', async () => {
  const { connect } = ledger();
  const [one, other] = [connect('w1'), connect('w2')];
  const granted = async (counts: typeof one, account: string): Promise<number> => {
    let running = 0;
    for (let number = 0; number < 20; number++) {
      const reply = await counts.sync({ ...take(running), number, account });
      if (reply.takes[0]?.kind === 'taken') running++;
    }
    return running;
  };
  const [first, second] = await Promise.all([granted(one, 'a'), granted(other, 'a')]);
  expect(first + second).toBe(20);
  const before = one.posted();
  await Promise.all(['b', 'c', 'd'].map((account) => one.sync({ ...take(0), account })));
  expect(one.posted() - before).toBe(1);
});

test('the end of a worker ends what it has booked, whatever it calls itself', async () => {
  const { connect } = ledger();
  const [one, other] = [connect('w1'), connect('w2')];
  for (let number = 0; number < 20; number++) await one.sync(take(number));
  expect((await other.sync(take(0))).takes[0]).toMatchObject({ kind: 'refused', obstacle: { window: 'concurrency' } });
  await one.served[Symbol.asyncDispose]();
  const { takes, keys } = await other.sync(take(1));
  expect(takes).toEqual([{ kind: 'taken' }]);
  // Its requests count as spent.
  expect(keys[0]?.windows.find(({ window }) => window === 'requestsPerMinute')?.used).toBeGreaterThanOrEqual(1);
});

test('news reach the other workers only, and are there for those that start later', async () => {
  const { connect, clock } = ledger();
  const [one, other] = [connect('w1'), connect('w2')];
  const seen: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using _own = one.watch((news) => seen.push(['one', news]));
  using _theirs = other.watch((news) => {
    seen.push(['other', news]);
    resolve();
  });
  const news: News = { kind: 'breaker_open', server: 's', retryAt: clock.now() + 1000, wait: 1000 };
  await one.publish(news);
  await promise;
  expect(seen).toEqual([['other', news]]);
  expect(await connect('w3').current()).toEqual([news]);
  expect([await one.elect('s', 1000), await other.elect('s', 1000)]).toEqual([true, false]);
  const { epoch, processes } = await one.beat(undefined);
  expect(processes).toBe(3);
  expect(await one.beat(epoch)).toMatchObject({ epoch, processes: 3, restored: 1 });
});

test('everything rejects once the primary is gone', async () => {
  const { connect } = ledger();
  const one = connect('w1');
  one.close();
  await expect(one.sync(take(0))).rejects.toThrow('The other process is gone.');
  await expect(one.current()).rejects.toThrow('The other process is gone.');
});
