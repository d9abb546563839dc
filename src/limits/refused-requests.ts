import { putBounded } from '../lib/bounded-map.ts';

/** This many requests in a row, refused by every entry of a chain within a minute, end the search for an entry that takes the next one. */
const LIMIT = 5;
const WITHIN_MS = 60_000;
/** How long the first refusal then decides, unless a request is answered before. */
const STOP_MS = 60_000;
/** Pairs of principals and chains remembered at most. */
const MOST_KEYS = 10_000;

/** Whose request it was, and for which chain. */
export interface RefusedRequest {
  /** Id of the principal. */
  readonly principal: string;
  readonly chain: string;
}

/**
 * Bounds what a client costs that sends a wrong request again and again: each such request would be tried at every entry. Times in
 * milliseconds since the epoch. In memory, bounded.
 */
export interface RefusedRequests {
  /** Whether the first refusal of this principal's request ends it. */
  stopsAtFirst(request: RefusedRequest, now: number): boolean;
  /** Every entry that could be tried has refused the request. */
  recordRefused(request: RefusedRequest, now: number): void;
  /** The request was answered. */
  recordAnswered(request: RefusedRequest): void;
  /** The request failed for another reason, so the refusals before it are not in a row with later ones. */
  recordFailed(request: RefusedRequest): void;
}

interface Known {
  /** When the last requests were refused. */
  readonly refusedAt: readonly number[];
  readonly stopUntil: number;
}

/** Makes a record that knows no request. */
export function createRefusedRequests(): RefusedRequests {
  const known = new Map<string, Known>();
  return {
    stopsAtFirst: (request, now) => (known.get(keyOf(request))?.stopUntil ?? 0) > now,
    recordRefused(request, now) {
      const key = keyOf(request);
      const before = known.get(key);
      // While the first refusal decides, a refusal is one entry's only.
      if (before !== undefined && before.stopUntil > now) return;
      const refusedAt = [...(before?.refusedAt ?? []), now].filter((at) => now - at <= WITHIN_MS);
      const stops = refusedAt.length >= LIMIT;
      putBounded(
        known,
        [key, stops ? { refusedAt: [], stopUntil: now + STOP_MS } : { refusedAt, stopUntil: 0 }],
        MOST_KEYS,
      );
    },
    recordAnswered(request) {
      if (known.size > 0) known.delete(keyOf(request));
    },
    recordFailed(request) {
      const key = keyOf(request);
      const before = known.get(key);
      if (before !== undefined && before.refusedAt.length > 0) known.delete(key);
    },
  };
}

function keyOf({ principal, chain }: RefusedRequest): string {
  return `${chain}\n${principal}`;
}
