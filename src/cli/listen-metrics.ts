import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isLoopback } from '../config/exposure.ts';
import type { MetricsSettings } from '../config/metrics-settings.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { createMetricsServer } from '../http/metrics-server.ts';
import { bareHost } from '../lib/bare-host.ts';
import { METRICS_ROUTE } from '../rest/routes.ts';
import { listen } from './listen.ts';

/** Where metrics are served. */
export interface ListenMetricsOptions {
  readonly settings: Pick<MetricsSettings, 'host' | 'port'>;
  /** The host of the main server. */
  readonly host: string;
}

/** The listener of metrics. Dispose closes it. */
export interface MetricsListener extends Disposable {
  /** Where it listens; undefined without a port in the configuration. */
  readonly url: string | undefined;
}

/**
 * Serves `/metrics` on a port of its own; does nothing without one in the configuration. Throws a
 * UsageError for an address that cannot be used. On loopback a gateway without keys has the same rules for web pages as on its main port;
 * a port that other machines can reach is open to all of them.
 */
export async function listenMetrics(
  gateway: Pick<Gateway, 'fetch' | 'keyless'>,
  { settings, host: mainHost }: ListenMetricsOptions,
): Promise<MetricsListener> {
  const { port } = settings;
  if (port === undefined) return { url: undefined, [Symbol.dispose]: () => undefined };
  const host = bareHost(settings.host ?? mainHost);
  const server = createMetricsServer({
    fetch: gateway.fetch,
    originRules: () => (gateway.keyless && isLoopback(host) ? { host, origins: [] } : undefined),
  });
  await listen({ host, port, setBy: { host: 'metrics.host', port: 'metrics.port' } }, async () => {
    server.listen(port, host);
    await once(server, 'listening');
  });
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${portOf(server.address())}${METRICS_ROUTE.path}`,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function portOf(address: AddressInfo | string | null): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
