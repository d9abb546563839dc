import { listRoutes } from '../config/resolve.ts';
import type { AttemptHour, ProviderHealth, ProviderHealthInput } from '../domain/provider-health.ts';
import type { RequestScope } from '../domain/scope.ts';
import { type AttemptCell, attemptCellName, type AttemptsQuery } from '../store/attempt-hours.ts';
import { fromStore } from '../store/from-store.ts';
import { hourRange, instantOf } from './hour-range.ts';
import type { UsageStores } from './usage-stores.ts';

/** Days of the longest range. */
const MOST_DAYS = 7;
/** Most rows of an answer. */
const MOST_ROWS = 10_000;

/**
 * What became of attempts, by hour. Those that this process has not written yet are included. A principal with a tenant, or with chains or models of its
 * own, sees the models of its chains, as in `listProviders`. Rejects with `invalid_request` for a wrong range, or `store_unavailable`.
 */
export async function providerHealth(
  { store: { records }, batches, clock }: UsageStores,
  scope: Pick<RequestScope, 'snapshot' | 'principal'>,
  input: ProviderHealthInput,
): Promise<ProviderHealth> {
  const range = hourRange(input, { now: clock.now(), mostDays: MOST_DAYS });
  const { provider, model } = input;
  const query: AttemptsQuery = { ...range, provider, model, among: visibleModels(scope), limit: MOST_ROWS + 1 };
  const cells = query.among?.length === 0 ? [] : await read(query);
  return {
    object: 'list',
    from: instantOf(range.from),
    to: instantOf(range.to),
    data: cells.slice(0, MOST_ROWS).map(describe),
    has_more: cells.length > MOST_ROWS,
  };

  async function read(wanted: AttemptsQuery): Promise<readonly AttemptCell[]> {
    const { value, waitingAttempts } = await fromStore(batches.readBetween(() => records.attempts(wanted)));
    return merge(value, waitingAttempts.filter(selects(wanted)), wanted.limit);
  }
}

/** The models that a principal may see; undefined for all. */
function visibleModels({ snapshot, principal }: Pick<RequestScope, 'snapshot' | 'principal'>): AttemptsQuery['among'] {
  const { tenant, chains, models } = principal;
  if (tenant === '' && chains === undefined && models === undefined) return undefined;
  const entries = listRoutes(snapshot, principal).flatMap((chain) => chain.entries);
  const byName = new Map(entries.map(({ provider, model }) => [`${provider}/${model}`, [provider, model] as const]));
  return [...byName.values()];
}

/** Makes the function that says whether a query selects a cell. */
function selects({ from, to, provider, model, among }: AttemptsQuery): (cell: AttemptCell) => boolean {
  const names = among && new Set(among.map(([ofProvider, ofModel]) => `${ofProvider}/${ofModel}`));
  return (cell) =>
    cell.hour >= from &&
    cell.hour < to &&
    (provider ?? cell.provider) === cell.provider &&
    (model ?? cell.model) === cell.model &&
    (names?.has(`${cell.provider}/${cell.model}`) ?? true);
}

/** Adds what waits to the stored cells. Where those are cut, a cell of their oldest hour that is not among them may be stored all the same, and is left out. */
function merge(stored: readonly AttemptCell[], waiting: readonly AttemptCell[], limit: number): readonly AttemptCell[] {
  const cells = new Map(stored.map((cell) => [attemptCellName(cell), cell]));
  const known = stored.length >= limit ? (stored.at(-1)?.hour ?? 0) : -Infinity;
  for (const cell of waiting) {
    const name = attemptCellName(cell);
    const present = cells.get(name);
    if (present !== undefined) cells.set(name, { ...present, attempts: present.attempts + cell.attempts });
    else if (cell.hour > known) cells.set(name, cell);
  }
  return [...cells]
    .toSorted(([nameA, a], [nameB, b]) => b.hour - a.hour || (nameA < nameB ? -1 : 1))
    .map(([, cell]) => cell);
}

function describe({ hour, provider, model, outcome, attempts }: AttemptCell): AttemptHour {
  return { hour: instantOf(hour), provider, model, outcome, attempts };
}
