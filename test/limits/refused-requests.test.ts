import { expect, test } from 'vitest';
import { createRefusedRequests } from '../../src/limits/refused-requests.ts';

const REQUEST = { principal: 'p', chain: 'c' };

test('after five requests in a row that every entry refused within a minute, the first refusal decides for a minute', () => {
  const refused = createRefusedRequests();
  for (let n = 0; n < 4; n++) refused.recordRefused(REQUEST, n * 15_000);
  expect(refused.stopsAtFirst(REQUEST, 60_000)).toBe(false);
  refused.recordRefused(REQUEST, 60_000);
  expect(refused.stopsAtFirst(REQUEST, 60_001)).toBe(true);
  expect(refused.stopsAtFirst(REQUEST, 119_999)).toBe(true);
  expect(refused.stopsAtFirst(REQUEST, 120_000)).toBe(false);
});

test('it concerns this principal and this chain only', () => {
  const refused = createRefusedRequests();
  for (let n = 0; n < 5; n++) refused.recordRefused(REQUEST, n);
  expect(refused.stopsAtFirst(REQUEST, 5)).toBe(true);
  expect(refused.stopsAtFirst({ ...REQUEST, principal: 'q' }, 5)).toBe(false);
  expect(refused.stopsAtFirst({ ...REQUEST, chain: 'd' }, 5)).toBe(false);
});

test.each([
  ['more than a minute between the first and the last', (n: number) => n * 15_001],
  ['as many in a minute, and then a pause', (n: number) => (n < 4 ? n : 61_000 + n)],
])('%s change nothing', (_, at) => {
  const refused = createRefusedRequests();
  for (let n = 0; n < 5; n++) refused.recordRefused(REQUEST, at(n));
  expect(refused.stopsAtFirst(REQUEST, at(4))).toBe(false);
});

test('an answered request ends it at once, and another failure breaks the row', () => {
  const refused = createRefusedRequests();
  for (let n = 0; n < 5; n++) refused.recordRefused(REQUEST, n);
  refused.recordFailed(REQUEST);
  expect(refused.stopsAtFirst(REQUEST, 5)).toBe(true);
  refused.recordAnswered(REQUEST);
  expect(refused.stopsAtFirst(REQUEST, 5)).toBe(false);
  for (let n = 0; n < 4; n++) refused.recordRefused(REQUEST, n);
  refused.recordFailed(REQUEST);
  refused.recordRefused(REQUEST, 5);
  expect(refused.stopsAtFirst(REQUEST, 6)).toBe(false);
});
