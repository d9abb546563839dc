import { openClosedLoop } from '../load/closed-loop.ts';
import { ENDS, longPrompt, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { startUpstream, startYardstick } from '../measure/processes.ts';
import { inTurns, median, ratio } from '../measure/rounds.ts';
import { atMost, defineWork, type Figure, type Row, type Target, type Work } from '../measure/work.ts';

const CALLERS = 64;

interface Load {
  readonly name: string;
  readonly label: string;
  /** The chain, and with it how the upstream answers. */
  readonly model: 'json' | 'stream' | 'pieces';
  readonly messages: readonly object[];
  /** Requests in a burst. */
  readonly requests: number;
  /** So many are served before it counts: until then V8 compiles what they run through. */
  readonly warmUp: number;
  /** The doors that are measured, and what each is held to. */
  readonly doors: Readonly<Record<string, Target | undefined>>;
}

const SHORT = shortPrompt(900);
const LONG = longPrompt();
const LOADS: readonly Load[] = [
  {
    name: 'json',
    label: 'JSON, 1 KB in and out',
    model: 'json',
    messages: SHORT,
    requests: 384,
    warmUp: 8000,
    doors: { REST: atMost(1.2), tRPC: undefined },
  },
  {
    name: 'stream',
    label: 'stream of 64 events at once, in one chunk',
    model: 'stream',
    messages: SHORT,
    requests: 256,
    warmUp: 8000,
    doors: { REST: atMost(0.9), tRPC: atMost(1.1) },
  },
  {
    name: 'pieces',
    label: 'the same, each in a chunk of its own',
    model: 'pieces',
    messages: SHORT,
    requests: 256,
    warmUp: 8000,
    doors: { REST: atMost(0.9), tRPC: atMost(1.1) },
  },
  {
    name: 'long-json',
    label: 'JSON, 200 KB prompt',
    model: 'json',
    messages: LONG,
    requests: 40,
    warmUp: 400,
    doors: { REST: atMost(1.3) },
  },
  {
    name: 'long-stream',
    label: 'stream, 200 KB prompt',
    model: 'stream',
    messages: LONG,
    requests: 40,
    warmUp: 400,
    doors: { REST: atMost(1.3) },
  },
];

/** CPU of the server for each request, beside that of a hand-written Fastify route that hands the body on through undici. */
export const CPU_PER_REQUEST: readonly Work[] = LOADS.map(toWork);

function toWork({ name, label, model, messages, requests, warmUp, doors }: Load): Work {
  const streams = model !== 'json';
  const rows = Object.entries(doors).map(([door, target]): [string, Row] => [
    door,
    { label: `${label}, ${door}: CPU`, unit: 'x', target },
  ]);
  const asked = {
    REST: toRequest(PATHS.rest, { model, ...(streams && { stream: true }), messages }),
    tRPC: toRequest(streams ? PATHS.trpcStream : PATHS.trpc, { model, messages }),
  };
  const ends = streams ? ENDS : { REST: '', tRPC: '' };
  return defineWork({
    name,
    rows: Object.fromEntries(rows),
    async measure() {
      await using upstream = await startUpstream();
      await using fastify = await startYardstick('fastify.ts', upstream.url);
      await using gateway = await startGateway(configOf(upstream.url));
      using toFastify = await openClosedLoop(fastify.port, CALLERS);
      using toGateway = await openClosedLoop(gateway.port, CALLERS);
      const { yardstick = [], ...costs } = await inTurns<string, number>(
        {
          yardstick: () => cpuOfEach(fastify, requests, () => toFastify.run(asked.REST, requests, ends.REST)),
          ...Object.fromEntries(
            (['REST', 'tRPC'] as const)
              .filter((door) => door in doors)
              .map((door) => [
                door,
                () => cpuOfEach(gateway, requests, () => toGateway.run(asked[door], requests, ends[door])),
              ]),
          ),
        },
        { warmUps: Math.ceil(warmUp / requests) },
      );
      const figures = Object.entries(costs).map(([door, cost]): [string, Figure] => [
        door,
        {
          value: ratio(cost, yardstick),
          note: `${median(cost).toFixed(0)} us, Fastify + undici ${median(yardstick).toFixed(0)} us`,
        },
      ]);
      return Object.fromEntries(figures);
    },
  });
}
