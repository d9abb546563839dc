import type { Config } from '../config/schema.ts';
import type { Gateway, SharedGatewayOptions } from '../gateway/gateway.ts';
import { systemClock } from '../lib/clock.ts';
import { mergePages } from '../observe/metrics/merge-pages.ts';
import type { News } from '../state/shared/news.ts';
import { openStore } from '../store/open-store.ts';
import type { OpenStoreOptions } from '../store/store.ts';
import { createLink, type Port } from './link.ts';
import type { Applied, EndSignal, PrimaryProcedures, SentResult, WorkerReady, WorkerStart } from './protocol.ts';
import { createRemoteCounts } from './remote-counts.ts';
import { createRemoteStore } from './remote-store.ts';
import { receiveConfig } from './sent-config.ts';

/** A worker's end of the channel to the primary process. */
export interface WorkerEnd {
  begin(): Promise<WorkerStart>;
  ready(ready: WorkerReady): void;
  /** Resolves when the primary process has the message, or is gone. */
  failed(problem: string): Promise<void>;
  /** Sends whole lines of the log. */
  readonly log: (lines: string) => void;
  /** Resolves when everything that was sent has arrived, or after `ms` milliseconds. Never rejects. */
  readonly flush: (ms: number) => Promise<void>;
  /** What the worker's gateway shares with the others. */
  sharedParts(start: WorkerStart, config: Config): SharedGatewayOptions;
}

/** What the primary process asks of a worker. */
export interface WorkerEndOptions {
  /** Resolves when the worker's gateway is open. */
  readonly gateway: Promise<Gateway>;
  /** Called when the worker is to end; by SIGINT where the primary process is gone. */
  readonly onEnd: (signal: EndSignal) => void;
}

/** Opens the worker's end of the channel. */
export function openWorkerEnd(port: Port, { gateway, onEnd }: WorkerEndOptions): WorkerEnd {
  let writeOwnPage: (() => Promise<string>) | undefined;
  let onNews: ((news: News | undefined) => void) | undefined;
  let onDirectoryChange: (() => void) | undefined;
  let flushStore: (() => Promise<void>) | undefined;
  const link = createLink<PrimaryProcedures>(port, {
    news: (news: News | undefined) => onNews?.(news),
    directoryChanged: () => onDirectoryChange?.(),
    apply: async (result: SentResult) => applyTo(await gateway, result),
    flush: () => flushStore?.(),
    page: () => writeOwnPage?.() ?? '',
    end: onEnd,
  });
  port.onClose(() => onEnd('SIGINT'));

  function shareMetrics(own: () => Promise<string>): () => Promise<string> {
    writeOwnPage = own;
    // A worker that has lost the others knows only its own.
    return async () => mergePages(await link.call('pages', undefined).catch(async () => [await own()]));
  }

  return {
    begin: () => link.call('begin', undefined),
    ready: (ready) => link.notify('ready', ready),
    failed: (problem) => link.call('failed', problem).catch(() => undefined),
    log: (lines) => link.notify('log', lines),
    async flush(ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      using _timer = systemClock.timer(ms, resolve);
      // Messages arrive in their order, so the answer to an empty one says that all before it have.
      await Promise.race([promise, link.call('log', '').catch(() => undefined)]);
    },
    sharedParts({ process, workers, store }, { store: settings }) {
      const remote = createRemoteCounts(link);
      ({ onNews } = remote);
      const common = { ledger: { counts: remote.counts, process }, shareMetrics, processes: workers };
      if (store === undefined) {
        const url = settings?.url ?? 'memory:';
        const open = (options: OpenStoreOptions) => openStore(url, { ...options, processes: workers });
        return { ...common, openStore: open };
      }
      const hosted = createRemoteStore(link, { facts: store, clock: systemClock });
      ({ onDirectoryChange } = hosted);
      return {
        ...common,
        shareFlush: (flush) => void (flushStore = flush),
        openStore: () => Promise.resolve(hosted.store),
      };
    },
  };
}

function applyTo(gateway: Gateway, result: SentResult): Applied {
  gateway.apply(result.ok ? { ok: true, config: receiveConfig(result.config), keySources: new Map() } : result);
  const { rejected, restart } = gateway.configuration;
  return { rejected: rejected?.problems, restart };
}
