import { setTimeout as wait } from 'node:timers/promises';
import { openClosedLoop } from '../load/closed-loop.ts';
import { type Connection, openConnection } from '../load/connection.ts';
import { holdStreams } from '../load/held-streams.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { atMost, definePart, type Figure } from '../measure/part.ts';
import { type Server, startUpstream, type Upstream } from '../measure/processes.ts';
import { inTurns, median, ratio, ROUNDS } from '../measure/rounds.ts';
import { until } from '../measure/until.ts';

const STREAMS = 500;
const OPENED_OVER_MS = 2000;
const LATEST_MS = 5000;
const SETTLE_MS = 150;
/** All bursts together take about ten seconds. */
const BURST_MS = 5000 / ROUNDS;
const CLIENTS = 64;
const REQUESTS = 256;
const WARM_UP = 8000;
/** A stream of 64 events, one chunk per event. */
const BODY = { model: 'pieces', messages: shortPrompt(900) } as const;
const PLAIN = toRequest(PATHS.trpcStream, BODY);
const RUN = toRequest(PATHS.rest, { ...BODY, stream: true }, ['x-spillway-run: drain']);
/** Streams that the upstream feeds event by event, in groups. */
const PACED = {
  'drip-plain': toRequest(PATHS.trpcStream, { model: 'drip-plain', messages: shortPrompt(200) }),
  'drip-runs': toRequest(PATHS.rest, { model: 'drip-runs', stream: true, messages: shortPrompt(200) }, [
    'x-spillway-run: drain',
  ]),
} as const;
const CREATE = toRequest('/trpc/runs.create', BODY);

/** What it costs to keep a stream as a run, compared with the plain stream over tRPC. */
export const RUNS = definePart({
  name: 'runs',
  rows: {
    paced: {
      label: `${STREAMS} streams as runs, 10 events a second each: CPU per event`,
      unit: 'x',
      target: atMost(1.1),
    },
    run: { label: '  a stream of 64 events at once, and its request', unit: 'x' },
    created: { label: '  created first, then read over tRPC', unit: 'x' },
  },
  async measure() {
    await using upstream = await startUpstream();
    // Kept for a short time, as many runs as the load makes.
    const runs = { keep: '1s', perKey: 1000 };
    const models = ['pieces', ...Object.keys(PACED)];
    const chains = Object.fromEntries(models.map((model) => [model, { entries: [`up/${model}`] }]));
    await using gateway = await startGateway({ ...configOf(upstream.url, chains), runs });
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
    const paced = await pacedCosts(gateway, upstream);
    return { paced, run: compared(run, plain), created: compared(created, plain) };
  },
});

/** CPU per event of streams that get events at the pace of a model, as runs compared with plain ones. */
async function pacedCosts(gateway: Server, upstream: Upstream): Promise<Figure> {
  using held = new DisposableStack();
  const bursts: Record<string, () => Promise<number>> = {};
  for (const [model, request] of Object.entries(PACED)) {
    const streams = held.use(holdStreams(gateway.port));
    await upstream.query({ run: [model] });
    await streams.open(request, STREAMS, OPENED_OVER_MS);
    await until(() => streams.firsts.length === STREAMS, LATEST_MS);
    bursts[model] = async () => {
      await upstream.query({ run: [model] });
      await wait(SETTLE_MS);
      const [before, from] = [await gateway.query('usage'), streams.events];
      await wait(BURST_MS);
      const after = await gateway.query('usage');
      return (after.cpu - before.cpu) / (streams.events - from);
    };
  }
  const { 'drip-plain': plain = [], 'drip-runs': runs = [] } = await inTurns(bursts, { warmUps: 2 });
  await upstream.query({ run: [] });
  return {
    value: ratio(runs, plain),
    note: `${median(runs).toFixed(1)} us, plain over tRPC ${median(plain).toFixed(1)} us`,
  };
}

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
