import type { AuditEntry } from '../domain/key-record.ts';
import { putBounded } from '../lib/bounded-map.ts';
import { type AttemptCell, attemptCellName } from './attempt-hours.ts';
import type { Batch, SpendRow } from './store.ts';
import { UsageCells } from './usage-cells.ts';
import { type HourCell, hourCellName } from './usage-hours.ts';

/** What a producer adds to the next batch. Numbers are increments; an absent list is empty. */
export type Increments = Partial<Omit<Batch, 'writer' | 'seq'>>;

/** Most audit entries of one batch: the only increments that cannot be merged. */
const MOST_AUDIT = 10_000;
/** Most keys of one batch whose newest use is noted: as many as a store can have. */
const MOST_KEYS = 100_000;

type AttemptSum = { -readonly [Name in keyof AttemptCell]: AttemptCell[Name] };

type SpendSum = { -readonly [Name in keyof SpendRow]: SpendRow[Name] };

/** Amounts by owner, budget and period. */
class SpendSums {
  /** By owner: one row for each of its budgets and periods. */
  readonly #byOwner = new Map<string, SpendSum[]>();

  get isEmpty(): boolean {
    return this.#byOwner.size === 0;
  }

  add(row: SpendRow): void {
    const rows = this.#byOwner.get(row.owner);
    const known = rows?.find(({ budget, startsAt }) => budget === row.budget && startsAt === row.startsAt);
    if (known !== undefined) known.nano += row.nano;
    else if (rows !== undefined) rows.push({ ...row });
    else this.#byOwner.set(row.owner, [{ ...row }]);
  }

  rows(): readonly SpendRow[] {
    return [...this.#byOwner.values()].flat();
  }
}

/** A cell whose sums are changed here only: there are too many to copy them for each request. */
type OwnHourCell = Omit<HourCell, 'sums'> & { readonly sums: number[] };

function addTo(sums: number[], more: readonly number[]): void {
  for (let index = 0; index < sums.length; index++) sums[index] = (sums[index] ?? 0) + (more[index] ?? 0);
}

/** Increments of several producers, merged by cell. */
export class MergedIncrements {
  readonly usage = new UsageCells();
  readonly #hours = new Map<string, OwnHourCell>();
  readonly #attempts = new Map<string, AttemptSum>();
  readonly #spend = new SpendSums();
  readonly #givenBack = new SpendSums();
  readonly #lastUsed = new Map<string, number>();
  readonly #audit: AuditEntry[] = [];

  /** Whether there is nothing to write. */
  get isEmpty(): boolean {
    const sizes = this.usage.size + this.#hours.size + this.#attempts.size + this.#lastUsed.size + this.#audit.length;
    return sizes === 0 && this.#spend.isEmpty && this.#givenBack.isEmpty;
  }

  /** Whether a part of a lease is given back. */
  get givesBack(): boolean {
    return !this.#givenBack.isEmpty;
  }

  /** Billionths of a US dollar of all spend rows. Of several budgets each counts. */
  get nano(): number {
    return this.#spend.rows().reduce((sum, row) => sum + row.nano, 0);
  }

  /** Adds increments. Returns the number of audit entries for which there is no room. */
  add(increments: Increments): number {
    const { spend = [], usage = [], hours = [], attempts = [], lastUsed = [], audit = [], givenBack = [] } = increments;
    for (const row of usage) this.usage.add(row);
    for (const cell of hours) {
      const name = hourCellName(cell);
      const known = this.#hours.get(name);
      if (known === undefined) this.#hours.set(name, { ...cell, sums: [...cell.sums] });
      else addTo(known.sums, cell.sums);
    }
    for (const cell of attempts) this.#addAttempts(cell);
    for (const row of spend) this.#spend.add(row);
    for (const row of givenBack) this.#givenBack.add(row);
    for (const { keyId, at } of lastUsed)
      putBounded(this.#lastUsed, [keyId, Math.max(at, this.#lastUsed.get(keyId) ?? at)], MOST_KEYS);
    const room = MOST_AUDIT - this.#audit.length;
    this.#audit.push(...audit.slice(0, room));
    return Math.max(0, audit.length - room);
  }

  #addAttempts(cell: AttemptCell): void {
    const name = attemptCellName(cell);
    const known = this.#attempts.get(name);
    if (known === undefined) this.#attempts.set(name, { ...cell });
    else known.attempts += cell.attempts;
  }

  /** The sums by hour, one for each cell. */
  hours(): readonly HourCell[] {
    return [...this.#hours.values()];
  }

  /** The attempts by hour, one for each cell. */
  attempts(): readonly AttemptCell[] {
    return [...this.#attempts.values()];
  }

  /** The increments as a batch. */
  toBatch(writer: string, seq: number): Batch {
    return {
      writer,
      seq,
      spend: this.#spend.rows(),
      usage: this.usage.rows(),
      hours: this.hours(),
      attempts: this.attempts(),
      lastUsed: [...this.#lastUsed].map(([keyId, at]) => ({ keyId, at })),
      audit: this.#audit,
      givenBack: this.#givenBack.rows(),
    };
  }
}
