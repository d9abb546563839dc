import type { HostedConnection } from '../store/hosted-store.ts';
import type { QueryCall, QueryName, QueryResult, RunQuery } from '../store/queries.ts';
import type { SqliteFault } from '../store/sqlite-protocol.ts';
import { ConflictError } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import type { StoreAnswer } from './protocol.ts';

/** Makes what runs the queries of one worker. It never rejects: errors lose their class between processes. */
export function serveStore({ run }: Pick<HostedConnection, 'run'>): (call: QueryCall) => Promise<StoreAnswer<unknown>> {
  return async (call) => {
    try {
      return { result: await runCall(run, call) };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  };
}

function runCall<Name extends QueryName>(
  run: RunQuery,
  { name, argument }: QueryCall<Name>,
): Promise<QueryResult[Name]> {
  return run(name, argument);
}

function faultOf(error: unknown): SqliteFault {
  if (error instanceof ConflictError) return { conflict: error.conflict, message: error.message };
  if (error instanceof StoreError) return { problem: error.problem, reason: error.reason };
  return { problem: 'unusable', reason: error instanceof Error ? error.message : String(error) };
}
