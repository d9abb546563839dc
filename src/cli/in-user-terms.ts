import { GatewayError } from '../domain/errors.ts';
import { StoreError } from '../store/store-error.ts';
import { UsageError } from './usage-error.ts';

/** Runs a task on a store, and turns its errors into what the user of the command line can read. */
export async function inUserTerms<Result>(task: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    const reason = error instanceof GatewayError ? (error.details.cause ?? error) : error;
    if (reason instanceof StoreError) throw new UsageError(reason.message);
    throw error instanceof GatewayError ? new UsageError(error.message) : error;
  }
}
