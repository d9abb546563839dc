import type { Clock } from '../../lib/clock.ts';
import { newGatewayName } from '../../lib/ids.ts';
import { type AccountCounts, createAccountCounts } from './account-counts.ts';
import type { Fleet, SharedCounts } from './counts.ts';
import type { Lasting, LastingLimits, LimitReads } from '../limit-state.ts';
import { LASTING_MS, LONGEST_MS } from '../local-state.ts';
import type { News } from './news.ts';
import { createNoticeBoard } from './notice-board.ts';

/** Accounts kept at most; of those without use the one used longest ago is dropped first. */
const MOST_ACCOUNTS = 110_000;

/** A ledger in this process, which others share through connections of their own. It lives as long as the process. */
export interface MemoryCounts extends LastingLimits, Pick<LimitReads, 'watch'> {
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
  const watchers = new Set<(key: string) => void>();
  const earlier = createEarlier();

  function changed(key: string): void {
    for (const watcher of watchers) watcher(key);
  }

  function accountOf(name: string): AccountCounts {
    const counts = accounts.get(name) ?? createAccountCounts((key) => earlier.take(key, clock.now()));
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
    watch(watcher) {
      watchers.add(watcher);
      return { [Symbol.dispose]: () => void watchers.delete(watcher) };
    },
    lasting() {
      const now = clock.now();
      const counted = [...accounts.values()].flatMap((counts) => counts.usedDays(now));
      return { cooldowns: board.cooldowns(now, LASTING_MS), windows: [...counted, ...earlier.rows(now)] };
    },
    restore({ cooldowns, windows }) {
      const now = clock.now();
      for (const each of cooldowns) board.put(newsOf(each, now), now);
      earlier.add(windows);
    },
    connect(process) {
      const listeners = new Set<(news: News | undefined) => void>();
      connected.set(process, listeners);
      return {
        async sync(request) {
          const reply = accountOf(request.account).sync(request, clock.now());
          for (const { key, changes } of request.keys) if (changes.length > 0) changed(key);
          return reply;
        },
        async beat(restoredEpoch) {
          if (restoredEpoch === epoch) restored.add(process);
          else restored.delete(process);
          return fleet();
        },
        elect: async (server, lease) => board.elect(process, server, { lease, now: clock.now() }),
        async publish(news) {
          if (!board.put(news, clock.now())) return;
          changed(news.kind);
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

function newsOf({ key, ...cooldown }: Lasting['cooldowns'][number], now: number): News {
  // The clock may have been set back since the cooldown was stored.
  const retryAt = Math.min(cooldown.retryAt, now + LONGEST_MS);
  return { kind: 'cooldown', key, cooldown: { ...cooldown, retryAt } };
}

/** What an earlier ledger counted, until a process reports the counter and how its provider counts. */
function createEarlier() {
  const all = new Map<string, Lasting['windows']>();
  const rowsOf = (key: string, now: number): Lasting['windows'] =>
    (all.get(key) ?? []).filter(({ until }) => until > now);
  return {
    add(windows: Lasting['windows']): void {
      for (const row of windows) all.set(row.key, [...(all.get(row.key) ?? []), row]);
    },
    /** What was counted of a counter, once. */
    take(key: string, now: number): Lasting['windows'] {
      const rows = rowsOf(key, now);
      all.delete(key);
      return rows;
    },
    rows: (now: number): Lasting['windows'] => [...all.keys()].flatMap((key) => rowsOf(key, now)),
  };
}
