import type { SharedCounts, SyncReply } from '../state/shared/counts.ts';
import type { News } from '../state/shared/news.ts';
import type { Link } from './link.ts';
import type { PrimaryProcedures } from './protocol.ts';

/** The ledger of the primary process, in a worker. */
export interface RemoteCounts {
  readonly counts: SharedCounts;
  /** Passes on what another process has published. */
  readonly onNews: (news: News | undefined) => void;
}

/**
 * Makes the worker's side of the ledger in the primary process. Calls of one step of the event loop go in one message. They reject once the primary is gone. Disposal
 * sends nothing: the primary ends what a worker holds with the worker.
 */
export function createRemoteCounts(link: Link<PrimaryProcedures>): RemoteCounts {
  const listeners = new Set<(news: News | undefined) => void>();
  return {
    counts: {
      async sync(request) {
        const reply: SyncReply = JSON.parse(await link.call('sync', JSON.stringify(request)));
        return reply;
      },
      beat: (restored) => link.call('beat', restored),
      elect: (server, lease) => link.call('elect', { server, lease }),
      publish: (news) => link.call('publish', news),
      current: () => link.call('current', undefined),
      watch(listener) {
        // An own function, so that one listener can be added twice.
        const own = (news: News | undefined): void => listener(news);
        listeners.add(own);
        return { [Symbol.dispose]: () => void listeners.delete(own) };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    onNews(news) {
      for (const listener of listeners) listener(news);
    },
  };
}
