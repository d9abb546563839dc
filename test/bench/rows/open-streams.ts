import { setTimeout as wait } from 'node:timers/promises';
import { openClosedLoop } from '../load/closed-loop.ts';
import { type HeldStreams, holdStreams } from '../load/held-streams.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { type Server, startUpstream, startYardstick, type Upstream } from '../measure/processes.ts';
import { added, inTurns, median, percentile, ratio, ROUNDS } from '../measure/rounds.ts';
import { until } from '../measure/until.ts';
import { atMost, defineWork, type Figure, under } from '../measure/work.ts';

const STREAMS = 2000;
const OPENED_OVER_MS = 4000;
/** All bursts together are about six seconds. */
const BURST_MS = 5000 / ROUNDS;
const SETTLE_MS = 150;
const LATEST_MS = 5000;
/** How long first events are waited for that were all asked for at once. */
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

/** A burst of events to all streams of a server: CPU for each, microseconds, and the delay of the 99th percentile, milliseconds. */
interface Burst {
  readonly cpu: number;
  readonly p99: number;
}

/** Opens the streams of a server and lets them run; returns how a burst of them is measured. */
async function openAll(server: Server, upstream: Upstream, group: Group) {
  const streams = holdStreams(server.port);
  await upstream.ask({ run: [group] });
  await streams.open(requestOf(group), STREAMS, OPENED_OVER_MS);
  await until(() => streams.firsts.length === STREAMS, LATEST_MS);
  let rss = 0;
  const burst = async (): Promise<Burst> => {
    await upstream.ask({ run: [group] });
    await wait(SETTLE_MS);
    const before = await server.ask('usage');
    const from = streams.events;
    streams.delays.length = 0;
    await wait(BURST_MS);
    const p99 = percentile(streams.delays, 0.99);
    const after = await server.ask('usage');
    rss = Math.max(rss, after.rss);
    const cpu = (after.cpu - before.cpu) / (streams.events - from);
    await upstream.ask({ run: [] });
    await wait(SETTLE_MS);
    return { cpu, p99 };
  };
  return { streams, burst, rss: () => rss };
}

/** Ends a group; answers how many of its streams were not whole, and how many of its events did not come. */
async function endAll(streams: HeldStreams, upstream: Upstream, group: string): Promise<Figure> {
  const { sent } = await upstream.ask({ end: group, of: group });
  await until(() => streams.whole + streams.broken === STREAMS && streams.events === sent, LATEST_MS);
  const [broken, missing] = [STREAMS - streams.whole, Math.abs(sent - streams.events)];
  return { value: broken + missing, note: `${broken} streams not whole, ${missing} of ${sent} events lost` };
}

/** Opens all streams in one moment, and ends them; the time to the first event, 99th percentile, in milliseconds. */
async function atOnce(port: number, upstream: Upstream, model: string, connected: boolean): Promise<number> {
  using streams = holdStreams(port);
  if (connected) await streams.openConnected(requestOf(model), STREAMS);
  else await streams.open(requestOf(model), STREAMS, 0);
  await until(() => streams.firsts.length + streams.broken === STREAMS, PATIENCE_MS);
  const begun = streams.firsts.length;
  await upstream.ask({ end: model });
  await until(() => streams.whole + streams.broken >= begun, LATEST_MS);
  // Who has no first event by then counts as one who gets it now.
  const late = Array.from({ length: Math.max(0, STREAMS - begun) }, () => PATIENCE_MS);
  return percentile([...streams.firsts.slice(0, begun), ...late], 0.99);
}

/** How much later the first events come when all streams are opened in one moment, than straight from the upstream. */
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

/** Two thousand streams of an event each 100 ms, beside a proxy that only pipes. */
export const OPEN_STREAMS = defineWork({
  name: 'open-streams',
  rows: {
    errors: { label: `${STREAMS} open streams: errors`, unit: '', target: atMost(0) },
    delay: { label: '  delay of an event, p99', unit: 'x', target: atMost(1) },
    cpu: { label: '  CPU for an event', unit: 'x', target: atMost(1) },
    rss: { label: '  memory', unit: 'MB', target: under(220) },
    fresh: { label: '  all opened at once: added time to the first token, p99', unit: 'ms', target: under(100) },
    connected: { label: '  the same over connections that stand already', unit: 'ms' },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using pipe = await startYardstick('pipe.ts', upstream.url);
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
