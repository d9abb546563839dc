import { grantedNano } from './lease-rows.ts';
import type { Batch, LeasedSpend, SpendLease, SpendLeaseRequest, SpendRow } from './store.ts';

/**
 * Leases of money to the processes of one machine, kept by the process that has the store open for them: the spend of all periods, and what of it is leased.
 * They need not outlive it, because the others end with it. A lease lasts as long as its process.
 */
export interface SpendShares {
  /** Notes a batch that was written, once. Returns all that is spent of the periods of its `spend`. */
  written(batch: Batch): readonly SpendRow[];
  lease(process: string, request: SpendLeaseRequest): SpendLease;
  /** Gives all leases of a process back. */
  end(process: string): void;
}

/** Returns the shares of what is spent so far. */
export function createSpendShares(spent: readonly SpendRow[]): SpendShares {
  return new Shares(spent);
}

interface Account {
  /** By the start of the period. */
  readonly spent: Map<number, number>;
  /** By process. Below 0 where it has spent more than it had leased. */
  readonly leases: Map<string, { readonly startsAt: number; nano: number }>;
}

class Shares implements SpendShares {
  readonly #accounts = new Map<string, Account>();
  /** The newest batch of each writer. */
  readonly #batches = new Map<string, number>();

  constructor(spent: readonly SpendRow[]) {
    for (const row of spent) this.#spend(row);
  }

  written({ writer, seq, spend, givenBack }: Batch): readonly SpendRow[] {
    if (seq > (this.#batches.get(writer) ?? 0)) {
      this.#batches.set(writer, seq);
      for (const row of spend) this.#spend(row);
      for (const row of [...spend, ...givenBack]) this.#takeFromLease(writer, row);
    }
    return spend.map(({ owner, budget, startsAt }) => ({
      owner,
      budget,
      startsAt,
      nano: this.#accountOf({ owner, budget }).spent.get(startsAt) ?? 0,
    }));
  }

  lease(process: string, request: SpendLeaseRequest): SpendLease {
    const { startsAt, periodMs, amountNano, wantedNano } = request;
    const { spent, leases } = this.#accountOf(request);
    // Another time zone moves the start of the period, but keeps what is spent of it.
    const isSamePeriod = (other: number): boolean => Math.abs(other - startsAt) < periodMs / 2;
    for (const other of spent.keys()) if (other < startsAt - periodMs) spent.delete(other);
    const own = leases.get(process);
    if (own !== undefined && own.startsAt !== startsAt) leases.delete(process);
    let spentNano = 0;
    for (const [at, nano] of spent) if (isSamePeriod(at)) spentNano += nano;
    let leasedNano = 0;
    for (const [of, lease] of leases)
      if (isSamePeriod(lease.startsAt)) leasedNano += of === process ? lease.nano : Math.max(0, lease.nano);
    const granted = grantedNano({ amountNano, leftNano: amountNano - spentNano - leasedNano, wantedNano });
    leases.set(process, { startsAt, nano: (leases.get(process)?.nano ?? 0) + granted });
    return { startsAt, grantedNano: granted, spentNano, lostNano: 0 };
  }

  end(process: string): void {
    this.#batches.delete(process);
    for (const { leases } of this.#accounts.values()) leases.delete(process);
  }

  #spend({ owner, budget, startsAt, nano }: SpendRow): void {
    const { spent } = this.#accountOf({ owner, budget });
    spent.set(startsAt, (spent.get(startsAt) ?? 0) + nano);
  }

  #takeFromLease(process: string, { owner, budget, startsAt, nano }: LeasedSpend): void {
    const { leases } = this.#accountOf({ owner, budget });
    const lease = leases.get(process);
    if (lease === undefined) leases.set(process, { startsAt, nano: -nano });
    else if (lease.startsAt === startsAt) lease.nano -= nano;
  }

  #accountOf({ owner, budget }: Pick<SpendRow, 'owner' | 'budget'>): Account {
    const name = JSON.stringify([owner, budget]);
    const present = this.#accounts.get(name);
    if (present !== undefined) return present;
    const created: Account = { spent: new Map(), leases: new Map() };
    this.#accounts.set(name, created);
    return created;
  }
}
