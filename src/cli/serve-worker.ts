import { flushCompileCache } from 'node:module';
import { withStarted } from '../config/active-config.ts';
import { metricsSettings } from '../config/metrics-settings.ts';
import type { Config } from '../config/schema.ts';
import { serverSettings } from '../config/server-settings.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { type PrimaryPort, primaryPort } from '../workers/fork.ts';
import { openWorkerEnd } from '../workers/worker-end.ts';
import type { EndSignal, WorkerStart } from '../workers/protocol.ts';
import { receiveConfig } from '../workers/sent-config.ts';
import type { Flags } from './flags.ts';
import { createGatewayServer } from './gateway-server.ts';
import { listenMetrics } from './listen-metrics.ts';
import { createLog } from './log.ts';
import { logUncaught } from './log-uncaught.ts';
import { openLoggedGateway } from './open-gateway.ts';
import { UsageError } from './usage-error.ts';

/** A log that nothing is written to: the primary process has said it. */
const NO_LINES = { debug: ignored, info: ignored, warn: ignored, error: ignored };

/** Serves as a worker until the primary process ends it, or is gone itself. Resolves to false at once where this process is no worker. */
export async function serveAsWorker(flags: Flags): Promise<boolean> {
  const port = primaryPort();
  if (port === undefined) return false;
  // A terminal and a supervisor may signal all processes. The primary process decides what follows.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ignored);
  await serveWorker(flags, port);
  return true;
}

async function serveWorker(flags: Flags, port: PrimaryPort): Promise<void> {
  const opened = Promise.withResolvers<Gateway>();
  // A worker that does not start applies nothing.
  opened.promise.catch(ignored);
  const ended = Promise.withResolvers<EndSignal>();
  const primary = openWorkerEnd(port, { gateway: opened.promise, onEnd: ended.resolve });
  const output = { number: port.number, write: primary.log, flush: primary.flush };
  await using log = createLog({ level: flags.logLevel, format: flags.logFormat, worker: output });
  await using stack = new AsyncDisposableStack();
  try {
    const start = await primary.begin();
    const config = startConfigOf(start);
    const { host, source } = start;
    const settings = serverSettings(config);
    const shared = primary.sharedParts(start, config);
    const gateway = stack.use(await openLoggedGateway({ config, source }, { log, host, shared }));
    stack.use(logUncaught(log, gateway));
    if (start.reloaded !== undefined)
      gateway.apply({ ok: true, config: receiveConfig(start.reloaded), keySources: new Map() });
    const server = createGatewayServer(gateway, { settings, host, port: start.port });
    const metrics = stack.use(await listenMetrics(gateway, { settings: metricsSettings(config), host }));
    const url = await server.listen();
    opened.resolve(gateway);
    primary.ready({ url, metricsUrl: metrics.url, keyless: gateway.keyless });
    flushCompileCache();
    await server.shutDown(await ended.promise, NO_LINES);
  } catch (error) {
    opened.reject(error);
    if (!(error instanceof UsageError)) throw error;
    await primary.failed(error.message);
    process.exitCode = 1;
  }
}

/** What needs a restart of the gateway stays as it is when one worker starts anew. */
function startConfigOf({ config, reloaded }: WorkerStart): Config {
  const started = receiveConfig(config);
  return reloaded === undefined ? started : withStarted(receiveConfig(reloaded), started);
}

function ignored(): void {}
