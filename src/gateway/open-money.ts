import { randomUUID } from 'node:crypto';
import { type Crossings, ownCrossings, sharedCrossings } from '../budgets/crossings.ts';
import { createLeases } from '../budgets/leases.ts';
import { createOwnerAdmission } from '../budgets/owner-admission.ts';
import { LONGEST_PERIOD_MS } from '../budgets/period.ts';
import { createReservationCounts, type ReservationCounts } from '../budgets/reservation-counts.ts';
import { createSpendLedger } from '../budgets/spend-ledger.ts';
import { createStandings } from '../budgets/standings.ts';
import type { WaterfallTools } from '../chain/tools.ts';
import type { Config } from '../config/schema.ts';
import type { Emit } from '../domain/events.ts';
import type { Standings } from '../domain/standing.ts';
import type { Clock } from '../lib/clock.ts';
import type { Admission } from '../limits/admission.ts';
import type { TermsOf } from '../limits/owner.ts';
import { createUsageSums, type UsageSums } from '../observe/usage-sums.ts';
import type { LimitState } from '../state/limit-state.ts';
import type { SpendRow, Store } from '../store/store.ts';
import { type Batches, createBatches } from '../store/write-batches.ts';
import { background } from '../lib/background.ts';

/** What counts the limits and the money of keys and tenants. Dispose it before the store: it writes what was spent, and gives leases back. */
export interface Money extends AsyncDisposable {
  readonly batches: Batches;
  readonly sums: UsageSums;
  readonly standings: Standings;
  readonly reservations: ReservationCounts;
  /** The admission of requests, for the tools of the gateway that it is used in. */
  admission(tools: Pick<WaterfallTools, 'prices' | 'demands' | 'emit'>, terms: MoneyTerms): Admission;
}

/** What decides about requests, as it is at the time of each. */
export interface MoneyTerms {
  readonly termsOf: TermsOf;
  /** The configuration that is served. */
  readonly config: () => Pick<Config, 'budgets'>;
}

/** What money is counted with. */
export interface OpenMoneyOptions {
  readonly store: Store;
  readonly state: LimitState;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

/** Reads what was spent before. Of a shared store each process leases what it may spend, so it reads nothing. Rejects with a StoreError. */
export async function openMoney({ store, state, clock, onProblem }: OpenMoneyOptions): Promise<Money> {
  const { records, leases: stored } = store;
  const writer = randomUUID();
  const ledger = createSpendLedger({ shared: stored !== undefined });
  const readSpend = (): Promise<readonly SpendRow[]> => records.spend(clock.now() - LONGEST_PERIOD_MS);
  if (stored === undefined) ledger.restore(await readSpend());
  // What a store in memory has is gone with the process.
  const writing = store.persistent ? clock : background(clock);
  const batches = createBatches({ store, clock: writing, writer, onProblem });
  const leases =
    stored &&
    createLeases({
      store: stored,
      process: writer,
      ledger,
      clock,
      onGiveBack: (givenBack) => batches.add({ givenBack }),
      givenBack: (withinMs) => (batches.givesBack ? batches.flush(withinMs) : Promise.resolve()),
    });
  // For lists only, so a store that does not answer yet stops no start.
  const lastUses = await records.lastUsed().catch(() => new Map<string, number>());
  const sums = createUsageSums(batches, lastUses);
  const reservations = createReservationCounts();
  return {
    batches,
    sums,
    reservations,
    standings: createStandings({
      ledger,
      state,
      clock,
      lastUsedAt: sums.lastUsedAt,
      readSpend: stored === undefined ? undefined : readSpend,
    }),
    admission: ({ prices, demands, emit }, { termsOf, config }) =>
      createOwnerAdmission({
        state,
        ledger,
        prices,
        demands,
        clock,
        termsOf,
        leases,
        reservations,
        onSpent: (spend) => batches.add({ spend }),
        crossings: leases === undefined ? ownCrossings(emit) : crossingsOf(batches, emit),
        whenUnknown: () => config().budgets?.whenUnknown ?? 'serve',
      }),
    async [Symbol.asyncDispose]() {
      // What is still to be written counts against the leases.
      await batches[Symbol.asyncDispose]();
      await leases?.[Symbol.asyncDispose]();
    },
  };
}

/** The reports of a process that shares budgets: its writes say what all have spent. */
function crossingsOf(batches: Pick<Batches, 'onWrite'>, emit: Emit): Crossings {
  const crossings = sharedCrossings(emit);
  batches.onWrite(({ spent }) => crossings.written(spent));
  return crossings;
}
