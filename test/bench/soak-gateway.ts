// A gateway of stream-soak.ts in a process of its own. `mark` starts a measurement; the reply to every message is what was measured since.
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { RequestFinished } from '../../src/domain/events.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** What was measured since the mark. */
export interface Measured {
  /** Peak memory above that at the mark, in bytes. */
  readonly memory: number;
  /** Bytes read from upstreams. */
  readonly pulled: number;
  /** The last request that ended. */
  readonly last: Pick<RequestFinished, 'code' | 'usage'> | undefined;
}

const [, , baseUrl = '', writeIdle = ''] = process.argv;
const SAMPLE_MS = 2;
const rss = (): number => process.memoryUsage.rss();
/** Peak over the life of the process, also between two samples. The system reports kilobytes. */
const ever = (): number => process.resourceUsage().maxRSS * 1024;
const sockets = new Set<Socket>();
const read = (): number => sockets.values().reduce((sum, { bytesRead }) => sum + bytesRead, 0);
const mark = { rss: 0, ever: 0, read: 0 };
let most = 0;
let last: RequestFinished | undefined;

subscribe('undici:client:connected', (message) => sockets.add((message as { socket: Socket }).socket));
setInterval(() => (most = Math.max(most, rss())), SAMPLE_MS);
const gateway = await createGateway(
  {
    providers: { up: { baseUrl, apiKey: 'sk-x', models: { '*': {} } } },
    chains: { default: { entries: ['up/warm'] } },
  },
  {
    environment: {},
    onEvent(event) {
      if (event.kind === 'request_finished') last = event;
    },
  },
);
const app = createServer({
  doors: gateway.doors,
  clock: systemClock,
  settings: { ...serverSettings(gateway.config), writeIdle: Number(writeIdle) },
  originRules: () => undefined,
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });

process.on('message', (message) => {
  if (message === 'mark') {
    globalThis.gc?.();
    last = undefined;
    most = rss();
    Object.assign(mark, { rss: most, ever: ever(), read: read() });
  }
  const now = ever();
  const measured: Measured = {
    memory: Math.max(most, rss(), now > mark.ever ? now : 0) - mark.rss,
    pulled: read() - mark.read,
    last: last && { code: last.code, usage: last.usage },
  };
  process.send?.(measured);
});
// The parent may be killed.
process.on('disconnect', () => process.exit());
process.send?.({ url });
