import { expect, test } from 'vitest';
import { PLAIN_RULES } from '../../../src/domain/limits.ts';
import type { KeyReport, SharedCounts, SyncReply } from '../../../src/state/shared/counts.ts';
import { createMemoryCounts } from '../../../src/state/shared/memory-counts.ts';
import { fakeClock } from '../../helpers/clock.ts';

const START = Date.parse('2026-06-15T12:00:00Z');
const DAY = 24 * 3600_000;
const BOOKED = { running: 0, requestsPerMinute: 0, tokensPerMinute: 0, requestsPerDay: 0, tokensPerDay: 0 };

function sync(counts: SharedCounts, number: number, changes: KeyReport['changes'] = []): Promise<SyncReply> {
  const report = { key: 'a/m', rules: PLAIN_RULES, limits: { requestsPerDay: 10 }, booked: BOOKED, changes, ends: {} };
  return counts.sync({ account: 'a', process: 'p', number, lease: 1000, keys: [report], takes: [] });
}

test('used days and long cooldowns outlive the ledger, and its watchers hear of each change', async () => {
  const clock = fakeClock(START);
  const first = createMemoryCounts(clock);
  const heard: string[] = [];
  using _ = first.watch((key) => heard.push(key));
  const counts = first.connect('p');
  const until = START + DAY;
  await sync(counts, 1, [{ kind: 'spent', window: 'requestsPerDay', amount: 7, until, limit: 10 }]);
  const cooldown = { retryAt: START + DAY, lasting: true, reason: 'unauthorised' } as const;
  await counts.publish({ kind: 'cooldown', key: 'a', cooldown });
  await counts.publish({ kind: 'cooldown', key: 'b', cooldown: { ...cooldown, retryAt: START + 1000 } });
  expect(heard).toHaveLength(3);
  const lasting = first.lasting();
  expect(lasting).toEqual({
    cooldowns: [{ key: 'a', ...cooldown }],
    windows: [{ key: 'a/m', window: 'requestsPerDay', used: 7, until, limit: undefined }],
  });
  const next = createMemoryCounts(clock);
  next.restore(lasting);
  expect(next.lasting()).toEqual(lasting);
  const connected = next.connect('p');
  expect((await sync(connected, 1)).keys[0]?.windows).toMatchObject([{ window: 'requestsPerDay', used: 7 }]);
  expect(await connected.current()).toEqual([{ kind: 'cooldown', key: 'a', cooldown }]);
  // It is counted once.
  expect(next.lasting()).toEqual(lasting);
  clock.advance(DAY + 1);
  expect(next.lasting()).toEqual({ cooldowns: [], windows: [] });
});
