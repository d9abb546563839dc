import { expect, test } from 'vitest';
import { createRefusingEntries } from '../../src/limits/refusing-entries.ts';
import { targetOf } from '../helpers/target.ts';

const HOUR = 3600_000;
const TARGET = targetOf({ server: 's' });

test('an entry is last after twenty requests in a row that it refused and another answered', () => {
  const entries = createRefusingEntries();
  for (let n = 0; n < 19; n++) expect(entries.recordRefused(TARGET, n)).toBeUndefined();
  expect([entries.isLast(TARGET, 19), entries.refusals(TARGET)]).toEqual([false, undefined]);
  expect(entries.recordRefused(TARGET, 20)).toBe(20);
  expect([entries.isLast(TARGET, 20), entries.refusals(TARGET)]).toEqual([true, 20]);
  expect(entries.isLast(targetOf({ server: 't' }), 20)).toBe(false);
});

test('it is tried in its place once a minute, by one request', () => {
  const entries = createRefusingEntries();
  for (let n = 0; n < 20; n++) entries.recordRefused(TARGET, 0);
  expect(entries.isLast(TARGET, 59_999)).toBe(true);
  entries.recordTried(TARGET, 59_999);
  expect(entries.isLast(TARGET, 60_000)).toBe(false);
  entries.recordTried(TARGET, 60_000);
  expect(entries.isLast(TARGET, 60_001)).toBe(true);
  expect(entries.isLast(TARGET, 120_000)).toBe(false);
});

test('an answer forgets it', () => {
  const entries = createRefusingEntries();
  for (let n = 0; n < 20; n++) entries.recordRefused(TARGET, 0);
  entries.recordAnswered(TARGET);
  expect([entries.isLast(TARGET, 1), entries.refusals(TARGET)]).toEqual([false, undefined]);
});

test('it is reported at most once an hour', () => {
  const entries = createRefusingEntries();
  const reports = Array.from({ length: 200 }, (_, n) => entries.recordRefused(TARGET, n * 60_000));
  expect(reports.flatMap((count, n) => (count === undefined ? [] : [n]))).toEqual([19, 79, 139, 199]);
  expect(entries.recordRefused(TARGET, 199 * 60_000 + HOUR - 1)).toBeUndefined();
});
