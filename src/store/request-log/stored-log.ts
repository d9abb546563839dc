import type { AuditEntry } from '../../domain/key-record.ts';
import type { OutcomeKind } from '../../domain/outcome.ts';
import type { StoredBody } from './stored-body.ts';
import type { PackedRows } from './packed-rows.ts';
import type { RequestRow } from './request-row.ts';

/** Which rows are wanted; each member that is given must hold. */
export interface RowFilter {
  readonly keyId?: string | undefined;
  readonly tenant?: string | undefined;
  readonly chain?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly operation?: string | undefined;
  readonly code?: string | undefined;
  readonly failed?: boolean | undefined;
  /** The first digit of the status. */
  readonly statusClass?: number | undefined;
  readonly attemptsMin?: number | undefined;
  readonly outcome?: OutcomeKind | undefined;
  readonly msMin?: number | undefined;
  readonly costMinNano?: number | undefined;
  /** In the form in which users are stored. */
  readonly user?: string | undefined;
  readonly tag?: string | undefined;
  readonly requestId?: string | undefined;
  readonly clientRequestId?: string | undefined;
  readonly stream?: boolean | undefined;
}

/** A page of the request log. */
export interface RowQuery {
  readonly filter: RowFilter;
  /** Ids: from the least one, below the greatest. */
  readonly from?: bigint | undefined;
  readonly below?: bigint | undefined;
  /** `newer`: the rows that follow the least id; else those before the greatest. */
  readonly towards: 'older' | 'newer';
  readonly limit: number;
  /** Most rows that are read to find them; 50,000 unless given. */
  readonly mostRead?: number | undefined;
}

/** Rows of a page, the newest first. */
export interface RowPage {
  readonly rows: readonly RequestRow[];
  /** Whether there may be further ones. */
  readonly hasMore: boolean;
  /** Where the search has stopped before the page was full; undefined where it is full, or nothing is left. */
  readonly searchedTo: bigint | undefined;
}

/** What the processes of a store share. */
export interface OpenedLog {
  /** The number of the process in the ids that it makes; of those that write at present no two have the same. */
  readonly replica: number;
  /** The secret with which users are hashed; the same for all processes, always. */
  readonly secret: string;
}

/** What is kept of the log. */
export interface LogBounds {
  /** How long rows are kept, in milliseconds. */
  readonly retention: number;
  readonly maxRows: number;
  /** How long bodies are kept, in milliseconds; as long as their rows unless given. */
  readonly bodyRetention?: number | undefined;
}

/** A part of the rows that are to be forgotten. */
export interface ForgetSlice {
  readonly filter: RowFilter;
  /** Only these; at most 1,000. */
  readonly ids?: readonly bigint[] | undefined;
  /** Rows with lower ids. */
  readonly below: bigint;
  /** Written with the first slice, in its transaction. */
  readonly audit: AuditEntry | undefined;
}

/** The request log in the store. Everything rejects with a StoreError where the store fails. */
export interface StoredLog {
  /** Claims a number for the process that makes ids, for a day, and reads the secret of users' hashes. */
  open(process: string): Promise<OpenedLog>;
  /** Writes rows in one transaction. Rows that are there already stay as they are: after a rejection write the same rows again. */
  write(rows: PackedRows): Promise<void>;
  /** Reads a page, the newest row first. */
  page(query: RowQuery): Promise<RowPage>;
  /** Deletes some rows and bodies that are beyond the bounds. Resolves to whether it is to be called again, after a pause. */
  maintain(bounds: LogBounds): Promise<boolean>;
  /** Deletes at most 1,000 rows with their bodies and resolves to their number; fewer than 1,000 mean that none is left. */
  forget(slice: ForgetSlice): Promise<number>;
  /** Writes the bodies of requests that have a row, in one transaction, and resolves to their number. Bodies that are there already stay. */
  writeBodies(bodies: readonly StoredBody[]): Promise<number>;
  /** The bodies of the row of that id, after the audit entry of their reading is written. Resolves to undefined where there are none; then nothing is written. */
  readBody(id: bigint, audit: AuditEntry): Promise<Omit<StoredBody, 'id'> | undefined>;
}
