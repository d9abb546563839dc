import { flushCompileCache } from 'node:module';
import { isKeyless, isLoopback } from '../config/cross-check.ts';
import { serverSettings } from '../config/server-settings.ts';
import type { Config } from '../config/schema.ts';
import { type Gateway, type GatewayOptions, openGateway } from '../gateway/open.ts';
import { StoreError } from '../store/store-error.ts';
import { createServer } from '../http/server.ts';
import { countOpenResponses } from '../http/open-responses.ts';
import { systemClock } from '../lib/clock.ts';
import { logEvents } from '../observe/log.ts';
import { type Configuration, findConfiguration } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import type { Flags } from './flags.ts';
import { listen } from './listen.ts';
import { createLog } from './log.ts';
import { keepReloading } from './reload.ts';
import { surviveThrows } from './survive-throws.ts';
import { untilSignal } from './until-signal.ts';
import { UsageError } from './usage-error.ts';

/** How long a socket may take to carry its last bytes, in milliseconds. */
const LAST_BYTES_MS = 1000;
/** Callers who may wait to be accepted; Node's own 511 are few where thousands come at once. The system's own limit (somaxconn) counts too. */
const BACKLOG = 4096;
/** How often is looked whether the last answer is through, in milliseconds. */
const LOOK_MS = 50;

/**
 * Starts the gateway and serves until a signal. Then it is not ready any more, still serves who comes for the drain delay (on SIGTERM, which
 * balancers have to notice), accepts nothing more, finishes what runs within the drain timeout, and returns.
 */
export async function serve(flags: Flags): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const configuration = await findConfiguration(flags, stack);
  const { config, found } = configuration;
  const settings = serverSettings(config);
  const { drainDelay, drainTimeout, origins } = settings;
  const host = (flags.host ?? settings.host).replace(/^\[(.*)\]$/, '$1');
  const port = flags.port ?? settings.port;
  if (isKeyless(config) && !isLoopback(host))
    throw new UsageError(`'${host}' is open to others, which needs auth.keys in the configuration`);
  // Said before it listens, so that nobody finds out by the bill.
  if (found !== undefined) process.stdout.write(entryLines(found));

  const log = createLog(flags.logLevel);
  const gateway = await opened(config, {
    onProblem: (problem) => log.warn({ problem }, 'store'),
    onEvent: logEvents(log, { vendorMessages: () => gateway.config.log?.vendorMessages === true }),
    source: configuration.source,
  });
  const app = createServer({
    doors: gateway.doors,
    clock: systemClock,
    settings,
    originRules: () => (isKeyless(gateway.config) ? { host, origins } : undefined),
    draining: () => gateway.draining,
  });
  stack.use(gateway);
  stack.use(surviveThrows(log, gateway));
  const unfinished = countOpenResponses(app.server);
  // Before anybody can know that it serves: who is told so may signal at once.
  const told = untilSignal();
  if (configuration.file !== undefined) stack.use(keepReloading({ file: configuration.file, gateway, log, host }));
  const url = await listen(host, port, () => app.listen({ host, port, backlog: BACKLOG }));
  process.stdout.write(banner(url, configuration));
  // At the process's end Node would keep it by itself, but not at the end of one that is killed. Where nothing is new it takes a millisecond.
  flushCompileCache();
  const signal = await told;
  gateway.drain();
  // At a terminal nobody balances, and who typed it waits.
  if (signal === 'SIGTERM') {
    log.info({ signal, drainDelay, drainTimeout }, 'leaving');
    await wait(drainDelay);
  }
  // Closing the listener waits for open streams; the gateway ends them when their time is over.
  const latest = systemClock.now() + drainTimeout;
  const closed = app.close();
  await gateway.close(drainTimeout);
  // What is answered may still be on its way: a large answer, and a caller who reads slowly.
  while (unfinished() > 0 && systemClock.now() < latest) await wait(LOOK_MS);
  app.server.closeIdleConnections();
  using _ = systemClock.timer(LAST_BYTES_MS, () => app.server.closeAllConnections());
  await closed;
}

/** What is wrong with the store is the user's to mend. */
async function opened(config: Config, options: GatewayOptions): Promise<Gateway> {
  try {
    return await openGateway(config, options);
  } catch (error) {
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.timer(ms, resolve));
}

function banner(address: string, { source, config }: Configuration): string {
  const chains = Object.keys(config.chains);
  const body = JSON.stringify({ model: chains[0], messages: [{ role: 'user', content: 'Hello' }] }).replaceAll(
    "'",
    String.raw`'\''`,
  );
  const key = isKeyless(config) ? '' : " -H 'authorization: Bearer YOUR_KEY'";
  return [
    `spillway on ${address} with ${source}`,
    `chains: ${chains.join(', ')}`,
    `OpenAI API at ${address}/v1, tRPC at ${address}/trpc, documents at ${address}/docs`,
    `try: curl -i ${address}/v1/chat/completions -H 'content-type: application/json'${key} -d '${body}'`,
    '',
  ].join('\n');
}
