import type { AttemptHour, ProviderHealth } from 'spillway/client';
import { HOUR_MS } from '../../parts/chart-times.ts';
import { outcomeWords } from '../../parts/outcomes.ts';

/** How many attempts have met an outcome. */
export interface OutcomeCount {
  readonly outcome: string;
  readonly attempts: number;
}

/** The attempts at one model within one step of time. */
export interface HealthCell {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Attempts that show whether the model works. */
  readonly attempts: number;
  /** Those of them that show that it does not. */
  readonly failed: number;
  /** All outcomes, the most frequent one first; those that show nothing too. */
  readonly outcomes: readonly OutcomeCount[];
}

/** One model over time. */
export interface HealthRow {
  readonly provider: string;
  readonly model: string;
  readonly cells: readonly HealthCell[];
  readonly attempts: number;
  readonly failed: number;
}

/** The outcomes that show that a model does not work. All others but `answered` show nothing: the client's fault, or its end. */
const FAILURES: ReadonlySet<string> = new Set([
  'throttled',
  'exhausted',
  'overloaded',
  'unreachable',
  'silent',
  'malformed',
  'unauthorised',
  'unknown_model',
]);

/** Whether an outcome shows that the model does not work. Not every failed attempt does. */
export function showsFault(outcome: string): boolean {
  return FAILURES.has(outcome);
}

/** Attempts by their outcomes, the most frequent one first. */
export function countOutcomes(hours: readonly Pick<AttemptHour, 'outcome' | 'attempts'>[]): readonly OutcomeCount[] {
  const counts = new Map<string, number>();
  for (const { outcome, attempts } of hours) counts.set(outcome, (counts.get(outcome) ?? 0) + attempts);
  return [...counts]
    .map(([outcome, attempts]) => ({ outcome, attempts }))
    .toSorted((one, other) => other.attempts - one.attempts);
}

function shownOf(outcomes: readonly OutcomeCount[]): Pick<HealthCell, 'attempts' | 'failed'> {
  const sum = (of: (outcome: string) => boolean): number =>
    outcomes.reduce((all, { outcome, attempts }) => all + (of(outcome) ? attempts : 0), 0);
  const failed = sum(showsFault);
  return { attempts: sum((outcome) => outcome === 'answered') + failed, failed };
}

/**
 * A row for each model: those that are named first, in their order, then those that have attempts all the same. `hours`: how many of them make a
 * cell.
 */
export function healthRows(
  { from, to, data }: Pick<ProviderHealth, 'from' | 'to' | 'data'>,
  models: readonly Pick<HealthRow, 'provider' | 'model'>[],
  hours: number,
): readonly HealthRow[] {
  const step = hours * HOUR_MS;
  const [first, end] = [Date.parse(from), Date.parse(to)];
  const count = Math.max(0, Math.ceil((end - first) / step));
  const byModel = Map.groupBy(data, entryOf);
  const named = new Map([...models, ...data].map((model) => [entryOf(model), model]));
  return [...named].map(([entry, { provider, model }]) => {
    const rows = byModel.get(entry) ?? [];
    const bySteps = Map.groupBy(rows, ({ hour }) => Math.floor((Date.parse(hour) - first) / step));
    const cells = Array.from({ length: count }, (_, at): HealthCell => {
      const outcomes = countOutcomes(bySteps.get(at) ?? []);
      const start = first + at * step;
      return { from: start, to: Math.min(end, start + step), ...shownOf(outcomes), outcomes };
    });
    return { provider, model, cells, ...shownOf(countOutcomes(rows)) };
  });
}

/** The name of a model with its provider. */
export function entryOf({ provider, model }: Pick<HealthRow, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

/** The cell with the most failures; undefined where nothing has failed. */
export function worstCell(rows: readonly HealthRow[]): { readonly row: number; readonly cell: number } | undefined {
  let worst: { readonly row: number; readonly cell: number } | undefined;
  let most = 0;
  rows.forEach(({ cells }, row) =>
    cells.forEach(({ failed }, cell) => {
      if (failed <= most) return;
      most = failed;
      worst = { row, cell };
    }),
  );
  return worst;
}

/** What became of the attempts of a cell, in words. */
export function cellWords({ attempts, failed, outcomes }: HealthCell): string {
  if (outcomes.length === 0) return 'no attempts';
  const failures = outcomes
    .filter(({ outcome }) => showsFault(outcome))
    .map(({ outcome, attempts: count }) => `${count} ${outcomeWords(outcome)}`);
  const others = outcomes
    .filter(({ outcome }) => !showsFault(outcome) && outcome !== 'answered')
    .map(({ outcome, attempts: count }) => `${count} ${outcomeWords(outcome)}`);
  return [
    `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}, ${failed} failed`,
    ...(failures.length > 0 ? [`: ${failures.join(', ')}`] : []),
    ...(others.length > 0 ? [`; not counted: ${others.join(', ')}`] : []),
  ].join('');
}
