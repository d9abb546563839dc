import { putBounded } from '../../lib/bounded-map.ts';
import type { Lasting } from '../limit-state.ts';
import type { News } from './news.ts';

/** Cooldowns and open breakers kept at most, as in the state of one process. */
const MOST = 10_000;
/** Another reload is not published within this time of the last one, in milliseconds. */
const FORGIVE_MS = 60_000;

/** News that still apply, for processes that start later. Times in milliseconds since the epoch. */
export interface NoticeBoard {
  /** Keeps what is news; returns false where it changes nothing and need not be passed on. */
  put(news: News, now: number): boolean;
  current(now: number): readonly News[];
  /** The cooldowns that last for more than `ms` milliseconds. */
  cooldowns(now: number, ms: number): Lasting['cooldowns'];
  /** Whether this process may probe a server until `now + lease`: one at a time may. */
  elect(process: string, server: string, terms: { readonly lease: number; readonly now: number }): boolean;
}

/** Returns a board without news. */
export function createNoticeBoard(): NoticeBoard {
  const cooldowns = new Map<string, Extract<News, { kind: 'cooldown' }>>();
  const open = new Map<string, Extract<News, { kind: 'breaker_open' }>>();
  const probes = new Map<string, { readonly process: string; readonly until: number }>();
  let forgivenAt = -Infinity;

  return {
    put(news, now) {
      switch (news.kind) {
        case 'cooldown': {
          if ((cooldowns.get(news.key)?.cooldown.retryAt ?? now) >= news.cooldown.retryAt) return false;
          putBounded(cooldowns, [news.key, news], MOST);
          return true;
        }
        case 'breaker_open':
          putBounded(open, [news.server, news], MOST);
          probes.delete(news.server);
          return true;
        case 'breaker_closed':
          probes.delete(news.server);
          return open.delete(news.server);
        case 'forgive': {
          if (now - forgivenAt < FORGIVE_MS) return false;
          forgivenAt = now;
          for (const [key, { cooldown }] of cooldowns)
            if (news.reasons.includes(cooldown.reason)) cooldowns.delete(key);
          return true;
        }
      }
    },
    cooldowns: (now, ms) =>
      [...cooldowns.values()].flatMap(({ key, cooldown }) =>
        cooldown.retryAt - now > ms ? [{ key, ...cooldown }] : [],
      ),
    current(now) {
      return [...[...cooldowns.values()].filter(({ cooldown }) => cooldown.retryAt > now), ...open.values()];
    },
    elect(process, server, { lease, now }) {
      const present = probes.get(server);
      if (present !== undefined && present.process !== process && present.until > now) return false;
      putBounded(probes, [server, { process, until: now + lease }], MOST);
      return true;
    },
  };
}
