import type { Day } from './day.ts';
import type { Pass } from './passes.ts';
import type { Exhaustion } from './provider.ts';

/** A pass and its result. */
export interface Result {
  readonly pass: Pass;
  readonly day: Day;
}

/** The results of all passes, as tables. */
export function reportOf(results: readonly Result[]): string {
  const requests = results[0]?.day.requests ?? 0;
  const head = [
    '',
    'served',
    'failed over',
    'disconnected',
    'refused',
    'retry allowed',
    'room unused',
    'attempts',
    '429s',
    'avoidable',
  ];
  const rows = results.map(({ pass, day }) => [
    pass.name,
    ...[day.served, day.failedOver, day.disconnected, day.refused, day.retryAllowed, day.roomUnused, day.attempts].map(
      String,
    ),
    String(sumOf(day.exhaustions, 'refusals')),
    String(sumOf(day.exhaustions, 'avoidable')),
  ]);
  return [
    `${requests} requests\n`,
    aligned([head, ...rows]),
    '\n429s, and the number of periods of the used-up window in which they occurred\n',
    aligned(windowRows(results)),
  ].join('\n');
}

/** The 429s that a pass forbids, and all other failures, one per line. */
export function breachesOf({ pass, day }: Result): readonly string[] {
  const refusals = day.exhaustions.flatMap((exhaustion) => {
    const { provider, window } = exhaustion;
    const count = forbidden(pass, exhaustion);
    return count === 0 ? [] : [`${pass.name}: ${count} avoidable 429s from ${provider} for ${window}`];
  });
  return [...refusals, ...day.failures.map((failure) => `${pass.name}: ${failure}`)];
}

function forbidden({ forbids }: Pass, { refusals, avoidable }: Exhaustion): number {
  switch (forbids) {
    case 'any':
      return refusals;
    case 'avoidable':
      return avoidable;
    case 'none':
      return 0;
  }
}

function windowRows(results: readonly Result[]): readonly (readonly string[])[] {
  const byName = results.map(({ day }) => new Map(day.exhaustions.map((each) => [nameOf(each), each])));
  const names = [...new Set(byName.flatMap((each) => [...each.keys()]))].toSorted();
  return [
    ['', ...results.map(({ pass }) => pass.name)],
    ...names.map((name) => [name, ...byName.map((each) => cellOf(each.get(name)))]),
  ];
}

function cellOf(exhaustion: Exhaustion | undefined): string {
  return exhaustion === undefined ? '0' : `${exhaustion.refusals} in ${exhaustion.periods}`;
}

function nameOf({ provider, window }: Exhaustion): string {
  return `${provider} ${window}`;
}

function sumOf(exhaustions: readonly Exhaustion[], part: 'refusals' | 'avoidable'): number {
  return exhaustions.reduce((sum, each) => sum + each[part], 0);
}

/** The first column is left-aligned, the others are right-aligned. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart((widths[at] ?? 0) + 2))).join('');
  return rows.map(line).join('\n');
}
