import type { AuditEntry, KeyRecord, TenantRecord } from '../domain/key-record.ts';
import type { SessionRecord, SessionUse } from '../domain/session-record.ts';
import type { Clock } from '../lib/clock.ts';
import type { Lasting } from '../state/limit-state.ts';
import type { AttemptCell, AttemptsQuery } from './attempt-hours.ts';
import type { LimitsSave } from './limit-changes.ts';
import type { StoredLog } from './request-log/stored-log.ts';
import type { HourCell, HoursQuery } from './usage-hours.ts';

/** Loads and saves the part of the limit state that outlives the process. */
export interface StoredLimits {
  /** Returns the rows of all processes that have not expired at `now` (milliseconds since the epoch). Rejects with a StoreError. */
  load(now: number): Promise<Lasting>;
  /**
   * Writes the difference between two views of this process, in one transaction. Rejects with a StoreError; then nothing was written.
   */
  save(save: LimitsSave): Promise<void>;
}

/** All keys and tenants, and the sessions that were not ended, as of a change. */
export interface Directory {
  /** Number of the newest change in it; 0 before the first. */
  readonly seq: number;
  readonly keys: readonly KeyRecord[];
  readonly tenants: readonly TenantRecord[];
  readonly sessions: readonly SessionRecord[];
}

/** What has changed since another change. */
export interface DirectoryChanges extends Directory {
  readonly removedTenants: readonly string[];
}

/**
 * One change of keys, tenants and sessions, with its audit row. A record replaces the stored one whose version is one lower; version 1 is a new record. Each record
 * of `keys` and `tenants` is written, and each of `removedTenants` deleted, all of them or none. A session is made, or ended; all but the newest 100
 * of a key are ended.
 */
export interface DirectoryChange {
  readonly keys?: readonly KeyRecord[] | undefined;
  readonly tenants?: readonly TenantRecord[] | undefined;
  readonly removedTenants?: readonly string[] | undefined;
  readonly sessions?: readonly SessionRecord[] | undefined;
  /** Tenants that must be stored for the change to be right: those of new keys. */
  readonly requiredTenants?: readonly string[] | undefined;
  readonly audit: AuditEntry;
}

/** Keys, tenants and sessions. Everything rejects with a StoreError where the store fails. */
export interface StoredDirectory {
  load(): Promise<Directory>;
  /** What has changed after the change number `seq`. Cheap where nothing has. */
  changesAfter(seq: number): Promise<DirectoryChanges>;
  /**
   * Writes a change and its audit row in one transaction; resolves to the number of the change. Rejects with a ConflictError, and writes nothing, where a
   * record's version is not the next one, a name of a key is taken within its tenant, a new tenant's name is taken, a removed tenant still has
   * keys that are not revoked, or a required tenant is not stored.
   */
  apply(change: DirectoryChange): Promise<number>;
  /** Writes when sessions were last used. A use that is not newer, or of a session that has ended, changes nothing. */
  noteUses(uses: readonly SessionUse[]): Promise<void>;
  /** Calls the listener when other processes may have changed something, where the store reports that by itself (PostgreSQL). */
  watch(listener: () => void): Disposable;
}

/** A change of the directory does not fit what is stored: nothing was written. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  readonly conflict: 'version' | 'name' | 'in_use' | 'tenant';

  constructor(conflict: ConflictError['conflict'], message: string) {
    super(message);
    this.conflict = conflict;
  }
}

/** What is spent of one period of one budget. */
export interface SpendRow {
  /** `key:ID` or `tenant:NAME`. */
  readonly owner: string;
  /** Period and models, as `budgetName` names them. */
  readonly budget: string;
  /** When the period begins, in milliseconds since the epoch; 0 for all time. */
  readonly startsAt: number;
  /** Billionths of a US dollar. As an increment it is added to the row. */
  readonly nano: number;
}

/** Sums of requests that have ended, by UTC day. Each number is added to its row. */
export interface UsageRow {
  /** Days since the epoch. */
  readonly day: number;
  readonly tenant: string;
  readonly keyId: string;
  readonly chain: string;
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Billionths of a US dollar of all requests whose cost is known. */
  readonly costNano: number;
  /** The part of it that is estimated. */
  readonly estimatedNano: number;
  /** Requests whose cost is unknown. */
  readonly unknownCost: number;
}

/** What requests have left behind since the last batch: increments, and the newest time of each key's use. */
export interface Batch {
  /** Names the process that writes it, and counts its batches from 1: a batch that was written before is not written again. */
  readonly writer: string;
  readonly seq: number;
  readonly spend: readonly SpendRow[];
  readonly usage: readonly UsageRow[];
  readonly hours: readonly HourCell[];
  readonly attempts: readonly AttemptCell[];
  /** By id of the key, in milliseconds since the epoch. */
  readonly lastUsed: readonly { readonly keyId: string; readonly at: number }[];
  readonly audit: readonly AuditEntry[];
  /** Parts of the writer's leases that it gives back. What `spend` takes of them goes by itself. */
  readonly givenBack: readonly LeasedSpend[];
}

