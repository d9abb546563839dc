import type { UsageGroup, UsageInput, UsageSummary, UsageSummaryRow } from 'spillway/client';

/** The most answers that are read one after the other. */
const MOST_PAGES = 10;

/**
 * A summary by time whose rows may be more than one answer has: it is read on from the last time of an answer that was cut. `by` begins with
 * `hour` or `day`.
 */
export async function readSummary(
  read: (input: UsageInput) => Promise<UsageSummary>,
  input: UsageInput & { readonly by: readonly [UsageGroup & ('hour' | 'day'), ...UsageGroup[]] },
): Promise<Pick<UsageSummary, 'from' | 'to' | 'data'>> {
  const [unit] = input.by;
  const first = await read(input);
  const rows: UsageSummaryRow[] = [];
  let answer = first;
  for (let page = 1; ; page += 1) {
    const last = answer.data.at(-1)?.[unit];
    if (!answer.has_more || last === undefined || page === MOST_PAGES)
      return { ...first, data: [...rows, ...answer.data] };
    // The last hour, or day, may be cut: it is read again, as a whole.
    const whole = answer.data.filter((row) => row[unit] !== last);
    if (whole.length === 0) return { ...first, data: [...rows, ...answer.data] };
    rows.push(...whole);
    answer = await read({ ...input, from: last, to: first.to });
  }
}
