import type { RequestFinished } from '../domain/events.ts';
import { networkOf } from '../lib/address.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** How long refused requests of one kind are counted after a line of one of them, in milliseconds. */
const BATCH_MS = 60_000;
/** Most kinds that are counted at the same time. */
const MAX_KINDS = 1000;

/** What is known of the refused requests of one kind. */
interface Refused {
  /** End of the request that had the last line, in milliseconds since the epoch. */
  readonly loggedAt: number;
  /** Those that had no line since. */
  omitted: number;
}

/** Codes of requests whose key is unknown. */
const KEY_CODES: ReadonlySet<string> = new Set(['invalid_api_key', 'too_many_failures']);

/**
 * Makes the function that decides which refused requests get a line: of those with an unknown key one a minute for each address, or /64 of an IPv6 address, and of
 * those that the gateway has no room for one a minute. Returns undefined for any other request, else the number of requests of its kind that had no line before this one, or
 * `omit` for one of those.
 */
export function createOmittedLines(): (event: RequestFinished) => number | 'omit' | undefined {
  const kinds = new Map<string, Refused>();
  return (event) => {
    const kind = kindOf(event);
    if (kind === undefined) return undefined;
    const known = kinds.get(kind);
    const endedAt = event.acceptedAt + event.totalMs;
    if (known !== undefined && endedAt - known.loggedAt < BATCH_MS) {
      known.omitted++;
      return 'omit';
    }
    putBounded(kinds, [kind, { loggedAt: endedAt, omitted: 0 }], MAX_KINDS);
    return known?.omitted ?? 0;
  };
}

function kindOf({ code, chain, remoteAddress }: RequestFinished): string | undefined {
  if (KEY_CODES.has(code)) return networkOf(remoteAddress ?? 'unknown');
  return code === 'overloaded' && chain === undefined ? code : undefined;
}
