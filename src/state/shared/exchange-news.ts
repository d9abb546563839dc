import type { LimitLedger } from '../limit-state.ts';
import type { LocalParts } from '../local-state.ts';
import type { SharedCounts } from './counts.ts';
import type { News } from './news.ts';

/** What news are exchanged with. */
export interface NewsParts {
  readonly counts: Pick<SharedCounts, 'publish'>;
  readonly local: Pick<LimitLedger, 'cool' | 'forget'>;
  readonly reservations: Pick<LocalParts['reservations'], 'adoptBreaker'>;
  /** The ledger's time less the own, in milliseconds. */
  readonly offset: () => number;
  /** Whether the ledger answers. */
  readonly isOpen: () => boolean;
}

/** Exchanges news with the other processes. News that it is given and gives are in the own time. */
export interface NewsExchange {
  /** Publishes what has happened here. What cannot be published now holds for this process only. */
  publish(news: News): void;
  /** Takes over what has happened elsewhere, in the ledger's time. */
  adopt(news: News): void;
}

/** Returns an exchange with a ledger. */
export function createNewsExchange({ counts, local, reservations, offset, isOpen }: NewsParts): NewsExchange {
  return {
    publish(news) {
      if (isOpen()) void counts.publish(shifted(news, offset())).catch(() => undefined);
    },
    adopt(published) {
      const news = shifted(published, -offset());
      switch (news.kind) {
        case 'cooldown':
          local.cool(news.key, news.cooldown);
          return;
        case 'breaker_open':
          reservations.adoptBreaker(news.server, news);
          return;
        case 'breaker_closed':
          reservations.adoptBreaker(news.server, undefined);
          return;
        case 'forgive':
          local.forget(news.reasons);
          return;
      }
    },
  };
}

function shifted(news: News, ms: number): News {
  if (news.kind === 'breaker_open') return { ...news, retryAt: news.retryAt + ms };
  if (news.kind !== 'cooldown') return news;
  return { ...news, cooldown: { ...news.cooldown, retryAt: news.cooldown.retryAt + ms } };
}
