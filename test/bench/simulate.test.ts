import { expect, test } from 'vitest';
import { type Day, type Subject, simulate, type World } from './simulation/day.ts';
import { openGateway } from './simulation/gateway.ts';
import { openNoLedger } from './simulation/no-ledger.ts';

/** Noon in California, when most requests arrive. */
const options = { seed: 3, start: Date.parse('2026-11-25T20:00:00Z'), hours: 1 };
const hour = (open: (world: World) => Subject): Promise<Day> => simulate(options, open);
const learned = (world: World): Subject => openGateway(world, false);
const sum = ({ exhaustions }: Day, part: 'refusals' | 'avoidable'): number =>
  exhaustions.reduce((all, each) => all + each[part], 0);

test('in a busy hour of free tiers with configured limits, no provider replies 429', async () => {
  const day = await hour((world) => openGateway(world, true));
  expect(day.failures).toEqual([]);
  expect(day.requests).toBe(day.served + day.refused + day.disconnected);
  expect([day.failedOver > 0, day.refused > 0, sum(day, 'refusals')]).toEqual([true, true, 0]);
});

test('without configured limits, each provider replies 429 at most once per window, and as much is served', async () => {
  const day = await hour(learned);
  const byFailing = await hour(openNoLedger);
  expect(day.failures).toEqual([]);
  expect(day.exhaustions.map(({ avoidable }) => avoidable).filter(Boolean)).toEqual([]);
  expect(sum(day, 'refusals')).toBeGreaterThan(0);
  expect(day.served).toBeGreaterThanOrEqual(byFailing.served);
  expect(sum(byFailing, 'refusals')).toBeGreaterThan(sum(day, 'refusals'));
});

test('the same seed gives the same hour', async () => {
  expect(await hour(learned)).toEqual(await hour(learned));
});
