import { setTimeout as wait } from 'node:timers/promises';
import { openClosedLoop } from '../load/closed-loop.ts';
import { type HeldStreams, holdStreams } from '../load/held-streams.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { type Server, startUpstream, startBaseline, type Upstream } from '../measure/processes.ts';
import { added, inTurns, median, percentile, ratio, ROUNDS } from '../measure/rounds.ts';
import { until } from '../measure/until.ts';
import { atMost, definePart, type Figure, under } from '../measure/part.ts';

const STREAMS = 2000;
const OPENED_OVER_MS = 4000;
/** All bursts together take about six seconds. */
const BURST_MS = 5000 / ROUNDS;
const SETTLE_MS = 150;
const LATEST_MS = 5000;
/** Longest wait for the first events of streams that were all opened at once. */
const PATIENCE_MS = 5000;
const WARM_UPS = 1000;
const MB = 1024 * 1024;

type Group = 'drip-gateway' | 'drip-pipe';
const requestOf = (model: string): Buffer => toRequest(PATHS.rest, { model, stream: true, messages: shortPrompt(200) });

interface Servers {
  readonly upstream: Upstream;
  readonly gateway: Server;
  readonly pipe: Server;
}

/** A burst of events to all streams of a server: CPU per event in microseconds, and the 99th percentile of the delay in milliseconds. */
interface Burst {
  readonly cpu: number;
  readonly p99: number;
}

/** Opens the streams of a server, and returns a function that measures a burst of events. */
async function openAll(server: Server, upstream: Upstream, group: Group) {
  const streams = holdStreams(server.port);
  await upstream.query({ run: [group] });
  await streams.open(requestOf(group), STREAMS, OPENED_OVER_MS);
  await until(() => streams.firsts.length === STREAMS, LATEST_MS);
  let rss = 0;
  const burst = async (): Promise<Burst> => {
    await upstream.query({ run: [group] });
    await wait(SETTLE_MS);
    const before = await server.query('usage');
    const from = streams.events;
    streams.delays.length = 0;
    await wait(BURST_MS);
    const p99 = percentile(streams.delays, 0.99);
    const after = await server.query('usage');
    rss = Math.max(rss, after.rss);
    const cpu = (after.cpu - before.cpu) / (streams.events - from);
    await upstream.query({ run: [] });
    await wait(SETTLE_MS);
    return { cpu, p99 };
  };
  return { streams, burst, rss: () => rss };
}

/** Ends a group; the result is the number of its incomplete streams and lost events. */
async function endAll(streams: HeldStreams, upstream: Upstream, group: string): Promise<Figure> {
  const { sent } = await upstream.query({ end: group, of: group });
  await until(() => streams.complete + streams.broken === STREAMS && streams.events === sent, LATEST_MS);
  const [broken, missing] = [STREAMS - streams.complete, Math.abs(sent - streams.events)];
  return { value: broken + missing, note: `${broken} streams incomplete, ${missing} of ${sent} events lost` };
}

/** Opens all streams at once, and ends them; the 99th percentile of the time to the first event, in milliseconds. */
async function atOnce(port: number, upstream: Upstream, model: string, connected: boolean): Promise<number> {
  using streams = holdStreams(port);
  if (connected) await streams.openConnected(requestOf(model), STREAMS);
  else await streams.open(requestOf(model), STREAMS, 0);
  await until(() => streams.firsts.length + streams.broken === STREAMS, PATIENCE_MS);
  const started = streams.firsts.length;
  await upstream.query({ end: model });
  await until(() => streams.complete + streams.broken >= started, LATEST_MS);
  // A stream without a first event by then counts with the longest wait.
  const late = Array.from({ length: Math.max(0, STREAMS - started) }, () => PATIENCE_MS);
  return percentile([...streams.firsts.slice(0, started), ...late], 0.99);
}

/** Time that is added to the first events when all streams are opened at once, compared with the upstream directly. */
async function addedAtOnce(servers: Servers, connected: boolean, rounds: number): Promise<Figure> {
  const { upstream, gateway, pipe } = servers;
  const opened = await inTurns(
    {
      direct: () => atOnce(upstream.port, upstream, 'drip-direct', connected),
      ours: () => atOnce(gateway.port, upstream, 'drip-gateway', connected),
      theirs: () => atOnce(pipe.port, upstream, 'drip-pipe', connected),
    },
    { rounds, warmUps: 0 },
  );
  const [direct, theirs] = [median(opened.direct), added(opened.theirs, opened.direct)];
  return {
    value: added(opened.ours, opened.direct),
    note: `pipe adds ${theirs.toFixed(0)} ms to ${direct.toFixed(0)} ms`,
  };
}

/** Two thousand streams with an event every 100 ms, compared with a proxy that only pipes. */
export const OPEN_STREAMS = definePart({
  name: 'open-streams',
  rows: {
    errors: { label: `${STREAMS} open streams: errors`, unit: '', target: atMost(0) },
    delay: { label: '  delay of an event, p99', unit: 'x', target: atMost(1) },
    cpu: { label: '  CPU per event', unit: 'x', target: atMost(1) },
    rss: { label: '  memory', unit: 'MB', target: under(220) },
    fresh: { label: '  all opened at once: added time to the first token, p99', unit: 'ms', target: under(100) },
    connected: { label: '  the same over connections that are already open', unit: 'ms' },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using pipe = await startBaseline('pipe.ts', upstream.url);
    await using gateway = await startGateway(configOf(upstream.url));
    for (const { port } of [pipe, gateway]) {
      using warm = await openClosedLoop(port, 64);
      await warm.run(
        toRequest(PATHS.rest, { model: 'stream', stream: true, messages: shortPrompt(200) }),
        WARM_UPS,
        ENDS.REST,
      );
    }
    const ours = await openAll(gateway, upstream, 'drip-gateway');
    using _ours = ours.streams;
    const theirs = await openAll(pipe, upstream, 'drip-pipe');
    using _theirs = theirs.streams;
    const bursts = await inTurns({ ours: ours.burst, theirs: theirs.burst }, { warmUps: 1 });
    const errors = await endAll(ours.streams, upstream, 'drip-gateway');
    await endAll(theirs.streams, upstream, 'drip-pipe');
    const servers = { upstream, gateway, pipe };
    const fresh = await addedAtOnce(servers, false, 3);
    const connected = await addedAtOnce(servers, true, 1);
    const compared = (key: keyof Burst, unit: string) => {
      const [own, other] = [bursts.ours, bursts.theirs].map((each) => each.map((burst) => burst[key])) as [
        number[],
        number[],
      ];
      const note = `${median(own).toFixed(1)} ${unit}, pipe ${median(other).toFixed(1)} ${unit}`;
      return { value: ratio(own, other), note };
    };
    return {
      errors,
      delay: compared('p99', 'ms'),
      cpu: compared('cpu', 'us'),
      rss: { value: ours.rss() / MB, note: `pipe ${(theirs.rss() / MB).toFixed(0)} MB` },
      fresh,
      connected,
    };
  },
});
