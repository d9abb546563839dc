import { expect, test } from 'vitest';
import { lanesOf } from '../../../../../dashboard/pages/requests/waterfall/lanes.ts';
import { nextItem } from '../../../../../dashboard/pages/requests/waterfall/next-item.ts';
import { pictureOf } from '../../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import { firstShown, itemsOf } from '../../../../../dashboard/pages/requests/waterfall/segment-items.ts';
import { layOut } from '../../../../../dashboard/pages/requests/waterfall/waterfall-layout.ts';
import { makeFailover } from '../record.ts';

const picture = pictureOf(makeFailover());
const layout = layOut(picture, lanesOf(picture, { opened: new Set(), showAll: false }), 668);
const items = itemsOf(picture, layout);

/** What the readout says after these keys, from the item that is shown at first. */
function after(...keys: readonly string[]): string | undefined {
  let item = firstShown(items, layout);
  for (const key of keys) item = item && (nextItem(items, item, key) ?? item);
  return item && `${item.strong} ${item.rest}`;
}

test('at first the failure is read that made the request fail over', () => {
  expect(after()).toBe('Entry 1, failed at 219 ms: HTTP 429, rate limited');
});

test('Left and Right go along the whole picture', () => {
  expect(after('ArrowLeft')).toBe('Entry 1, waiting for the first token 39 to 219 ms');
  expect(after('ArrowRight')).toBe('Entry 2, skipped at 219 ms: breaker open');
  expect(after('ArrowRight', 'ArrowRight')).toBe('Entry 3, connecting 220 to 261 ms');
});

test('Up and Down go to the nearest item of the next entry', () => {
  expect(after('ArrowDown', 'ArrowDown')).toBe('Entry 3, connecting 220 to 261 ms');
  expect(after('End', 'ArrowUp', 'ArrowUp')).toBe('Entry 1, failed at 219 ms: HTTP 429, rate limited');
  expect(after('ArrowUp')).toBe(after());
});

test('Home, End and c go to the first item, the last one and the commit', () => {
  expect(after('Home')).toBe('Entry 1, connecting 1.0 to 39 ms');
  expect(after('c')).toBe('Entry 3, streaming 642 ms to 3.02 s: 486 tokens, 204 tokens/s, committed at 642 ms');
  expect(after('End')).toBe(after('c'));
});

test('other keys lead nowhere', () => {
  expect(after('x')).toBe(after());
});
