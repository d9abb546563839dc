import { openClosedLoop } from '../load/closed-loop.ts';
import { ENDS, longPrompt, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { startUpstream, startBaseline } from '../measure/processes.ts';
import { inTurns, median, ratio } from '../measure/rounds.ts';
import { atMost, definePart, type Figure, type Row, type Target, type Part } from '../measure/part.ts';

const CLIENTS = 64;

interface Load {
  readonly name: string;
  readonly label: string;
  /** The chain, which selects the upstream's reply. */
  readonly model: 'json' | 'stream' | 'pieces';
  readonly messages: readonly object[];
  /** Requests in a burst. */
  readonly requests: number;
  /** Requests that are served before the measurement, during which V8 compiles the code. */
  readonly warmUp: number;
  /** The measured doors and the target of each. */
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
    label: 'stream of 64 events in one chunk',
    model: 'stream',
    messages: SHORT,
    requests: 256,
    warmUp: 8000,
    doors: { REST: atMost(0.9), tRPC: atMost(1.1) },
  },
  {
    name: 'pieces',
    label: 'the same, one chunk per event',
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

/** CPU of the server per request, compared with a hand-written Fastify route that forwards the body through undici. */
export const CPU_PER_REQUEST: readonly Part[] = LOADS.map(toPart);

function toPart({ name, label, model, messages, requests, warmUp, doors }: Load): Part {
  const streams = model !== 'json';
  const rows = Object.entries(doors).map(([door, target]): [string, Row] => [
    door,
    { label: `${label}, ${door}: CPU`, unit: 'x', target },
  ]);
  const encoded = {
    REST: toRequest(PATHS.rest, { model, ...(streams && { stream: true }), messages }),
    tRPC: toRequest(streams ? PATHS.trpcStream : PATHS.trpc, { model, messages }),
  };
  const ends = streams ? ENDS : { REST: '', tRPC: '' };
  return definePart({
    name,
    rows: Object.fromEntries(rows),
    async measure() {
      await using upstream = await startUpstream();
      await using fastify = await startBaseline('fastify.ts', upstream.url);
      await using gateway = await startGateway(configOf(upstream.url));
      using toFastify = await openClosedLoop(fastify.port, CLIENTS);
      using toGateway = await openClosedLoop(gateway.port, CLIENTS);
      const { baseline = [], ...costs } = await inTurns<string, number>(
        {
          baseline: () => cpuOfEach(fastify, requests, () => toFastify.run(encoded.REST, requests, ends.REST)),
          ...Object.fromEntries(
            (['REST', 'tRPC'] as const)
              .filter((door) => door in doors)
              .map((door) => [
                door,
                () => cpuOfEach(gateway, requests, () => toGateway.run(encoded[door], requests, ends[door])),
              ]),
          ),
        },
        { warmUps: Math.ceil(warmUp / requests) },
      );
      const figures = Object.entries(costs).map(([door, cost]): [string, Figure] => [
        door,
        {
          value: ratio(cost, baseline),
          note: `${median(cost).toFixed(0)} us, Fastify + undici ${median(baseline).toFixed(0)} us`,
        },
      ]);
      return Object.fromEntries(figures);
    },
  });
}
