import type { Clock } from '../../lib/clock.ts';
import { newGatewayName } from '../../lib/ids.ts';
import { type AccountCounts, createAccountCounts } from './account-counts.ts';
import type { Fleet, SharedCounts } from './counts.ts';
import type { News } from './news.ts';
import { createNoticeBoard } from './notice-board.ts';

/** Accounts kept at most; of those without use the one used longest ago is dropped first. */
const MOST_ACCOUNTS = 110_000;

/** A ledger in this process, which others share through connections of their own. It lives as long as the process. */
export interface MemoryCounts {
  /** Opens the connection of one process. Its disposal ends what the process holds: bookings count as spent. */
  connect(process: string): SharedCounts;
}

/** Returns a ledger of which nothing is used. */
export function createMemoryCounts(clock: Clock): MemoryCounts {
  const accounts = new Map<string, AccountCounts>();
  const board = createNoticeBoard();
  const epoch = newGatewayName();
  const connected = new Map<string, Set<(news: News | undefined) => void>>();
  const restored = new Set<string>();

  function accountOf(name: string): AccountCounts {
    const counts = accounts.get(name) ?? createAccountCounts();
    accounts.delete(name);
    accounts.set(name, counts);
    if (accounts.size > MOST_ACCOUNTS) dropIdle();
    return counts;
  }

  function dropIdle(): void {
    const now = clock.now();
    for (const [name, counts] of accounts) if (counts.isIdle(now)) return void accounts.delete(name);
  }

  function fleet(): Fleet {
    return { now: clock.now(), epoch, processes: connected.size, restored: restored.size };
  }

  return {
    connect(process) {
      const listeners = new Set<(news: News | undefined) => void>();
      connected.set(process, listeners);
      return {
        sync: async (request) => accountOf(request.account).sync(request, clock.now()),
        async beat(restoredEpoch) {
          if (restoredEpoch === epoch) restored.add(process);
          else restored.delete(process);
          return fleet();
        },
        elect: async (server, lease) => board.elect(process, server, { lease, now: clock.now() }),
        async publish(news) {
          if (!board.put(news, clock.now())) return;
          for (const [other, all] of connected) if (other !== process) for (const listener of all) listener(news);
        },
        current: async () => board.current(clock.now()),
        watch(listener) {
          listeners.add(listener);
          return { [Symbol.dispose]: () => void listeners.delete(listener) };
        },
        async [Symbol.asyncDispose]() {
          connected.delete(process);
          restored.delete(process);
          const now = clock.now();
          for (const counts of accounts.values()) counts.leave(process, now);
        },
      };
    },
  };
}
