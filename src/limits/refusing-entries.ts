import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** After this many requests in a row that it refused and another entry answered, an entry is tried last. */
const LIMIT = 20;
/** How often such an entry is still tried in its place. */
const PROBE_MS = 60_000;
/** How often it is reported. */
const REPORT_MS = 3600_000;
/** Entries remembered at most. */
const MOST_ENTRIES = 10_000;

/**
 * Finds entries that refuse everything which others answer: each request would cost a refusal first. An entry is a model at a server,
 * whichever key is used. Times in milliseconds since the epoch. In memory, bounded.
 */
export interface RefusingEntries {
  /** Whether an entry is tried after all others; false once a minute, when a request probes it in its own place. */
  isLast(target: Target, now: number): boolean;
  /** Requests in a row that it refused, where there are enough of them to try it last; undefined otherwise. */
  refusals(target: Target): number | undefined;
  /** A request is sent to it: the next probe is a minute away. */
  recordTried(target: Target, now: number): void;
  /** It refused a request that another entry then answered. Returns the number of such requests in a row where it is time to report them. */
  recordRefused(target: Target, now: number): number | undefined;
  /** It answered a request. */
  recordAnswered(target: Target): void;
}

interface Known {
  count: number;
  probeAt: number;
  reportAt: number;
}

/** Makes a record that knows no entry. */
export function createRefusingEntries(): RefusingEntries {
  const known = new Map<string, Known>();
  const refusingOf = ({ server }: Target): Known | undefined => {
    const entry = known.size === 0 ? undefined : known.get(server);
    return entry !== undefined && entry.count >= LIMIT ? entry : undefined;
  };
  return {
    isLast: (target, now) => (refusingOf(target)?.probeAt ?? 0) > now,
    refusals: (target) => refusingOf(target)?.count,
    recordTried(target, now) {
      const entry = refusingOf(target);
      if (entry !== undefined && entry.probeAt <= now) entry.probeAt = now + PROBE_MS;
    },
    recordRefused({ server }, now) {
      const entry = known.get(server) ?? { count: 0, probeAt: 0, reportAt: 0 };
      entry.count++;
      putBounded(known, [server, entry], MOST_ENTRIES);
      if (entry.count < LIMIT) return undefined;
      if (entry.count === LIMIT) entry.probeAt = now + PROBE_MS;
      if (entry.reportAt > now) return undefined;
      entry.reportAt = now + REPORT_MS;
      return entry.count;
    },
    recordAnswered({ server }) {
      if (known.size > 0) known.delete(server);
    },
  };
}
