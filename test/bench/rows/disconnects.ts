import { setTimeout as wait } from 'node:timers/promises';
import { type Connection, openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { monotonic } from '../measure/monotonic.ts';
import { startUpstream } from '../measure/processes.ts';
import { percentile } from '../measure/rounds.ts';
import { atMost, definePart, under } from '../measure/part.ts';

const CLIENTS = 200;
const BATCHES = 3;
const DISCONNECT_WITHIN_MS = 2000;
const OPEN_AFTER_MS = 2000;
const GROUP = 'drip-gateway';

/** A client that has read the first event of its stream. */
async function connectClient(port: number, user: string): Promise<Connection> {
  const connection = await openConnection(port);
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const request = toRequest(PATHS.rest, { model: GROUP, user, stream: true, messages: shortPrompt(200) });
  // It rejects when the connection is closed, which happens in every case here.
  connection.send(request, '', () => resolve()).catch(() => undefined);
  await started;
  return connection;
}

/** Disconnects at a random time, every other client by a reset. Resolves with that time. */
async function disconnect({ socket }: Connection, n: number): Promise<number> {
  await wait(Math.random() * DISCONNECT_WITHIN_MS);
  const at = monotonic();
  if (n % 2 === 0) socket.resetAndDestroy();
  else socket.destroy();
  return at;
}

/** Time from a client's disconnect until its upstream exchange is closed. */
export const DISCONNECTS = definePart({
  name: 'disconnects',
  rows: {
    delay: { label: `${CLIENTS} clients disconnect: time to close the upstream, p99`, unit: 'ms', target: under(10) },
    open: { label: '  still open at the upstream after two seconds', unit: '', target: atMost(0) },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(configOf(upstream.url));
    await upstream.query({ run: [GROUP] });
    const at: number[] = [];
    // The first batch warms up.
    for (let batch = 0; batch <= BATCHES; batch++) {
      const users = Array.from({ length: CLIENTS }, (_, n) => String(batch * CLIENTS + n));
      const clients = await Promise.all(users.map((user) => connectClient(gateway.port, user)));
      at.push(...(await Promise.all(clients.map(disconnect))));
    }
    await wait(OPEN_AFTER_MS);
    const { open, disconnected } = await upstream.query({});
    const closed = new Map(disconnected);
    const delays = at
      .slice(CLIENTS)
      .map((disconnectedAt, n) => ((closed.get(String(CLIENTS + n)) ?? Infinity) - disconnectedAt) / 1000);
    return {
      delay: { value: percentile(delays, 0.99), note: `p50 ${percentile(delays, 0.5).toFixed(1)} ms` },
      open: { value: open },
    };
  },
});
