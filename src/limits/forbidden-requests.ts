import { createHash } from 'node:crypto';
import type { Call } from '../domain/call.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** So many different requests, forbidden within this time and with none answered between, show that the key is what is refused. */
const LIMIT = 5;
const WITHIN_MS = 600_000;
/** Accounts remembered at most. */
const MOST_ACCOUNTS = 10_000;

/**
 * Counts requests of an account that were forbidden (403) without a word about its key. One prompt that a provider blocks, or one client
 * that repeats it, says nothing about the key. Times in milliseconds since the epoch. In memory, bounded.
 */
export interface ForbiddenRequests {
  /** Records a forbidden request. Returns whether the account is to be taken out of service; its count then starts again. */
  record(account: string, call: Call, now: number): boolean;
  /** The account has answered a request. */
  recordAnswer(account: string): void;
}

/** Makes a count that knows no account. */
export function createForbiddenRequests(): ForbiddenRequests {
  const accounts = new Map<string, ReadonlyMap<string, number>>();
  return {
    record(account, call, now) {
      const recent = [...(accounts.get(account) ?? [])].filter(([, at]) => now - at <= WITHIN_MS);
      const bodies = new Map([...recent, [digestOf(call), now]]);
      if (bodies.size >= LIMIT) accounts.delete(account);
      else putBounded(accounts, [account, bodies], MOST_ACCOUNTS);
      return bodies.size >= LIMIT;
    },
    recordAnswer(account) {
      if (accounts.size > 0) accounts.delete(account);
    },
  };
}

/** Identifies the request by its body. */
function digestOf({ body }: Call): string {
  return createHash('sha256').update(body.bytes).digest('base64');
}
