import { newGatewayName } from '../lib/ids.ts';
import type { MemoryCounts } from '../state/shared/memory-counts.ts';
import type { HostedStore } from '../store/hosted-store.ts';
import type { Link } from './link.ts';
import type { Pages } from './pages.ts';
import type { WorkerSession } from './pool.ts';
import type { WorkerProcedures, WorkerStart } from './protocol.ts';
import { serveCounts } from './serve-counts.ts';
import { serveStore } from './serve-store.ts';

/** What all workers share. */
export interface Shared {
  readonly counts: MemoryCounts;
  /** Undefined where each worker has its own connections. */
  readonly store: HostedStore | undefined;
  readonly pages: Pages;
  /** What a worker that starts now serves. */
  readonly begin: () => Omit<WorkerStart, 'process'>;
  /** Writes whole lines to the log. */
  readonly log: (lines: string) => void;
}

/** Opens what one worker has of what all share. Its end frees what the worker holds, at once. */
export function openSession(shared: Shared, number: number, link: () => Link<WorkerProcedures>): WorkerSession {
  const { store, pages } = shared;
  const process = newGatewayName();
  const counts = serveCounts(shared.counts.connect(process), {
    process,
    onNews: (news) => link().notify('news', news),
  });
  const connection = store?.connect({
    place: number,
    flush: () => flushed(),
    onDirectoryChange: () => link().notify('directoryChanged', undefined),
  });
  /** A worker that has not begun has nothing to write. */
  const flushed = async (): Promise<void> => {
    if (given !== undefined)
      await link()
        .call('flush', undefined)
        .catch(() => undefined);
  };
  let given: WorkerStart | undefined;
  let page: Disposable | undefined;
  return {
    procedures: {
      ...counts.procedures,
      ...(connection === undefined ? {} : { query: serveStore(connection) }),
      pages: () => pages.read(),
      log: shared.log,
    },
    begin() {
      page = pages.add(() => link().call('page', undefined));
      return (given = { ...shared.begin(), process });
    },
    ready() {
      const { reloaded } = shared.begin();
      // Another configuration has come while the worker started.
      if (reloaded !== undefined && reloaded !== given?.reloaded)
        link().notify('apply', { ok: true, config: reloaded });
    },
    async ended() {
      page?.[Symbol.dispose]();
      connection?.[Symbol.dispose]();
      await counts[Symbol.asyncDispose]();
    },
  };
}
