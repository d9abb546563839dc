import { type BudgetOwner, ownedBudget } from '../domain/budget.ts';
import type { Limits, WindowName } from '../domain/limits.ts';
import type { LimitStanding, Standings } from '../domain/standing.ts';
import type { Clock } from '../lib/clock.ts';
import { countedOf } from '../limits/owner.ts';
import type { LimitState } from '../state/limit-state.ts';
import type { SpendRow, StoredRecords } from '../store/store.ts';
import { createSpendLedger, type SpendLedger } from './spend-ledger.ts';
import { LONGEST_PERIOD_MS } from './period.ts';

/** What standings are read from. */
export interface StandingsOptions {
  readonly ledger: SpendLedger;
  readonly state: Pick<LimitState, 'standing'>;
  readonly clock: Clock;
  /** When a key was last used, in milliseconds since the epoch. */
  readonly lastUsedAt: (keyId: string) => number | undefined;
  /** Reads what all processes have spent; undefined where this one has the budgets for itself. */
  readonly readSpend: (() => Promise<readonly SpendRow[]>) | undefined;
}

/** What was read so recently is not read again, in milliseconds. */
const FRESH_MS = 1000;

const NOTHING_RUNS: StandingsOptions['state'] = Object.freeze({
  standing: () => ({ windows: [], concurrency: { limit: undefined, running: 0 } }),
});

/** Standings as a store has them, for a process that serves no requests: what running ones hold is not in it. Rejects with a StoreError. */
export async function storedStandings(
  records: Pick<StoredRecords, 'spend' | 'lastUsed'>,
  clock: Clock,
): Promise<Standings> {
  const lastUses = await records.lastUsed();
  return createStandings({
    ledger: createSpendLedger({ shared: false }),
    state: NOTHING_RUNS,
    clock,
    lastUsedAt: (keyId) => lastUses.get(keyId),
    readSpend: () => records.spend(clock.now() - LONGEST_PERIOD_MS),
  });
}

/** Makes the standings of the keys and tenants of one process. */
export function createStandings(options: StandingsOptions): Standings {
  const { ledger, state, clock, lastUsedAt, readSpend } = options;
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;

  async function read(load: NonNullable<typeof readSpend>): Promise<void> {
    try {
      ledger.takeOver(await load(), clock.now());
      readAt = clock.now();
    } catch {
      // What was read last counts.
    }
  }

  function limitOf(owner: BudgetOwner, name: WindowName | 'concurrency', limits: Limits): LimitStanding | undefined {
    const { windows, concurrency } = state.standing(countedOf(owner, limits));
    if (name === 'concurrency') {
      const { limit, running } = concurrency;
      return limit === undefined ? undefined : { remaining: Math.max(0, limit - running), resetsAt: undefined };
    }
    const window = windows.find((each) => each.window === name);
    if (window === undefined) return undefined;
    const resetsAt = window.resetAt === undefined ? undefined : Math.ceil(window.resetAt);
    return { remaining: Math.max(0, Math.floor(window.limit - window.used)), resetsAt };
  }

  return {
    refresh() {
      if (readSpend === undefined || clock.now() - readAt < FRESH_MS) return Promise.resolve();
      return (reading ??= read(readSpend).finally(() => (reading = undefined)));
    },
    of: (owner) => ({
      budget(budget) {
        const { spentNano, reservedNano, endsAt } = ledger.account(ownedBudget(owner, budget), clock.now());
        return { spentNano, reservedNano, resetsAt: Number.isFinite(endsAt) ? endsAt : undefined };
      },
      limit: (name, limits) => limitOf(owner, name, limits),
      get lastUsedAt() {
        return owner.kind === 'key' ? lastUsedAt(owner.id) : undefined;
      },
    }),
  };
}
