import type { FastifyInstance } from 'fastify';
import type { ServerSettings } from '../config/server-settings.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { countOpenResponses } from '../http/open-responses.ts';
import { createServer } from '../http/server.ts';
import { systemClock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import { listen } from './listen.ts';
import type { EndSignal } from '../workers/protocol.ts';

/** How long connections may stay open after the last response, for their last bytes, in milliseconds. */
const LAST_BYTES_MS = 1000;
/**
 * Most connections that wait to be accepted. Node's default of 511 is too small for thousands of simultaneous clients. The limit of the operating
 * system (somaxconn) applies as well.
 */
const BACKLOG = 4096;
/** Time between two checks for unfinished responses, in milliseconds. */
const CHECK_MS = 50;

/** Where a gateway is served. */
export interface GatewayServerOptions {
  readonly settings: ServerSettings;
  readonly host: string;
  readonly port: number;
}

/** The HTTP server of a gateway. */
export interface GatewayServer {
  /** Resolves with the address. Throws a UsageError for one that cannot be used. */
  listen(): Promise<string>;
  /**
   * Shuts down gracefully: readiness fails, new requests are still served for the drain delay (on SIGTERM only), then no connection is accepted, and running
   * requests get the drain timeout. Resolves after the last response, and closes the gateway.
   */
  shutDown(signal: EndSignal, log: Log): Promise<void>;
}

/** Makes the server of a gateway, not listening yet. */
export function createGatewayServer(gateway: Gateway, { settings, host, port }: GatewayServerOptions): GatewayServer {
  const { origins } = settings;
  const app = createServer({
    doors: gateway.doors,
    clock: systemClock,
    settings,
    originRules: () => (gateway.keyless ? { host, origins } : undefined),
    draining: () => gateway.draining,
  });
  const unfinished = countOpenResponses(app.server);
  return {
    listen: () => listen({ host, port }, () => app.listen({ host, port, backlog: BACKLOG })),
    async shutDown(signal, log) {
      const { drainDelay, drainTimeout } = settings;
      gateway.drain();
      // SIGINT comes from a terminal: there is no load balancer, and the user waits.
      if (signal === 'SIGTERM') {
        log.info({ signal, drainDelay, drainTimeout }, 'shutting down');
        await wait(drainDelay);
      }
      await close(app, { gateway, drainTimeout, unfinished });
    },
  };
}

interface Closing {
  readonly gateway: Gateway;
  readonly drainTimeout: number;
  readonly unfinished: () => number;
}

async function close(app: FastifyInstance, { gateway, drainTimeout, unfinished }: Closing): Promise<void> {
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

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.timer(ms, resolve));
}
