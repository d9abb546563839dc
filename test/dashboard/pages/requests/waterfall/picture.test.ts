import { expect, test } from 'vitest';
import { pictureOf } from '../../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import { makeFailover, makeRecord, makeSkipped, makeStep } from '../record.ts';

test('a skipped entry stands at the end of the attempt before it', () => {
  expect(pictureOf(makeFailover()).steps.map(({ entry, fate, from, to }) => [entry, fate, from, to])).toEqual([
    [1, 'failed', 1, 219],
    [2, 'skipped', 219, 219],
    [3, 'answered', 220, 3021],
  ]);
});

test('a trail in the order of ends is drawn in the order of starts', () => {
  const { steps } = pictureOf(
    makeRecord({
      trail: [
        makeStep({ provider: 'fast', hedge: true, started_ms: 50, duration_ms: 50 }),
        makeStep({ provider: 'slow', outcome: 'cancelled', reason: 'hedge_lost', started_ms: 1, duration_ms: 99 }),
      ],
    }),
  );
  expect(steps.map(({ provider, fate, cutBy }) => [provider, fate, cutBy])).toEqual([
    ['slow', 'lost', 'hedge'],
    ['fast', 'answered', null],
  ]);
});

test('an entry that is tried again keeps its number', () => {
  const { steps } = pictureOf(
    makeRecord({
      trail: [
        makeSkipped({ model: 'a' }),
        makeStep({ model: 'b', outcome: 'overloaded' }),
        makeStep({ model: 'a', started_ms: 100 }),
      ],
    }),
  );
  expect(steps.map(({ entry }) => entry)).toEqual([1, 2, 1]);
});

test('two keys of one provider are two entries', () => {
  const { steps } = pictureOf(
    makeRecord({ trail: [makeStep({ key: 1, outcome: 'throttled' }), makeStep({ key: 2, started_ms: 100 })] }),
  );
  expect(steps.map(({ entry }) => entry)).toEqual([1, 2]);
});

test('the last step behind steps that are left out has no number', () => {
  const { steps, omitted } = pictureOf(
    makeRecord({
      trail_omitted: 5,
      trail: [makeStep({ model: 'a', outcome: 'overloaded' }), makeStep({ started_ms: 100 })],
    }),
  );
  expect(steps.map(({ entry }) => entry)).toEqual([1, null]);
  expect(omitted).toBe(5);
});

test('an attempt without a usage has cost nothing where the whole cost is known, and else is unknown', () => {
  const trail = [makeStep({ outcome: 'throttled' })];
  expect(pictureOf(makeRecord({ cost_usd: 0, trail })).steps[0]?.costUsd).toBe(0);
  expect(pictureOf(makeRecord({ cost_usd: null, trail })).steps[0]?.costUsd).toBeNull();
  const used = [makeStep({ outcome: 'silent', input_tokens: 4 })];
  expect(pictureOf(makeRecord({ cost_usd: 0.1, trail: used })).steps[0]?.costUsd).toBeNull();
});

test('the attempt that runs when the deadline has passed is cut, not failed', () => {
  const { steps } = pictureOf(
    makeRecord({
      code: 'deadline_exceeded',
      status: 504,
      committed_ms: null,
      trail: [makeStep({ model: 'a', outcome: 'silent' }), makeStep({ outcome: 'silent', started_ms: 100 })],
    }),
  );
  expect(steps.map(({ fate, cutBy }) => [fate, cutBy])).toEqual([
    ['failed', null],
    ['lost', 'deadline'],
  ]);
});
