import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { exposureProblems, keylessProblem } from '../config/exposure.ts';
import { ConfigError, formatProblems } from '../config/problems.ts';
import { metricsSettings } from '../config/metrics-settings.ts';
import { serverSettings } from '../config/server-settings.ts';
import type { Gateway, GatewayOptions } from '../gateway/gateway.ts';
import { openGateway } from '../gateway/open.ts';
import { StoreError } from '../store/store-error.ts';
import { createServer } from '../http/server.ts';
import { countOpenResponses } from '../http/open-responses.ts';
import { bareHost } from '../lib/bare-host.ts';
import { systemClock } from '../lib/clock.ts';
import { logEvents } from '../observe/log.ts';
import { type Configuration, findConfiguration } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import type { Flags } from './flags.ts';
import { listen } from './listen.ts';
import { listenMetrics } from './listen-metrics.ts';
import { createLog } from './log.ts';
import { reloadOnChange } from './reload.ts';
import { logUncaught } from './log-uncaught.ts';
import { logWarnings } from './log-warnings.ts';
import { untilSignal } from './until-signal.ts';
import { UsageError } from './usage-error.ts';

/** How long connections may stay open after the last response, for their last bytes, in milliseconds. */
const LAST_BYTES_MS = 1000;
/**
 * Most connections that wait to be accepted. Node's default of 511 is too small for thousands of simultaneous clients. The limit of the operating
 * system (somaxconn) applies as well.
 */
const BACKLOG = 4096;
/** How long a second signal waits for the last lines of the log, in milliseconds. */
const LAST_LINES_MS = 50;
/**
 * V8 allocates objects in the old generation where those of the same place in the code have often survived. Under load that includes objects of requests, which then keep
 * all of their requests in memory until the next major collection: half as much CPU again, by chance and for the rest of the process's life.
 */
const NO_PRETENURING = '--no-allocation-site-pretenuring';
/** Time between two checks for unfinished responses, in milliseconds. */
const CHECK_MS = 50;

/**
 * Starts the gateway and serves until SIGTERM or SIGINT, then shuts down gracefully: readiness fails, new requests are still served for the
 * drain delay (on SIGTERM only, so that load balancers notice), then no connection is accepted, and running requests get the drain timeout.
 * Resolves after the last one, at most two seconds later, whether or not anything reads the log. A second signal ends the process. Throws a UsageError for a configuration, an address or a store that cannot be used.
 */
export async function serve(flags: Flags): Promise<void> {
  setFlagsFromString(NO_PRETENURING);
  // Disposed after everything that logs.
  await using log = createLog({ level: flags.logLevel, format: flags.logFormat });
  await using stack = new AsyncDisposableStack();
  const configuration = await findConfiguration(flags, stack);
  const { config, found } = configuration;
  const settings = serverSettings(config);
  const { drainDelay, drainTimeout, origins } = settings;
  const host = bareHost(flags.host ?? settings.host);
  const port = flags.port ?? settings.port;
  const exposed = exposureProblems(config, host);
  if (exposed.length > 0) throw new UsageError(formatProblems(configuration.source, exposed));

  logWarnings(log, config);
  const gateway = await open(configuration, {
    onProblem: (problem) => log.warn({ problem }, 'problem'),
    onEvent: logEvents(log, { vendorMessages: () => gateway.config.log?.vendorMessages === true }),
    source: configuration.source,
  });
  // Whether the store holds keys is known only now.
  const keyless = gateway.keyless ? keylessProblem(host) : undefined;
  if (keyless !== undefined) {
    await gateway.close();
    throw new UsageError(formatProblems(configuration.source, [{ path: 'auth.keys', message: keyless }]));
  }
  const app = createServer({
    doors: gateway.doors,
    clock: systemClock,
    settings,
    originRules: () => (gateway.keyless ? { host, origins } : undefined),
    draining: () => gateway.draining,
  });
  stack.use(gateway);
  // Printed before it listens, so that the operator does not find out by the bill.
  if (found !== undefined) process.stdout.write(entryLines(found));
  stack.use(logUncaught(log, gateway));
  const unfinished = countOpenResponses(app.server);
  // Before the banner: a supervisor may send a signal as soon as it reads that the gateway serves.
  const signalled = untilSignal((exitCode) => void log.flush(LAST_LINES_MS).finally(() => process.exit(exitCode)));
  if (configuration.file !== undefined) stack.use(reloadOnChange({ file: configuration.file, gateway, log, host }));
  stack.use(await listenMetrics(gateway, { settings: metricsSettings(config), host }));
  const url = await listen({ host, port }, () => app.listen({ host, port, backlog: BACKLOG }));
  process.stdout.write(banner(url, configuration, gateway));
  // Node writes the compile cache when a process exits, but not when it is killed. Takes a millisecond if nothing is new.
  flushCompileCache();
  const signal = await signalled;
  gateway.drain();
  // SIGINT comes from a terminal: there is no load balancer, and the user waits.
  if (signal === 'SIGTERM') {
    log.info({ signal, drainDelay, drainTimeout }, 'shutting down');
    await wait(drainDelay);
  }
  // Closing the server waits for open streams, which the gateway ends after the drain timeout.
  const deadline = systemClock.now() + drainTimeout;
  const closed = app.close();
  await gateway.close(drainTimeout);
  // A finished request's response may still be in transit: a large one, or to a client that reads slowly.
  while (unfinished() > 0 && systemClock.now() < deadline) await wait(CHECK_MS);
  app.server.closeIdleConnections();
  using _ = systemClock.timer(LAST_BYTES_MS, () => app.server.closeAllConnections());
  await closed;
}

/** Opens the gateway. A problem with the store or with the configuration becomes a UsageError, because the user can fix it. */
async function open({ config, source }: Configuration, options: GatewayOptions): Promise<Gateway> {
  try {
    return await openGateway(config, options);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(formatProblems(source, error.problems));
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.timer(ms, resolve));
}

function banner(listening: string, { source, config }: Configuration, { keyless }: Pick<Gateway, 'keyless'>): string {
  const { basePath, dashboard } = serverSettings(config);
  const address = listening + basePath;
  const chains = Object.keys(config.chains);
  const body = JSON.stringify({ model: chains[0], messages: [{ role: 'user', content: 'Hello' }] }).replaceAll(
    "'",
    String.raw`'\''`,
  );
  const key = keyless ? '' : " -H 'authorization: Bearer YOUR_KEY'";
  return [
    `spillway on ${address} with ${source}`,
    ...(dashboard ? [`dashboard at ${address}/ui/`] : []),
    `chains: ${chains.join(', ')}`,
    `OpenAI API at ${address}/v1, Anthropic API at ${address}, tRPC at ${address}/trpc, docs at ${address}/docs`,
    `try: curl -i ${address}/v1/chat/completions -H 'content-type: application/json'${key} -d '${body}'`,
    '',
  ].join('\n');
}
