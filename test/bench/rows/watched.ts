import { openClosedLoop } from '../load/closed-loop.ts';
import { openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, KEY, startGateway } from '../measure/gateway.ts';
import { atMost, definePart, type Figure } from '../measure/part.ts';
import { startUpstream } from '../measure/processes.ts';
import { inTurns, median, ratio } from '../measure/rounds.ts';

const CLIENTS = 64;
const REQUESTS = 384;
const WARM_UP = 8000;
/** The folder of another checkout. */
const BEFORE = process.env['BEFORE'];
const WATCHER = 'sk-watcher';

/** What `events.watch` costs the requests that it shows, and what its code costs while nothing watches. */
export const WATCHED = definePart({
  name: 'watched',
  rows: {
    watched: { label: 'JSON, 1 KB, one client watches all events: CPU', unit: 'x', target: atMost(1.15) },
    quiet: { label: '  none watches, beside the checkout in BEFORE', unit: 'x', target: atMost(1.01) },
  },
  async measure() {
    await using upstream = await startUpstream();
    const config = configOf(upstream.url);
    const watcher = { name: 'watcher', key: WATCHER, role: 'viewer' } as const;
    const keyed = { ...config, auth: { keys: [{ name: 'bench', key: KEY }, watcher] } };
    await using quiet = await startGateway(keyed);
    await using watched = await startGateway(keyed);
    await using before = BEFORE === undefined ? undefined : await startGateway(keyed, [], BEFORE);
    using watching = await openConnection(watched.port);
    const received = { bytes: 0 };
    watching.send(WATCH, '', (piece) => (received.bytes += piece.length)).catch(() => undefined);

    using toQuiet = await openClosedLoop(quiet.port, CLIENTS);
    using toWatched = await openClosedLoop(watched.port, CLIENTS);
    using toBefore = before && (await openClosedLoop(before.port, CLIENTS));
    const costs = await inTurns<string, number>(
      {
        quiet: () => cpuOfEach(quiet, REQUESTS, () => toQuiet.run(REQUEST, REQUESTS)),
        watched: () => cpuOfEach(watched, REQUESTS, () => toWatched.run(REQUEST, REQUESTS)),
        ...(before && toBefore && { before: () => cpuOfEach(before, REQUESTS, () => toBefore.run(REQUEST, REQUESTS)) }),
      },
      { warmUps: Math.ceil(WARM_UP / REQUESTS) },
    );
    if (received.bytes === 0) throw new Error('The watcher got no event.');
    return {
      watched: compared(costs['watched'] ?? [], costs['quiet'] ?? [], 'none watches'),
      quiet:
        before === undefined ? { note: 'set BEFORE' } : compared(costs['quiet'] ?? [], costs['before'] ?? [], 'before'),
    };
  },
});

const REQUEST = toRequest(PATHS.rest, { model: 'json', messages: shortPrompt(900) });
const WATCH = Buffer.from(
  `GET /trpc/events.watch HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${WATCHER}\r\n\r\n`,
);

function compared(cost: readonly number[], baseline: readonly number[], name: string): Figure {
  const note = `${median(cost).toFixed(1)} us, ${name} ${median(baseline).toFixed(1)} us`;
  return { value: ratio(cost, baseline), note };
}
