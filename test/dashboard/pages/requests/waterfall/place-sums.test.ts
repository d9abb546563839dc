import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lanesOf } from '../../../../../dashboard/pages/requests/waterfall/lanes.ts';
import { pictureOf } from '../../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import { type PlacedSum, placeSums } from '../../../../../dashboard/pages/requests/waterfall/place-sums.ts';
import { layOut } from '../../../../../dashboard/pages/requests/waterfall/waterfall-layout.ts';
import { makeFailover, makeRecord, makeStep } from '../record.ts';

const measure = (text: string): number => text.length * 6;

function sums(width: number, record = makeFailover()): readonly PlacedSum[] {
  const picture = pictureOf(record);
  const layout = layOut(picture, lanesOf(picture, { opened: new Set(), showAll: false }), width);
  return placeSums(picture, layout, measure);
}

test('the sums say what was lost, what the first token took, and what the stream', () => {
  expect(sums(668).map(({ time, words }) => `${time} ${words}`)).toEqual([
    '220 ms lost to failover',
    '422 ms to the first token of entry 3',
    '2.38 s of stream',
  ]);
});

test('where it is narrow their words are shortened', () => {
  expect(sums(333).map(({ time, words }) => `${time} ${words}`)).toEqual([
    '220 ms lost',
    '422 ms first token',
    '2.38 s of stream',
  ]);
});

test('the words of a short part before the commit move to the left', () => {
  const trail = [makeStep({ started_ms: 59_170, duration_ms: 120 })];
  const [queue, first] = sums(668, makeRecord({ queued_ms: 59_170, committed_ms: 59_290, total_ms: 60_100, trail }));
  expect(queue).toMatchObject({ x: 0, time: '59.17 s', words: 'in the queue' });
  expect(first).toMatchObject({ time: '120 ms', words: 'to the first token of entry 1' });
  expect(first?.x).toBeLessThan(first?.sum.x ?? 0);
});

test('at no width does a sum cover another one or cross the commit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 160, max: 1600 }), (width) => {
      const placed = sums(width);
      placed.forEach(({ x, time, words, sum }, at) => {
        const end = x + measure(words === '' ? time : `${time} ${words}`);
        expect(x).toBeGreaterThanOrEqual(0);
        if (sum.kind !== 'stream') expect(end).toBeLessThanOrEqual(width * 0.62);
        const next = placed[at + 1];
        if (next !== undefined) expect(next.x).toBeGreaterThan(end);
      });
    }),
  );
});
