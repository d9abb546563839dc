import { flushCompileCache } from 'node:module';
import { serverSettings } from '../config/server-settings.ts';
import { toSnapshot } from '../config/snapshot.ts';
import { systemClock } from '../lib/clock.ts';
import { background } from '../lib/background.ts';
import { createMemoryCounts } from '../state/shared/memory-counts.ts';
import { keepLimits } from '../store/keep-limits.ts';
import { type HostedStore, openHostedStore } from '../store/hosted-store.ts';
import { canFork, forkWorker } from '../workers/fork.ts';
import { createPages } from '../workers/pages.ts';
import { type Death, type Pool, startPool } from '../workers/pool.ts';
import type { EndSignal } from '../workers/protocol.ts';
import { sendConfig } from '../workers/sent-config.ts';
import { openSession } from '../workers/session.ts';
import { banner } from './banner.ts';
import type { Configuration } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import { freePort } from './free-port.ts';
import { logUncaught } from './log-uncaught.ts';
import { inTermsOf } from './open-gateway.ts';
import { reloadOnChange } from './reload.ts';
import { reloadWorkers } from './reload-workers.ts';
import { endNow, type Serving } from './serving.ts';
import { untilSignal } from './until-signal.ts';
import { UsageError } from './usage-error.ts';

/** How much longer than the drain of its requests a worker may take to end, in milliseconds. */
const END_MS = 5000;

/** What is served by several processes. */
export interface PrimaryServing extends Serving {
  readonly workers: number;
}

/**
 * Starts workers, which serve, and holds what they share: the ledger of limits, the one writer of an SQLite store, the configuration, metrics and the log. Ends
 * like a gateway of one process, after the last worker. Throws a UsageError where workers cannot start, or where one ends again and again.
 */
export async function servePrimary(serving: PrimaryServing): Promise<void> {
  const { configuration, log, host, workers } = serving;
  const { config, source, found, file } = configuration;
  if (!canFork())
    throw new UsageError(
      'this process is a worker of node:cluster itself; set server.workers to 1, or start it otherwise',
    );
  // Workers that start again listen where the first ones did.
  const port = serving.port === 0 ? await freePort(host) : serving.port;
  await using stack = new AsyncDisposableStack();
  const store = await openStoreOf(configuration, stack);
  const counts = createMemoryCounts(systemClock);
  if (store !== undefined) {
    const onProblem = (problem: string): void => log.warn({ problem }, 'problem');
    stack.use(await keepLimits({ store, state: counts, clock: background(systemClock), onProblem }));
  }
  const reloading = reloadWorkers(config, (result) => pool.apply(result));
  if (found !== undefined) process.stdout.write(entryLines(found));
  stack.use(logUncaught(log, { redact: (text) => toSnapshot(reloading.config).redact(text) }));
  const signalled = untilSignal((exitCode) => {
    pool.kill();
    endNow(log, exitCode);
  });
  const started = sendConfig(config);
  const facts = store && { persistent: store.persistent, name: store.name };
  const shared = {
    counts,
    store,
    pages: createPages(systemClock),
    log: log.writeLines,
    begin: () => ({ workers, config: started, reloaded: reloading.sent, source, host, port, store: facts }),
  };
  const pool: Pool = startPool({
    count: workers,
    clock: systemClock,
    fork: forkWorker,
    open: (number, link) => openSession(shared, number, link),
    onDeath: ({ worker, ...death }: Death) => log.error({ worker, ...death }, 'worker has ended'),
  });
  const broken = pool.broken.then((problem) => ({ problem }));
  const first = await Promise.race([pool.started, broken, signalled]);
  if (typeof first === 'string') return await endPool(pool, { signal: first, within: 0 });
  if ('problem' in first) {
    await endPool(pool, { signal: 'SIGINT', within: 0 });
    throw new UsageError(first.problem);
  }
  if (file !== undefined) stack.use(reloadOnChange({ file, gateway: reloading, log, host }));
  process.stdout.write(banner({ ...first, workers }, configuration));
  flushCompileCache();
  const end = await Promise.race([signalled, broken]);
  const { drainDelay, drainTimeout } = serverSettings(config);
  if (typeof end !== 'string') {
    await endPool(pool, { signal: 'SIGINT', within: drainTimeout + END_MS });
    throw new UsageError(end.problem);
  }
  if (end === 'SIGTERM') log.info({ signal: end, drainDelay, drainTimeout }, 'shutting down');
  await endPool(pool, { signal: end, within: (end === 'SIGTERM' ? drainDelay : 0) + drainTimeout + END_MS });
}

/** Opens the store that workers cannot open each for itself: an SQLite file has one writer, and what is in memory is in one process. */
async function openStoreOf(
  { config, source }: Configuration,
  stack: AsyncDisposableStack,
): Promise<HostedStore | undefined> {
  const { url = 'memory:', migrate } = config.store ?? {};
  if (url.startsWith('postgres:')) return undefined;
  const { signal } = new AbortController();
  return stack.use(await inTermsOf(source, () => openHostedStore(url, { signal, migrate })));
}

interface PoolEnd {
  readonly signal: EndSignal;
  /** After so many milliseconds workers that still run are ended at once. */
  readonly within: number;
}

async function endPool(pool: Pool, { signal, within }: PoolEnd): Promise<void> {
  const ended = pool.end(signal);
  using _timer = systemClock.timer(within, () => pool.kill());
  await ended;
}
