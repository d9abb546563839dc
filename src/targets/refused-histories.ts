import type { Target } from '../domain/chain.ts';
import { putBounded } from '../lib/bounded-map.ts';

/**
 * The conversations whose reasoning a target has refused: their next turns hold it again, and would be refused again. Each is kept for an hour, the latest 10,000
 * of them, in memory. `now` is in milliseconds since the epoch.
 */
export interface RefusedHistories {
  add(target: Target, conversation: string, now: number): void;
  has(target: Target, conversation: string, now: number): boolean;
  forget(): void;
}

const MEMORY_MS = 3600_000;
const MOST = 10_000;

/** Makes an empty memory. */
export function createRefusedHistories(): RefusedHistories {
  const until = new Map<string, number>();
  return {
    add: (target, conversation, now) => putBounded(until, [keyOf(target, conversation), now + MEMORY_MS], MOST),
    has: (target, conversation, now) => (until.get(keyOf(target, conversation)) ?? 0) > now,
    forget: () => until.clear(),
  };
}

function keyOf({ modelKey }: Target, conversation: string): string {
  return `${modelKey}\n${conversation}`;
}