/** Which rows of usage are summed, and by what. */
export interface UsageQuery {
  /** Days since the epoch: from the first, up to and without the last. */
  readonly from: number;
  readonly to: number;
  readonly by: readonly ('day' | 'tenant' | 'keyId' | 'chain' | 'provider' | 'model')[];
  readonly tenant?: string | undefined;
  readonly keyId?: string | undefined;
  readonly limit: number;
}

/** A page of the audit trail, the newest first. */
export interface AuditQuery {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly action?: string | undefined;
  readonly tenant?: string | undefined;
  /** Entries older than the one of this number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** An amount of one period of one budget. */
export type LeasedSpend = SpendRow;

/** A process wants to spend of one period of one budget. Amounts in billionths of a US dollar. */
export interface SpendLeaseRequest {
  readonly owner: string;
  readonly budget: string;
  /** Start of the period, in milliseconds since the epoch. */
  readonly startsAt: number;
  /** How long the period lasts, in milliseconds; Infinity for all time. */
  readonly periodMs: number;
  readonly amountNano: number;
  /** Least that is of use; less is granted only where less is left. */
  readonly wantedNano: number;
}

/** What was leased of one period of one budget. Amounts in billionths of a US dollar. */
export interface SpendLease {
  /** Start of the period, in milliseconds since the epoch. */
  readonly startsAt: number;
  readonly grantedNano: number;
  /** What all processes had spent by then. */
  readonly spentNano: number;
  /** All that the process has lost of its leases of the period to other processes, ever: it only grows. */
  readonly lostNano: number;
}

/** How long a lease lasts after it was taken or prolonged, in milliseconds, by the clock of the store. */
export const LEASE_MS = 60_000;

/**
 * Leases of money to processes that spend from the same budgets. `process`: the writer of the process's batches. Times are by the clock of the store, so that
 * processes whose clocks differ agree. Rejects with a StoreError.
 */
export interface StoredLeases {
  /**
   * Leases a part of what is left, for `LEASE_MS`. What is left of a lease that was not prolonged goes to other processes another `LEASE_MS` after one of
   * them has found it expired: an outage of the store takes nothing from a process that lives.
   */
  lease(process: string, request: SpendLeaseRequest): Promise<SpendLease>;
  /** Prolongs all leases of the process by `LEASE_MS`. Resolves to all that it has lost of them, ever, as `SpendLease.lostNano`; those without a loss are left out. */
  renew(process: string): Promise<readonly LeasedSpend[]>;
  /** Gives all leases of the process back, once everything that it has spent is written. */
  end(process: string): Promise<void>;
}

/** What is written in batches, and read for operators. Everything rejects with a StoreError where the store fails. */
export interface StoredRecords {
  /**
   * Writes a batch in one transaction. After a rejection it is unknown whether the batch was written: write the same batch again. Resolves to all that is
   * spent of the periods of `batch.spend`, with it, where several processes spend from the same budgets; empty elsewhere.
   */
  write(batch: Batch): Promise<readonly SpendRow[]>;
  /** All spend of periods that have begun since `since` (milliseconds since the epoch), and of all time. */
  spend(since: number): Promise<readonly SpendRow[]>;
  /** By id of the key, in milliseconds since the epoch. */
  lastUsed(): Promise<ReadonlyMap<string, number>>;
  /** Sums in which the columns that are not in `by` are empty, or 0. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>;
  /** The same by hours, of the last 90 days. */
  hours(query: HoursQuery): Promise<readonly HourCell[]>;
  /** Attempts by hour, of the last 90 days; those of the newest hour first. */
  attempts(query: AttemptsQuery): Promise<readonly AttemptCell[]>;
  audit(query: AuditQuery): Promise<readonly (AuditEntry & { readonly no: number })[]>;
}

/** An open store. Dispose it after everything that writes to it. Disposal is idempotent and never rejects. */
export interface Store extends AsyncDisposable {
  /** False for `memory:`, which is gone with the process. */
  readonly persistent: boolean;
  /** Whether another process has it in memory for several. Before one of them reads, the others write what waits with them. */
  readonly hosted?: boolean | undefined;
  readonly limits: StoredLimits;
  readonly directory: StoredDirectory;
  readonly records: StoredRecords;
  readonly requestLog: StoredLog;
  /** Where several processes spend from the same budgets; undefined for a store that one process has for itself. */
  readonly leases: StoredLeases | undefined;
}

/** Options of `openStore`. */
export interface OpenStoreOptions {
  readonly clock: Clock;
  /** Ends the wait for a locked store; `openStore` then rejects with the abort reason. */
  readonly signal: AbortSignal;
  /** Whether missing migrations are applied, unless false: then a store that lacks any is refused. */
  readonly migrate?: boolean | undefined;
  /** Number of processes of this machine that open the same store; 1 unless given. They divide the connections to a database server. */
  readonly processes?: number | undefined;
  /** How long another process may hold an SQLite file before a call is rejected as `locked`, in milliseconds; 5000 unless given. */
  readonly lockTimeoutMs?: number | undefined;
}
