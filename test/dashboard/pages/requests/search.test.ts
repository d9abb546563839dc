import { expect, test } from 'vitest';
import { exportCommand, firstPage, listInput, setFilters } from '../../../../dashboard/pages/requests/filters.ts';
import { requestsSearch } from '../../../../dashboard/pages/requests/search.ts';

/** The parameters that are set. */
function read(search: Record<string, unknown>): object {
  return JSON.parse(JSON.stringify(requestsSearch(search)));
}

test('what the API takes is read', () => {
  const search = {
    range: '7d',
    chain: 'default',
    key: 'k_1',
    outcome: 'throttled',
    failed: 'true',
    stream: false,
    status: '5xx',
    attempts_min: '2',
    ms_min: 1500,
    cost_min: '0.01',
    tag: 'team=search',
    before: 'r_6h2pi12eg0000',
  };
  expect(read(search)).toEqual({ ...search, failed: true, attempts_min: 2, cost_min: 0.01 });
});

test('what the API would refuse is dropped, and so is what the page does not know', () => {
  expect(
    read({
      range: '2h',
      outcome: 'broken',
      status: '3xx',
      failed: 'perhaps',
      attempts_min: 5000,
      ms_min: '-1',
      cost_min: 'x',
      chain: 'x'.repeat(257),
      before: 'r_zzz',
      from: 'yesterday',
      to: '2026-11-30T09:00',
      unknown: 'x',
    }),
  ).toEqual({});
});

test('dates and instants are the ends of a range', () => {
  expect(read({ from: '2026-11-30', to: '2026-11-30T09:00:00+02:00' })).toEqual({
    from: '2026-11-30',
    to: '2026-11-30T09:00:00+02:00',
  });
});

test('only one cursor counts', () => {
  expect(read({ before: 'r_6h2pi12eg0000', after: 'r_6h2pi11380000' })).toEqual({ before: 'r_6h2pi12eg0000' });
});

const NOW = Date.parse('2026-11-30T12:00:00Z');

test('a range becomes an instant, and filters go to the API as they are', () => {
  expect(listInput({ chain: 'fast', failed: true }, NOW)).toMatchObject({
    chain: 'fast',
    failed: true,
    limit: 50,
    from: '2026-11-29T12:00:00.000Z',
    to: undefined,
  });
  expect(listInput({ range: '1h' }, NOW)).toMatchObject({ from: '2026-11-30T11:00:00.000Z' });
  expect(listInput({ range: '1h' }, NOW)).not.toHaveProperty('range');
});

test('an own range replaces the others, with one open end where only the other one is given', () => {
  expect(listInput({ range: '1h', to: '2026-11-30' }, NOW)).toMatchObject({ from: undefined, to: '2026-11-30' });
});

test('the filters that are set are listed, without range and cursor', () => {
  expect(setFilters({ range: '1h', before: 'r_6h2pi12eg0000', stream: false, tenant: 'acme' })).toEqual([
    'tenant',
    'stream',
  ]);
});

test('the first page keeps the filters', () => {
  expect(firstPage({ chain: 'fast', before: 'r_6h2pi12eg0000' })).toEqual({
    chain: 'fast',
    before: undefined,
    after: undefined,
  });
});

test('the export’s command quotes what clients and operators have named', () => {
  expect(exportCommand({ range: '7d', tenant: `it's; rm -rf` })).toBe(
    `spillway requests export --since 7d --tenant 'it'\\''s; rm -rf' --format csv > requests.csv`,
  );
  expect(exportCommand({ from: '2026-11-30T09:00:00Z', to: '2026-11-30T10:00:00Z' })).toBe(
    'spillway requests export --since 2026-11-30T09:00:00Z --format csv > requests.csv',
  );
  expect(exportCommand({ to: '2026-11-30' })).toBe('spillway requests export --format csv > requests.csv');
});
