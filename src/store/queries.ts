import { applyChange } from './apply-change.ts';
import { attemptHours } from './attempt-hour-rows.ts';
import { auditPage } from './audit-rows.ts';
import type { Database } from './database.ts';
import { newestChange } from './change-rows.ts';
import { allTenants, changesAfter, keysAfter } from './directory-rows.ts';
import { endLeases, renewLeases } from './lease-expiry.ts';
import { leaseSpend } from './lease-rows.ts';
import { loadLimits, saveLimits } from './limit-rows.ts';
import { forgetRequests } from './request-log/delete-rows.ts';
import { maintainLog } from './request-log/maintain.ts';
import { requestPage } from './request-log/read-page.ts';
import { readBody, writeBodies } from './request-log/request-bodies.ts';
import { openLog } from './request-log/open-log.ts';
import { writeRequests } from './request-log/write-rows.ts';
import { allSessions, noteSessionUses } from './session-rows.ts';
import { lastUses, spendSince, usageSums } from './usage-rows.ts';
import { hourSums } from './usage-hour-rows.ts';
import { writeBatch } from './write-batch.ts';

/** All that is done with a database. Arguments and results are data that can be posted to another thread. */
const QUERIES = Object.freeze({
  loadLimits,
  saveLimits,
  newestChange,
  keysAfter,
  allTenants,
  changesAfter,
  allSessions,
  noteSessionUses,
  applyChange,
  writeBatch,
  spendSince,
  leaseSpend,
  renewLeases,
  endLeases,
  lastUses,
  usageSums,
  hourSums,
  attemptHours,
  auditPage,
  openLog,
  writeRequests,
  requestPage,
  maintainLog,
  forgetRequests,
  writeBodies,
  readBody,
});

type Queries = typeof QUERIES;

/** Name of a query. */
export type QueryName = keyof Queries;

/** The argument of each query, by name; undefined where it has none. */
export type QueryArgument = { readonly [Name in QueryName]: Parameters<Queries[Name]>[1] };

/** The result of each query, by name. */
export type QueryResult = { readonly [Name in QueryName]: Awaited<ReturnType<Queries[Name]>> };

/** A query with its argument: what is posted to another thread. */
export type QueryCall<Names extends QueryName = QueryName> = {
  readonly [Name in Names]: { readonly name: Name; readonly argument: QueryArgument[Name] };
}[Names];

/** The same functions, in a form in which the argument of a call fits the function of its name. */
const BY_NAME: {
  readonly [Name in QueryName]: (database: Database, argument: QueryArgument[Name]) => Promise<QueryResult[Name]>;
} = QUERIES;

/** Runs a query on a database of this thread. Rejects with the error of the database, or with a ConflictError. */
export function runQuery<Name extends QueryName>(
  database: Database,
  call: QueryCall<Name>,
): Promise<QueryResult[Name]> {
  return BY_NAME[call.name](database, call.argument);
}

/** Runs a query wherever the database is. Rejects with a StoreError, or with a ConflictError. */
export type RunQuery = <Name extends QueryName>(
  name: Name,
  argument: QueryArgument[Name],
) => Promise<QueryResult[Name]>;
