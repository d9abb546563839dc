import type { AttemptHour } from 'spillway/client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cellWords,
  countOutcomes,
  healthRows,
  showsFault,
  worstCell,
} from '../../../../dashboard/pages/providers/health-rows.ts';
import { createAttemptStats } from '../../../../src/observe/attempt-stats.ts';
import { FAILS_OVER, type OutcomeKind } from '../../../../src/domain/outcome.ts';
import { fakeClock } from '../../../helpers/clock.ts';

const hour = (at: number): string => `2026-11-30T${String(at).padStart(2, '0')}:00:00Z`;
const RANGE = { from: hour(8), to: hour(12) };

function attempts(at: number, outcome: AttemptHour['outcome'], count: number, model = 'llama'): AttemptHour {
  return { hour: hour(at), provider: 'groq', model, outcome, attempts: count };
}

/** The words of the cell from 9 to 10. */
function words(data: readonly AttemptHour[]): string | undefined {
  const cell = healthRows({ ...RANGE, data }, [{ provider: 'groq', model: 'llama' }], 1)[0]?.cells[1];
  return cell && cellWords(cell);
}

test('an hour is a cell, with the attempts that show whether the model works', () => {
  const data = [attempts(9, 'answered', 8), attempts(9, 'throttled', 2), attempts(9, 'cancelled', 5)];
  const [row] = healthRows({ ...RANGE, data }, [], 1);
  expect(row).toMatchObject({ provider: 'groq', model: 'llama', attempts: 10, failed: 2 });
  expect(row?.cells.map(({ attempts: all, failed }) => [all, failed])).toEqual([
    [0, 0],
    [10, 2],
    [0, 0],
    [0, 0],
  ]);
  expect(row?.cells[1]).toMatchObject({ from: Date.parse(hour(9)), to: Date.parse(hour(10)) });
});

test('several hours fold into a cell, the last of which may be shorter', () => {
  const data = [attempts(8, 'answered', 1), attempts(10, 'silent', 2), attempts(11, 'silent', 3)];
  const [row] = healthRows({ ...RANGE, data }, [], 3);
  expect(row?.cells.map(({ from, to, failed }) => [from, to, failed])).toEqual([
    [Date.parse(hour(8)), Date.parse(hour(11)), 2],
    [Date.parse(hour(11)), Date.parse(hour(12)), 3],
  ]);
});

test('models that are configured come first, also without attempts, and then those that have some', () => {
  const models = [
    { provider: 'openai', model: 'gpt' },
    { provider: 'groq', model: 'llama' },
  ];
  const data = [attempts(9, 'answered', 1, 'named-by-client'), attempts(9, 'answered', 1)];
  expect(healthRows({ ...RANGE, data }, models, 1).map(({ model, attempts: all }) => [model, all])).toEqual([
    ['gpt', 0],
    ['llama', 1],
    ['named-by-client', 1],
  ]);
});

test('however hours are folded, no attempt is lost or counted twice', () => {
  const outcome = fc.constantFrom<AttemptHour['outcome']>('answered', 'throttled', 'cancelled', 'silent');
  const rows = fc.array(
    fc.record({ at: fc.integer({ min: 8, max: 11 }), outcome, count: fc.integer({ min: 1, max: 100 }) }),
  );
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 6 }), (all, hours) => {
      const data = all.map(({ at, outcome: kind, count }) => attempts(at, kind, count));
      const cells = healthRows({ ...RANGE, data }, [], hours).flatMap((row) => row.cells);
      const sum = cells.flatMap(({ outcomes }) => outcomes).reduce((total, each) => total + each.attempts, 0);
      expect(sum).toBe(all.reduce((total, { count }) => total + count, 0));
    }),
  );
});

test('the same outcomes are failures here as in the shares of providers.list', () => {
  const kinds = (Object.keys(FAILS_OVER) as OutcomeKind[]).filter((kind) => kind !== 'skipped');
  for (const outcome of kinds) {
    const stats = createAttemptStats({ clock: fakeClock(), isConfigured: () => true });
    const name = { provider: 'groq', model: 'llama' };
    stats.listen({
      kind: 'attempt_finished',
      requestId: 'req_1',
      clientRequestId: undefined,
      chain: 'default',
      tenant: '',
      n: 1,
      step: { ...name, outcome },
    });
    const { good, all } = stats.of(name)?.hour ?? { good: 0, all: 0 };
    expect([outcome, showsFault(outcome)]).toEqual([outcome, all > good]);
  }
});

test('outcomes are summed, the most frequent one first', () => {
  const rows = [attempts(8, 'answered', 1), attempts(9, 'silent', 5), attempts(10, 'answered', 6)];
  expect(countOutcomes(rows)).toEqual([
    { outcome: 'answered', attempts: 7 },
    { outcome: 'silent', attempts: 5 },
  ]);
});

test('the worst cell is the one with the most failures', () => {
  const data = [attempts(8, 'silent', 1), attempts(9, 'throttled', 4, 'other'), attempts(10, 'answered', 99)];
  const rows = healthRows({ ...RANGE, data }, [], 1);
  expect(worstCell(rows)).toEqual({ row: 1, cell: 1 });
  expect(worstCell(healthRows({ ...RANGE, data: [attempts(8, 'answered', 1)] }, [], 1))).toBeUndefined();
});

test('a cell is read in words: what failed and how, and what shows nothing', () => {
  const data = [attempts(9, 'answered', 8), attempts(9, 'throttled', 2), attempts(9, 'silent', 1)];
  expect(words(data)).toBe('11 attempts, 3 failed: 2 rate limited, 1 no answer in time');
  expect(words([attempts(9, 'answered', 1), attempts(9, 'cancelled', 3)])).toBe(
    '1 attempt, 0 failed; not counted: 3 cancelled',
  );
  expect(words([])).toBe('no attempts');
});
