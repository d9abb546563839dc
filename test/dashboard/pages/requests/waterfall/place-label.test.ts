import { expect, test } from 'vitest';
import { lanesOf } from '../../../../../dashboard/pages/requests/waterfall/lanes.ts';
import { pictureOf } from '../../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import { cutMiddle, placeLabel } from '../../../../../dashboard/pages/requests/waterfall/place-label.ts';
import { layOut } from '../../../../../dashboard/pages/requests/waterfall/waterfall-layout.ts';
import { makeFailover, makeRecord, makeStep } from '../record.ts';

const measure = (text: string): number => text.length * 6;
const fits = (text: string): boolean => text.length <= 20;
const LABEL = { strong: '429', rest: 'rate limit reached', short: 'throttled' };

function place(record: Parameters<typeof pictureOf>[0], width: number, at = 0): ReturnType<typeof placeLabel> {
  const picture = pictureOf(record);
  const layout = layOut(picture, lanesOf(picture, { opened: new Set(), showAll: false }), width);
  const lane = layout.lanes[at];
  return lane === undefined ? null : placeLabel({ layout, lane, label: LABEL, measure });
}

test('a label stands in full beside its mark where there is room before the commit', () => {
  expect(place(makeFailover(), 668)).toMatchObject({ rest: 'rate limit reached', anchor: 'start', ground: 'page' });
});

test('a label is shortened before it would cross the commit', () => {
  expect(place(makeFailover(), 350)).toMatchObject({ strong: '429', rest: 'throttled', ground: 'page' });
});

test('where there is no room beside the mark, the label is within the bar', () => {
  const trail = [makeStep({ outcome: 'silent', duration_ms: 800 })];
  const failed = makeRecord({ committed_ms: null, total_ms: 800, code: 'all_providers_exhausted', trail });
  expect(place(failed, 668)).toMatchObject({ rest: 'rate limit reached', anchor: 'end', ground: 'bar' });
});

test('where there is no room at all, there is no label', () => {
  expect(place(makeFailover(), 50)).toBeNull();
});

test('the label of a stream is within its solid part', () => {
  expect(place(makeFailover(), 668, 2)).toMatchObject({ ground: 'solid', anchor: 'start' });
});

test('a name is cut in its middle, and keeps its end', () => {
  expect(cutMiddle('openai/gpt-4.1', fits)).toBe('openai/gpt-4.1');
  const cut = cutMiddle('together/meta-llama-3.1-405b-instruct-turbo', fits);
  expect(cut).toHaveLength(20);
  expect(cut.startsWith('toget')).toBe(true);
  expect(cut.endsWith('…nstruct-turbo')).toBe(true);
});
