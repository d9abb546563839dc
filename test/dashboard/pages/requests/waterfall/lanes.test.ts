import { expect, test } from 'vitest';
import { type Lane, lanesOf, MAX_LANES } from '../../../../../dashboard/pages/requests/waterfall/lanes.ts';
import { pictureOf } from '../../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import { makeRecord, makeSkipped, makeStep } from '../record.ts';

const CLOSED = { opened: new Set<string>(), showAll: false };

function kinds(lanes: readonly Lane[]): readonly string[] {
  return lanes.map((lane) => (lane.kind === 'folded' ? `folded ${lane.steps.length}` : lane.kind));
}

const SKIPS = pictureOf(
  makeRecord({
    trail: [
      makeSkipped({ model: 'a' }),
      makeSkipped({ model: 'b' }),
      makeSkipped({ model: 'c', reason: 'limited' }),
      makeStep(),
    ],
  }),
);

test('entries that were skipped one after the other for one reason share a lane', () => {
  expect(kinds(lanesOf(SKIPS, CLOSED))).toEqual(['folded 2', 'step', 'step']);
});

test('a folded lane opens, and no other one', () => {
  const [first] = lanesOf(SKIPS, CLOSED);
  expect(kinds(lanesOf(SKIPS, { opened: new Set([first?.id ?? '']), showAll: false }))).toEqual([
    'step',
    'step',
    'step',
    'step',
  ]);
});

test('of many lanes the first ones and the last one are shown, until all are', () => {
  const trail = Array.from({ length: 20 }, (_, at) =>
    makeStep({ model: `m${at}`, outcome: 'overloaded', started_ms: at * 100 }),
  );
  const picture = pictureOf(makeRecord({ trail, committed_ms: null, code: 'all_providers_exhausted' }));
  const lanes = lanesOf(picture, CLOSED);
  expect(lanes).toHaveLength(MAX_LANES);
  expect(lanes.at(-2)).toMatchObject({ kind: 'hidden', count: 9 });
  expect(lanes.at(-1)).toMatchObject({ kind: 'step', step: { model: 'm19' } });
  expect(lanesOf(picture, { ...CLOSED, showAll: true })).toHaveLength(20);
});

test('steps that the row does not have are a lane before the last one', () => {
  const trail = [makeStep({ model: 'a', outcome: 'overloaded' }), makeStep({ started_ms: 100 })];
  expect(kinds(lanesOf(pictureOf(makeRecord({ trail, trail_omitted: 3 })), CLOSED))).toEqual([
    'step',
    'omitted',
    'step',
  ]);
});
