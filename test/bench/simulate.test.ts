import { expect, test } from 'vitest';
import { type Day, type Subject, live, type World } from './simulation/day.ts';
import { openGateway } from './simulation/gateway.ts';
import { openNoLedger } from './simulation/no-ledger.ts';

/** Noon in California, when most requests come. */
const options = { seed: 3, start: Date.parse('2026-11-25T20:00:00Z'), hours: 1 };
const hour = (open: (world: World) => Subject): Promise<Day> => live(options, open);
const learned = (world: World): Subject => openGateway(world, false);
const sum = ({ spendings }: Day, part: 'refusals' | 'needless'): number =>
  spendings.reduce((all, each) => all + each[part], 0);

test('in a busy hour of free tiers whose limits are configured no vendor has to say 429', async () => {
  const day = await hour((world) => openGateway(world, true));
  expect(day.failures).toEqual([]);
  expect(day.requests).toBe(day.served + day.refused + day.left);
  expect([day.spilled > 0, day.refused > 0, sum(day, 'refusals')]).toEqual([true, true, 0]);
});

test('where they are not, each says so at most once in each window, and no less is served', async () => {
  const day = await hour(learned);
  const byFailing = await hour(openNoLedger);
  expect(day.failures).toEqual([]);
  expect(day.spendings.map(({ needless }) => needless).filter(Boolean)).toEqual([]);
  expect(sum(day, 'refusals')).toBeGreaterThan(0);
  expect(day.served).toBeGreaterThanOrEqual(byFailing.served);
  expect(sum(byFailing, 'refusals')).toBeGreaterThan(sum(day, 'refusals'));
});

test('the same seed gives the same hour', async () => {
  expect(await hour(learned)).toEqual(await hour(learned));
});
