import type { QueryName } from './queries.ts';

/** The queries that operators wait for, and no request: they run beside all others, and write nothing. */
export const OPERATOR_QUERIES: ReadonlySet<QueryName> = new Set<QueryName>([
  'usageSums',
  'hourSums',
  'attemptHours',
  'auditPage',
  'requestPage',
]);
