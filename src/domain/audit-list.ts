import type { AuditEntry } from './key-record.ts';

/** Which entries of the audit trail are listed; the newest ones unless given. */
export interface AuditInput {
  /** Id of a principal. */
  readonly actor?: string | undefined;
  /** Id of a key, or name of a tenant. */
  readonly target?: string | undefined;
  /** For example `keys.create`. */
  readonly action?: string | undefined;
  readonly tenant?: string | undefined;
  /** Entries older than the one of this number. */
  readonly before?: number | undefined;
  /** The most entries, 1 to 200; 50 unless given. */
  readonly limit?: number | undefined;
}

/** One change by an operator. It holds no secret. */
export interface AuditListEntry {
  /** Entries are numbered in the order in which they were written. */
  readonly no: number;
  readonly object: 'audit.entry';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actor: { readonly id: string; readonly name: string };
  readonly via: AuditEntry['via'];
  readonly action: string;
  readonly target: string;
  readonly tenant: string | null;
  /** What was changed, before and after; null where there is none. */
  readonly before: object | null;
  readonly after: object | null;
  readonly request_id: string | null;
  /** The client's address. */
  readonly remote: string | null;
}

/** A page of the audit trail, the newest entry first. */
export interface AuditList {
  readonly object: 'list';
  readonly data: readonly AuditListEntry[];
  readonly has_more: boolean;
  /** The value of `before` for the next page; null on the last one. */
  readonly next: number | null;
}
