import { expect, test } from 'vitest';
import { formatLeft } from '../../../../dashboard/parts/numbers.ts';
import { neighboursOf } from '../../../../dashboard/pages/requests/neighbours.ts';
import { retentionMs } from '../../../../dashboard/pages/requests/retention.ts';
import { timeOfRowId } from '../../../../dashboard/pages/requests/row-id.ts';
import { traceUrl } from '../../../../dashboard/pages/requests/trace-url.ts';
import { firstIdAt, idText } from '../../../../src/lib/time-ids.ts';
import { makeRecord } from './record.ts';

const DATA = [makeRecord({ id: 'r_6h2pi12eg0000' }), makeRecord({ id: 'r_6h2pi11380000' })];

test('behind the newest page is the one behind its last row, and nothing is newer', () => {
  const page = { data: DATA, next: 'r_6h2pi11380000', has_more: true };
  expect(neighboursOf({}, page)).toEqual({ older: { before: 'r_6h2pi11380000', after: undefined }, newer: null });
  expect(neighboursOf({}, { ...page, next: null, has_more: false }).older).toBeNull();
});

test('before an older page is the one before its first row', () => {
  const page = { data: DATA, next: null, has_more: false };
  expect(neighboursOf({ before: 'r_6h2pi13000000' }, page)).toEqual({
    older: null,
    newer: { after: 'r_6h2pi12eg0000', before: undefined },
  });
});

test('an empty older page leads back to where it was come from', () => {
  const page = { data: [], next: null, has_more: false };
  expect(neighboursOf({ before: 'r_6h2pi13000000' }, page).newer).toEqual({
    after: 'r_6h2pi13000000',
    before: undefined,
  });
});

test('the newest of the newer pages is the one without a cursor', () => {
  const page = { data: DATA, next: 'r_6h2pi12eg0000', has_more: true };
  expect(neighboursOf({ after: 'r_6h2pi10000000' }, page)).toEqual({
    older: { before: 'r_6h2pi11380000', after: undefined },
    newer: { after: 'r_6h2pi12eg0000', before: undefined },
  });
  expect(neighboursOf({ after: 'r_6h2pi10000000' }, { ...page, has_more: false }).newer).toEqual({
    after: undefined,
    before: undefined,
  });
});

test('the time of a row’s id is the one that the gateway has put in', () => {
  const at = Date.parse('2026-11-30T14:00:00.123Z');
  expect(timeOfRowId(idText(firstIdAt(at)))).toBe(at);
  expect(timeOfRowId('req_1')).toBeNull();
});

test('a trace has a link of the web, or none', () => {
  expect(traceUrl('https://traces.example/{trace_id}?x={trace_id}', 'a/b')).toBe(
    'https://traces.example/a%2Fb?x=a%2Fb',
  );
  expect(traceUrl('javascript:alert("{trace_id}")', 'a')).toBeUndefined();
});

test.each([
  [{}, '30 d'],
  [{ log: {} }, '30 d'],
  [{ log: { retention: 7 * 86_400_000 } }, '7 d'],
  [{ log: { retention: 36 * 3_600_000 } }, '36 h'],
  [{ log: { retention: 3_600_000 } }, '60 min'],
  [{ log: { retention: 'long' } }, null],
])('rows are kept with the configuration %j for %s', (config, words) => {
  const kept = retentionMs(config);
  expect(kept === null ? null : formatLeft(kept)).toBe(words);
});

test('no page is beside one that is not read yet: its neighbours would be those of the page before', () => {
  for (const place of [{}, { before: 'r_0' }, { after: 'r_0' }])
    expect(neighboursOf(place, undefined)).toEqual({ older: null, newer: null });
});
