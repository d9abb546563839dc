import type { SharedCounts, SyncRequest } from '../state/shared/counts.ts';
import type { News } from '../state/shared/news.ts';
import type { PrimaryProcedures } from './protocol.ts';

/** The calls of the ledger. */
export type CountsProcedures = Pick<PrimaryProcedures, 'sync' | 'beat' | 'elect' | 'publish' | 'current'>;

/** What serves the ledger to one worker. Dispose it when the worker is gone. */
export interface ServedCounts extends AsyncDisposable {
  readonly procedures: CountsProcedures;
}

/**
 * Serves the connection of one worker to the ledger, which disposal ends with all that the worker holds. A worker is counted by the name that the primary
 * process has given it, so that its end concerns all that it has booked. `onNews` gets what other workers publish.
 */
export function serveCounts(
  counts: SharedCounts,
  { process, onNews }: { readonly process: string; readonly onNews: (news: News | undefined) => void },
): ServedCounts {
  const watching = counts.watch(onNews);
  return {
    procedures: {
      async sync(json) {
        const request: SyncRequest = JSON.parse(json);
        return JSON.stringify(await counts.sync({ ...request, process }));
      },
      beat: (restored) => counts.beat(restored),
      elect: ({ server, lease }) => counts.elect(server, lease),
      publish: (news) => counts.publish(news),
      current: () => counts.current(),
    },
    async [Symbol.asyncDispose]() {
      watching[Symbol.dispose]();
      await counts[Symbol.asyncDispose]();
    },
  };
}
