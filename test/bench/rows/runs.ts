import { openClosedLoop } from '../load/closed-loop.ts';
import { type Connection, openConnection } from '../load/connection.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { atMost, definePart, type Figure } from '../measure/part.ts';
import { startUpstream } from '../measure/processes.ts';
import { inTurns, median, ratio } from '../measure/rounds.ts';

const CLIENTS = 64;
const REQUESTS = 256;
const WARM_UP = 8000;
/** A stream of 64 events, one chunk per event. */
const BODY = { model: 'pieces', messages: shortPrompt(900) } as const;
const PLAIN = toRequest(PATHS.trpcStream, BODY);
const RUN = toRequest(PATHS.rest, { ...BODY, stream: true }, ['x-spillway-run: drain']);
const CREATE = toRequest('/trpc/runs.create', BODY);

/** What it costs to keep a stream as a run, compared with the plain stream over tRPC. */
export const RUNS = definePart({
  name: 'runs',
  rows: {
    run: { label: 'stream of 64 events as a run: CPU', unit: 'x', target: atMost(1.1) },
    created: { label: '  created first, then read over tRPC', unit: 'x' },
  },
  async measure() {
    await using upstream = await startUpstream();
    // Kept for a short time, as many runs as the load makes.
    const runs = { keep: '1s', perKey: 1000 };
    await using gateway = await startGateway({ ...configOf(upstream.url), runs });
    using clients = await openClosedLoop(gateway.port, CLIENTS);
    const connections = await Promise.all(Array.from({ length: CLIENTS }, () => openConnection(gateway.port)));
    const costs = await inTurns<string, number>(
      {
        plain: () => cpuOfEach(gateway, REQUESTS, () => clients.run(PLAIN, REQUESTS, ENDS.tRPC)),
        run: () => cpuOfEach(gateway, REQUESTS, () => clients.run(RUN, REQUESTS, ENDS.REST)),
        created: () => cpuOfEach(gateway, REQUESTS, () => createAndRead(connections)),
      },
      { warmUps: Math.ceil(WARM_UP / REQUESTS) },
    );
    for (const connection of connections) connection[Symbol.dispose]();
    const { plain = [], run = [], created = [] } = costs;
    return { run: compared(run, plain), created: compared(created, plain) };
  },
});

function compared(cost: readonly number[], plain: readonly number[]): Figure {
  return {
    value: ratio(cost, plain),
    note: `${median(cost).toFixed(0)} us, plain over tRPC ${median(plain).toFixed(0)} us`,
  };
}

async function createAndRead(connections: readonly Connection[]): Promise<void> {
  let remaining = REQUESTS;
  const client = async (connection: Connection): Promise<void> => {
    while (remaining-- > 0) {
      let answer = '';
      await connection.send(CREATE, '', (piece) => void (answer += piece.toString('latin1')));
      const [runId = ''] = /run_[0-9a-f]{32}/.exec(answer) ?? [];
      await connection.send(toRequest('/trpc/runs.stream', { runId }), ENDS.tRPC);
    }
  };
  await Promise.all(connections.map(client));
}
