import type { RequestFinished } from '../domain/events.ts';
import { networkOf } from '../lib/address.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** How long the refused keys of one address are counted after a line of one of them, in milliseconds. */
const BATCH_MS = 60_000;
/** Most addresses that are counted at the same time. */
const MAX_ADDRESSES = 1000;

/** What is known of the refused keys of one address. */
interface Refused {
  /** End of the request that had the last line, in milliseconds since the epoch. */
  readonly loggedAt: number;
  /** Those that had no line since. */
  omitted: number;
}

/** Codes of requests whose key is unknown. */
const CODES: ReadonlySet<string> = new Set(['invalid_api_key', 'too_many_failures']);

/**
 * Makes the function that decides which requests with an unknown key get a line: of an address, or the /64 of an IPv6 address, one a minute.
 * Returns undefined for any other request, else the number of the address' requests that had no line before this one, or `omit` for one of those.
 */
export function createRefusedKeyLines(): (event: RequestFinished) => number | 'omit' | undefined {
  const addresses = new Map<string, Refused>();
  return ({ code, remoteAddress, acceptedAt, totalMs }) => {
    if (!CODES.has(code)) return undefined;
    const network = networkOf(remoteAddress ?? 'unknown');
    const known = addresses.get(network);
    const endedAt = acceptedAt + totalMs;
    if (known !== undefined && endedAt - known.loggedAt < BATCH_MS) {
      known.omitted++;
      return 'omit';
    }
    putBounded(addresses, [network, { loggedAt: endedAt, omitted: 0 }], MAX_ADDRESSES);
    return known?.omitted ?? 0;
  };
}
