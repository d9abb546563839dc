import { isLoopback } from '../config/cross-check.ts';
import { serverSettings } from '../config/server-settings.ts';
import { openGateway } from '../gateway.ts';
import { createServer } from '../http/server.ts';
import { systemClock } from '../lib/clock.ts';
import { logEvents } from '../observe/log.ts';
import { type Configuration, findConfiguration } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import type { Flags } from './flags.ts';
import { listen } from './listen.ts';
import { createLog } from './log.ts';
import { untilSignal } from './until-signal.ts';
import { UsageError } from './usage-error.ts';

/** How long what runs may go on after SIGTERM, in milliseconds. */
const GRACE_MS = 25_000;

/** Starts the gateway and serves until a signal: then it accepts nothing more, finishes what runs within a limit, and returns. */
export async function serve(flags: Flags): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const configuration = await findConfiguration(flags, stack);
  const { config, found } = configuration;
  const settings = serverSettings(config);
  const host = (flags.host ?? settings.host).replace(/^\[(.*)\]$/, '$1');
  const port = flags.port ?? settings.port;
  const keyless = (config.auth?.keys ?? []).length === 0;
  if (keyless && !isLoopback(host))
    throw new UsageError(`'${host}' is open to others, which needs auth.keys in the configuration`);
  // Said before it listens, so that nobody finds out by the bill.
  if (found !== undefined) process.stdout.write(entryLines(found));

  const log = createLog(flags.logLevel);
  const gateway = openGateway(config, { onEvent: logEvents(log) });
  const app = createServer({
    doors: gateway.doors,
    clock: systemClock,
    settings,
    originRules: keyless ? { host, origins: settings.origins } : undefined,
  });
  const url = await listen(host, port, () => app.listen({ host, port }));
  process.stdout.write(banner(url, configuration));
  await untilSignal();
  // Closing the listener waits for open streams; the gateway ends them when their time is over.
  const closed = app.close();
  await gateway.close(GRACE_MS);
  app.server.closeIdleConnections();
  using _ = systemClock.timer(1000, () => app.server.closeAllConnections());
  await closed;
}

function banner(address: string, { source, config }: Configuration): string {
  const chains = Object.keys(config.chains);
  const body = JSON.stringify({ model: chains[0], messages: [{ role: 'user', content: 'Hello' }] }).replaceAll(
    "'",
    String.raw`'\''`,
  );
  const key = (config.auth?.keys ?? []).length === 0 ? '' : " -H 'authorization: Bearer YOUR_KEY'";
  return [
    `spillway on ${address} with ${source}`,
    `chains: ${chains.join(', ')}`,
    `OpenAI API at ${address}/v1, tRPC at ${address}/trpc, documents at ${address}/docs`,
    `try: curl -i ${address}/v1/chat/completions -H 'content-type: application/json'${key} -d '${body}'`,
    '',
  ].join('\n');
}
