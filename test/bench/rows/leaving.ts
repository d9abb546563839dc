import { setTimeout as wait } from 'node:timers/promises';
import { type Connection, openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { monotonic } from '../measure/monotonic.ts';
import { startUpstream } from '../measure/processes.ts';
import { percentile } from '../measure/rounds.ts';
import { atMost, defineWork, under } from '../measure/work.ts';

const CALLERS = 200;
const BATCHES = 3;
const LEAVE_WITHIN_MS = 2000;
const LEFT_MS = 2000;
const GROUP = 'drip-gateway';

/** A caller who has read the first of his stream. */
async function come(port: number, user: string): Promise<Connection> {
  const connection = await openConnection(port);
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const request = toRequest(PATHS.rest, { model: GROUP, user, stream: true, messages: shortPrompt(200) });
  // It rejects when the connection is closed, which is what is done here.
  connection.ask(request, '', () => resolve()).catch(() => undefined);
  await begun;
  return connection;
}

/** Leaves at a random time, every other caller by a reset. Resolves with when that was. */
async function leave({ socket }: Connection, n: number): Promise<number> {
  await wait(Math.random() * LEAVE_WITHIN_MS);
  const at = monotonic();
  if (n % 2 === 0) socket.resetAndDestroy();
  else socket.destroy();
  return at;
}

/** How soon the upstream is left alone by those whose callers have gone. */
export const LEAVING = defineWork({
  name: 'leaving',
  rows: {
    delay: { label: `${CALLERS} callers leave: until the upstream is closed, p99`, unit: 'ms', target: under(10) },
    left: { label: '  open at the upstream after two seconds', unit: '', target: atMost(0) },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(configOf(upstream.url));
    await upstream.ask({ run: [GROUP] });
    const at: number[] = [];
    // The first batch is for what is only made once.
    for (let batch = 0; batch <= BATCHES; batch++) {
      const users = Array.from({ length: CALLERS }, (_, n) => String(batch * CALLERS + n));
      const callers = await Promise.all(users.map((user) => come(gateway.port, user)));
      at.push(...(await Promise.all(callers.map(leave))));
    }
    await wait(LEFT_MS);
    const { open, gone } = await upstream.ask({});
    const closed = new Map(gone);
    const delays = at.slice(CALLERS).map((left, n) => ((closed.get(String(CALLERS + n)) ?? Infinity) - left) / 1000);
    return {
      delay: { value: percentile(delays, 0.99), note: `p50 ${percentile(delays, 0.5).toFixed(1)} ms` },
      left: { value: open },
    };
  },
});
