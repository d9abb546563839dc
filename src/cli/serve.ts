import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { exposureProblems } from '../config/exposure.ts';
import { metricsSettings } from '../config/metrics-settings.ts';
import { formatProblems } from '../config/problems.ts';
import { serverSettings } from '../config/server-settings.ts';
import { bareHost } from '../lib/bare-host.ts';
import { workerCount } from '../workers/worker-count.ts';
import { banner } from './banner.ts';
import { findConfiguration } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import type { Flags } from './flags.ts';
import { createGatewayServer } from './gateway-server.ts';
import { listenMetrics } from './listen-metrics.ts';
import { createLog } from './log.ts';
import { openLoggedGateway } from './open-gateway.ts';
import { reloadOnChange } from './reload.ts';
import { logUncaught } from './log-uncaught.ts';
import { logWarnings } from './log-warnings.ts';
import { endNow, type Serving } from './serving.ts';
import { untilSignal } from './until-signal.ts';
import { UsageError } from './usage-error.ts';

/**
 * V8 allocates objects in the old generation where those of the same place in the code have often survived. Under load that includes objects of requests, which then keep
 * all of their requests in memory until the next major collection: half as much CPU again, by chance and for the rest of the process's life.
 */
const NO_PRETENURING = '--no-allocation-site-pretenuring';

/**
 * Starts the gateway and serves until SIGTERM or SIGINT, then shuts down gracefully: readiness fails, new requests are still served for the
 * drain delay (on SIGTERM only, so that load balancers notice), then no connection is accepted, and running requests get the drain timeout.
 * Resolves after the last one, at most two seconds later, whether or not anything reads the log. A second signal ends the process. With several workers this
 * process starts them and serves nothing itself. Throws a UsageError for a configuration, an address or a store that cannot be used.
 */
export async function serve(flags: Flags): Promise<void> {
  setFlagsFromString(NO_PRETENURING);
  // Loaded where it is needed: one process does without the modules of several.
  if (process.send !== undefined) {
    const { serveAsWorker } = await import('./serve-worker.ts');
    if (await serveAsWorker(flags)) return;
  }
  // Disposed after everything that logs.
  await using log = createLog({ level: flags.logLevel, format: flags.logFormat });
  await using stack = new AsyncDisposableStack();
  const configuration = await findConfiguration(flags, stack);
  const { config } = configuration;
  const settings = serverSettings(config);
  const host = bareHost(flags.host ?? settings.host);
  const port = flags.port ?? settings.port;
  const exposed = exposureProblems(config, host);
  if (exposed.length > 0) throw new UsageError(formatProblems(configuration.source, exposed));

  logWarnings(log, config);
  const workers = workerCount(flags.workers ?? settings.workers);
  const serving = { configuration, log, host, port };
  if (workers === 1) return await serveAlone(serving);
  const { servePrimary } = await import('./serve-primary.ts');
  await servePrimary({ ...serving, workers });
}

/** Serves in this process, until a signal. */
async function serveAlone({ configuration, log, host, port }: Serving): Promise<void> {
  const { config, found, file } = configuration;
  const settings = serverSettings(config);
  await using stack = new AsyncDisposableStack();
  const gateway = stack.use(await openLoggedGateway(configuration, { log, host }));
  const server = createGatewayServer(gateway, { settings, host, port });
  // Printed before it listens, so that the operator does not find out by the bill.
  if (found !== undefined) process.stdout.write(entryLines(found));
  stack.use(logUncaught(log, gateway));
  // Before the banner: a supervisor may send a signal as soon as it reads that the gateway serves.
  const signalled = untilSignal((exitCode) => endNow(log, exitCode));
  if (file !== undefined) stack.use(reloadOnChange({ file, gateway, log, host }));
  const metrics = stack.use(await listenMetrics(gateway, { settings: metricsSettings(config), host }));
  const url = await server.listen();
  process.stdout.write(banner({ url, metricsUrl: metrics.url, keyless: gateway.keyless }, configuration));
  // Node writes the compile cache when a process exits, but not when it is killed. Takes a millisecond if nothing is new.
  flushCompileCache();
  await server.shutDown(await signalled, log);
}
