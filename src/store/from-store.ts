import { GatewayError } from '../domain/errors.ts';
import { StoreError } from './store-error.ts';

/** What the store answers. Where it fails, this rejects with `store_unavailable`, which says nothing of the store: its message is for the log. */
export async function fromStore<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const message = 'The store cannot be used at present; try again.';
    throw new GatewayError('store_unavailable', { message, retryAfter: 1, cause: error });
  }
}
