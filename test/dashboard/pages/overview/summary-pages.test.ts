import type { UsageInput, UsageSummary, UsageSummaryRow } from 'spillway/client';
import { expect, test } from 'vitest';
import { readSummary } from '../../../../dashboard/pages/overview/summary-pages.ts';
import { SUMS } from './usage-sums.ts';

const HOURS = ['2026-11-30T09:00:00Z', '2026-11-30T10:00:00Z', '2026-11-30T11:00:00Z'];
const ROWS: readonly UsageSummaryRow[] = HOURS.flatMap((hour) =>
  ['ok', 'timeout', 'rate_limited'].map((code) => ({ ...SUMS, hour, code })),
);

/** A gateway whose answers have at most `limit` rows. */
function gateway(limit: number): {
  readonly read: (input: UsageInput) => Promise<UsageSummary>;
  readonly asked: UsageInput[];
} {
  const asked: UsageInput[] = [];
  const read = (input: UsageInput): Promise<UsageSummary> => {
    asked.push(input);
    const rows = ROWS.filter(({ hour = '' }) => hour >= (input.from ?? ''));
    const summary = { object: 'list', time_zone: 'UTC', by: input.by ?? [], total: SUMS } as const;
    const times = { from: input.from ?? HOURS[0] ?? '', to: '2026-11-30T12:00:00Z' };
    return Promise.resolve({ ...summary, ...times, data: rows.slice(0, limit), has_more: rows.length > limit });
  };
  return { read, asked };
}

test('an answer that was cut within an hour is read on from that hour, so that each row is there once', async () => {
  const { read, asked } = gateway(4);
  const { from, to, data } = await readSummary(read, { by: ['hour', 'code'] });
  expect(data).toEqual(ROWS);
  expect([from, to]).toEqual([HOURS[0], '2026-11-30T12:00:00Z']);
  expect(asked.map((input) => input.from)).toEqual([undefined, HOURS[1], HOURS[2]]);
});

test('a whole answer is read once', async () => {
  const { read, asked } = gateway(100);
  expect((await readSummary(read, { by: ['hour', 'code'] })).data).toEqual(ROWS);
  expect(asked).toHaveLength(1);
});

test('where one hour alone is more than an answer, reading ends', async () => {
  const { read, asked } = gateway(2);
  expect((await readSummary(read, { by: ['hour', 'code'] })).data).toEqual(ROWS.slice(0, 2));
  expect(asked).toHaveLength(1);
});
