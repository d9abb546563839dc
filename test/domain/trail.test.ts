import { expect, test } from 'vitest';
import { costOfTrail, failoverOf, type TrailStep } from '../../src/domain/trail.ts';
import type { Cost } from '../../src/domain/usage.ts';

const usage = { input: 1, output: 1, source: 'provider' } as const;
const step = (costNano: number, costSource: Cost['source'], more: { costApproximate?: true } = {}): object => ({
  usage,
  costNano,
  costSource,
  ...more,
});

test('a trail costs what its attempts cost together, with the least certain source', () => {
  expect(costOfTrail([])).toEqual({ nano: 0, source: 'none', approximate: false });
  expect(costOfTrail([{}, step(5, 'provider')])).toEqual({ nano: 5, source: 'provider', approximate: false });
  expect(costOfTrail([step(5, 'provider'), step(7, 'configured')])).toMatchObject({ nano: 12, source: 'configured' });
  expect(costOfTrail([step(5, 'table'), step(7, 'configured')])).toMatchObject({ nano: 12, source: 'table' });
  expect(costOfTrail([step(5, 'provider', { costApproximate: true }), step(7, 'provider')])).toMatchObject({
    nano: 12,
    approximate: true,
  });
  // A local server's part is free, and says nothing of the rest.
  expect(costOfTrail([step(0, 'none'), step(7, 'provider')])).toMatchObject({ nano: 7, source: 'provider' });
});

test('a usage without a known cost makes the whole unknown', () => {
  const unknown = { nano: null, source: 'none', approximate: false };
  expect(costOfTrail([step(5, 'provider'), { usage }])).toEqual(unknown);
  expect(costOfTrail([{ usage }, step(5, 'provider')])).toEqual(unknown);
});

const at = (entry: string, outcome: TrailStep['outcome'], more: Partial<TrailStep> = {}): TrailStep => {
  const [provider = '', model = ''] = entry.split('/');
  return { provider, model, outcome, ...more };
};
const ANSWERED = at('b/m', 'answered');

test.each<[string, TrailStep[], boolean]>([
  ['another entry has failed before', [at('a/m', 'silent'), ANSWERED], true],
  ['another model of its provider has failed before', [at('b/other', 'silent'), ANSWERED], true],
  ['the first step has answered', [ANSWERED, at('a/m', 'silent')], false],
  ['another entry was skipped', [at('a/m', 'skipped'), ANSWERED], false],
  ['it was tried again', [at('b/m', 'throttled'), ANSWERED], false],
  ['another attempt was slower', [at('a/m', 'cancelled', { reason: 'hedge_lost' }), ANSWERED], false],
  ['an attempt beside it has failed', [at('a/m', 'throttled', { hedge: true }), ANSWERED], false],
  ['no step has answered', [at('a/m', 'silent'), at('b/m', 'silent')], false],
])('failed over: %s', (_, trail, hasFailed) => {
  expect(failoverOf(trail)).toBe(hasFailed ? ANSWERED : undefined);
});
