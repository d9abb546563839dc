import { expect, test } from 'vitest';
import { highestShare, limitRows, urgencyOf, withLive } from '../../../../dashboard/pages/limits/limit-order.ts';
import { limitsSearch, type LimitsSearch } from '../../../../dashboard/pages/limits/search.ts';
import { limitRow } from '../../watched-events.ts';

const window = (used: number, limit: number) =>
  ({ window: 'tokensPerMinute', used, limit, reserved: 0, source: 'observed', resets_at: null }) as const;
const CALM = limitRow('groq/a', { windows: [window(89, 100)] });
const NEAR = limitRow('groq/b', { windows: [window(1, 100), window(90, 100)] });
const OUT = limitRow('openai/c', { state: 'cooling_down', reason: 'throttled' });

test('a row is out, near or calm', () => {
  expect([CALM, NEAR, OUT].map(urgencyOf)).toEqual(['calm', 'near', 'out']);
  expect(urgencyOf(limitRow('x/y', { state: 'refusing' }))).toBe('near');
  expect(urgencyOf(limitRow('x/y', { state: 'limited', reason: 'concurrency', running: 4, concurrency: 4 }))).toBe(
    'near',
  );
});

test('the tightest limit counts, the concurrency too, and of a limit of nothing all is used', () => {
  expect(highestShare(limitRow('x/y'))).toBe(0);
  expect(highestShare(limitRow('x/y', { windows: [window(1, 10)], running: 3, concurrency: 4 }))).toBe(0.75);
  expect(highestShare(limitRow('x/y', { windows: [window(0, 0)] }))).toBe(1);
  expect(highestShare(limitRow('x/y', { concurrency: 0 }))).toBe(1);
});

test('what is out comes first, then what is near, each by name and by the number of its key', () => {
  const keys = [limitRow('groq/a#10'), limitRow('groq/a#2')];
  expect(limitRows([CALM, ...keys, NEAR, OUT], {}).map(({ id }) => id)).toEqual([
    'openai/c',
    'groq/b',
    'groq/a',
    'groq/a#2',
    'groq/a#10',
  ]);
});

test('rows are filtered by provider, by a part of their name and by urgency', () => {
  expect(ids({ provider: 'groq' })).toEqual(['groq/b', 'groq/a']);
  expect(ids({ q: 'ENAI/' })).toEqual(['openai/c']);
  expect(ids({ near: true })).toEqual(['openai/c', 'groq/b']);
  expect(ids({ provider: 'openai', q: 'groq' })).toEqual([]);
});

test('the list says which rows there are, and what is live how they are', () => {
  const now = { ...CALM, running: 3 };
  expect(
    withLive(
      [CALM, NEAR],
      new Map([
        [now.id, now],
        [OUT.id, OUT],
      ]),
    ),
  ).toEqual([now, NEAR]);
});

test('the URL of the page: what is unknown or malformed is dropped', () => {
  expect(limitsSearch({ provider: 'groq', q: 'a', near: 'true', other: 1 })).toEqual({
    provider: 'groq',
    q: 'a',
    near: true,
  });
  expect(limitsSearch({ provider: '', q: {}, near: false })).toEqual({});
});

function ids(search: LimitsSearch): string[] {
  return limitRows([CALM, NEAR, OUT], search).map(({ id }) => id);
}
