import { randomUUID } from 'node:crypto';
import { createLeases } from '../budgets/leases.ts';
import { createOwnerAdmission } from '../budgets/owner-admission.ts';
import { createSpendLedger, type SpendLedger } from '../budgets/spend-ledger.ts';
import type { WaterfallTools } from '../chain/tools.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { Admission } from '../limits/admission.ts';
import type { TermsOf } from '../limits/owner.ts';
import type { Store } from '../store/store.ts';
import { type Batches, createBatches } from '../store/write-batches.ts';

/** What counts the limits and the money of keys and tenants. Dispose it before the store: it writes what was spent, and gives leases back. */
export interface Money extends AsyncDisposable {
  readonly batches: Batches;
  readonly ledger: SpendLedger;
  /** The admission of requests, for the tools of the gateway that it is used in. */
  admission(tools: Pick<WaterfallTools, 'state' | 'prices' | 'demands' | 'emit'>, termsOf: TermsOf): Admission;
}

/** What money is counted with. */
export interface OpenMoneyOptions {
  readonly store: Store;
  readonly config: Pick<Config, 'budgets'>;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

/** The longest period is a month, in milliseconds; spend of earlier ones is not read. */
const LONGEST_PERIOD_MS = 32 * 24 * 3600_000;

/** Reads what was spent before. Of a shared store each process leases what it may spend, so it reads nothing. Rejects with a StoreError. */
export async function openMoney({ store, config, clock, onProblem }: OpenMoneyOptions): Promise<Money> {
  const { records, leases: stored } = store;
  const writer = randomUUID();
  const ledger = createSpendLedger({ shared: stored !== undefined });
  if (stored === undefined) ledger.restore(await records.spend(clock.now() - LONGEST_PERIOD_MS));
  const batches = createBatches({ store, clock, writer, onProblem });
  const leases = stored && createLeases({ store: stored, process: writer, ledger, clock });
  return {
    batches,
    ledger,
    admission: ({ state, prices, demands, emit }, termsOf) =>
      createOwnerAdmission({
        state,
        ledger,
        prices,
        demands,
        clock,
        termsOf,
        emit,
        leases,
        onSpent: (spend) => batches.add({ spend }),
        whenUnknown: config.budgets?.whenUnknown ?? 'serve',
      }),
    async [Symbol.asyncDispose]() {
      // What is still to be written counts against the leases.
      await batches[Symbol.asyncDispose]();
      await leases?.[Symbol.asyncDispose]();
    },
  };
}
