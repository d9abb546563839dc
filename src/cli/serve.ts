import { pino } from 'pino';
import { isLoopback } from '../config/cross-check.ts';
import { findConfigFile, loadConfigFile, parseConfig } from '../config/load.ts';
import { formatProblems } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { serverSettings } from '../config/server-settings.ts';
import { openGateway } from '../gateway.ts';
import { createServer } from '../http/server.ts';
import { systemClock } from '../lib/clock.ts';
import { logEvents } from '../observe/log.ts';
import { startDemo } from '../testing/demo.ts';
import { listen } from './listen.ts';
import type { Flags } from './flags.ts';
import { untilSignal } from './until-signal.ts';
import { UsageError } from './usage-error.ts';

/** How long what runs may go on after SIGTERM, in milliseconds. */
const GRACE_MS = 25_000;

/** Starts the gateway and serves until a signal: then it accepts nothing more, finishes what runs within a limit, and returns. */
export async function serve(flags: Flags): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const file = flags.demo ? undefined : findConfigFile(flags.config, process.env, process.cwd());
  const config = file === undefined ? await demoConfig(stack) : fileConfig(file);
  const { bodyLimit, writeIdle, origins, ...address } = serverSettings(config);
  const host = flags.host ?? address.host;
  const port = flags.port ?? address.port;
  const keyless = (config.auth?.keys ?? []).length === 0;
  if (keyless && !isLoopback(host))
    throw new UsageError(`'${host}' is open to others, which needs auth.keys in the configuration`);

  const log = pino(
    { level: process.env['SPILLWAY_LOG_LEVEL'] ?? 'info', base: null },
    pino.destination({ dest: 1, sync: false }),
  );
  const gateway = openGateway(config, { onEvent: logEvents(log) });
  const app = createServer({
    doors: gateway.doors,
    clock: systemClock,
    bodyLimit,
    writeIdle,
    originRules: keyless ? { host, origins } : undefined,
  });
  const url = await listen(host, port, () => app.listen({ host, port }));
  process.stdout.write(banner(url, file, config));
  await untilSignal();
  // Closing the listener waits for open streams; the gateway ends them when their time is over.
  const closed = app.close();
  await gateway.close(GRACE_MS);
  app.server.closeIdleConnections();
  using _ = systemClock.timer(1000, () => app.server.closeAllConnections());
  await closed;
}

function fileConfig(file: string): Config {
  const result = loadConfigFile(file, process.env);
  if (!result.ok) throw new UsageError(formatProblems(file, result.problems));
  return result.config;
}

/** The demo's upstreams and a chain over them: the first is always busy, the second answers. */
async function demoConfig(stack: AsyncDisposableStack): Promise<Config> {
  const demo = stack.use(await startDemo());
  const result = parseConfig(
    {
      providers: {
        busy: { dialect: 'openai', baseUrl: demo.busy.baseUrl, apiKey: 'none' },
        answering: { dialect: 'openai', baseUrl: demo.answering.baseUrl, apiKey: 'none' },
      },
      chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
      defaults: { chain: 'default' },
    },
    {},
  );
  if (!result.ok) throw new UsageError(formatProblems('demo', result.problems));
  return result.config;
}

function banner(address: string, file: string | undefined, config: Config): string {
  const chains = Object.keys(config.chains);
  const body = JSON.stringify({ model: chains[0], messages: [{ role: 'user', content: 'Hello' }] });
  return [
    `spillway on ${address} with ${file ?? 'the demo upstreams (no configuration found)'}`,
    `chains: ${chains.join(', ')}`,
    `try: curl -i ${address}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n');
}
