import type { Day } from './day.ts';
import type { Pass } from './passes.ts';
import type { Spending } from './vendor.ts';

/** A pass and what came of it. */
export interface Result {
  readonly pass: Pass;
  readonly day: Day;
}

/** What came of all passes, as tables for people. */
export function reportOf(results: readonly Result[]): string {
  const requests = results[0]?.day.requests ?? 0;
  const head = ['', 'served', 'spilled', 'left', 'refused', 'told to wait', 'room unused', 'asked', '429s', 'needless'];
  const rows = results.map(({ pass, day }) => [
    pass.name,
    ...[day.served, day.spilled, day.left, day.refused, day.toldToWait, day.roomLeft, day.asked].map(String),
    String(sumOf(day.spendings, 'refusals')),
    String(sumOf(day.spendings, 'needless')),
  ]);
  return [
    `${requests} requests\n`,
    aligned([head, ...rows]),
    '\n429s, and in how many periods of the window that was spent\n',
    aligned(windowRows(results)),
  ].join('\n');
}

/** The 429s that a pass forbids, and whatever else went wrong, a line each. */
export function breachesOf({ pass, day }: Result): readonly string[] {
  const refusals = day.spendings.flatMap((spending) => {
    const { provider, window } = spending;
    const many = forbidden(pass, spending);
    return many === 0 ? [] : [`${pass.name}: ${many} 429s by ${provider} for ${window} that could be known`];
  });
  return [...refusals, ...day.failures.map((failure) => `${pass.name}: ${failure}`)];
}

function forbidden({ forbids }: Pass, { refusals, needless }: Spending): number {
  switch (forbids) {
    case 'any':
      return refusals;
    case 'needless':
      return needless;
    case 'none':
      return 0;
  }
}

function windowRows(results: readonly Result[]): readonly (readonly string[])[] {
  const spendings = results.map(({ day }) => new Map(day.spendings.map((each) => [nameOf(each), each])));
  const names = [...new Set(spendings.flatMap((each) => [...each.keys()]))].toSorted();
  return [
    ['', ...results.map(({ pass }) => pass.name)],
    ...names.map((name) => [name, ...spendings.map((each) => cellOf(each.get(name)))]),
  ];
}

function cellOf(spending: Spending | undefined): string {
  return spending === undefined ? '0' : `${spending.refusals} in ${spending.periods}`;
}

function nameOf({ provider, window }: Spending): string {
  return `${provider} ${window}`;
}

function sumOf(spendings: readonly Spending[], part: 'refusals' | 'needless'): number {
  return spendings.reduce((sum, each) => sum + each[part], 0);
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart((widths[at] ?? 0) + 2))).join('');
  return rows.map(line).join('\n');
}
