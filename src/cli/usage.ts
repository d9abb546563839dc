import { INTERNAL } from '../domain/principal.ts';
import { USAGE_GROUPS, type UsageGroup, type UsageInput, type UsageSummary } from '../domain/usage-summary.ts';
import { sumUsage } from '../gateway/sum-usage.ts';
import { systemClock } from '../lib/clock.ts';
import { configuredStore } from './configured-store.ts';
import type { Flags } from './flags.ts';
import { gatewayClient } from './gateway-client.ts';
import { inUserTerms } from './in-user-terms.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

const DAY_MS = 86_400_000;

/**
 * Prints sums of usage: of the configured store, or with `--url` of a running gateway under the key in `SPILLWAY_KEY`, which also knows what is not written
 * yet. Throws a UsageError for a wrong flag, a store that cannot be read, or what the gateway refuses.
 */
export async function usage(flags: Flags): Promise<void> {
  const input: UsageInput = { by: groupsOf(flags.by ?? 'key'), from: firstDay(flags.since ?? '30d') };
  const summary = flags.url === undefined ? await sumStored(flags, input) : await sumRemote(flags.url, input);
  process.stdout.write(`${flags.json ? JSON.stringify(summary) : textOf(summary)}\n`);
}

function sumRemote(url: string, { by = [], from }: UsageInput): Promise<UsageSummary> {
  return gatewayClient(url)({ path: '/usage', query: { by: by.join(','), from } });
}

async function sumStored(flags: Flags, input: UsageInput): Promise<UsageSummary> {
  await using stack = new AsyncDisposableStack();
  const store = await configuredStore(flags.config, stack);
  const batches = {
    readBetween: async <Value>(read: () => Promise<Value>) => ({
      value: await read(),
      waiting: [],
      waitingHours: [],
      waitingAttempts: [],
    }),
  };
  return await inUserTerms(() => sumUsage({ store, batches, clock: systemClock }, { principal: INTERNAL }, input));
}

function groupsOf(text: string): readonly UsageGroup[] {
  return text.split(',').map((word) => {
    const group = USAGE_GROUPS.find((each) => each === word);
    if (group !== undefined) return group;
    throw new UsageError(`--by must be a list of ${USAGE_GROUPS.join(', ')}, not '${text}'`);
  });
}

/** An instant in the first day: so many days ago, or a date. */
function firstDay(text: string): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(systemClock.now() - Number(days) * DAY_MS).toISOString();
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new UsageError(`--since must be a number of days like 7d, or a date like 2026-11-30, not '${text}'`);
}

function textOf({ from, to, by, data, total, has_more: hasMore }: UsageSummary): string {
  const head = [...by, 'requests', 'input', 'output', 'cost', 'estimated', 'unknown'];
  const rows = data.map((row) => [...by.map((group) => row[group] ?? '-'), ...cells(row)]);
  const last = by.map((_, index) => (index === 0 ? 'total' : ''));
  const lines = table([head, ...rows, [...last, ...cells(total)]]);
  const more = hasMore ? `\nonly the first ${data.length} rows; the total is of all` : '';
  return `usage from ${from} up to ${to} (UTC)\n${lines}${more}`;
}

function cells(sums: UsageSummary['total']): string[] {
  const {
    requests,
    input_tokens: input,
    output_tokens: output,
    cost_usd: cost,
    estimated_usd: estimated,
    unknown,
  } = sums;
  return [requests, input, output].map(String).concat(dollars(cost), dollars(estimated), String(unknown));
}

function dollars(usd: number): string {
  return `$${usd.toFixed(6)}`;
}
