import { beginAttempt, reportCommit, reportStarted } from '../../../src/chain/progress.ts';
import { createProgress } from '../../../src/domain/progress.ts';
import { openClosedLoop } from '../load/closed-loop.ts';
import { openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, KEY, startGateway } from '../measure/gateway.ts';
import { atMost, definePart, type Figure, under } from '../measure/part.ts';
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
    checks: { label: '  none watches: share of the checks for a listener', unit: '%', target: under(1) },
    before: { label: '  none watches, beside the checkout in BEFORE', unit: 'x' },
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
    const { watched: whileWatched = [], quiet: unwatched = [], before: earlier = [] } = costs;
    const checks = checksOfRequest();
    return {
      watched: compared(whileWatched, unwatched, 'none watches'),
      checks: { value: (100 * checks) / median(unwatched), note: `${(checks * 1000).toFixed(0)} ns of a request` },
      before:
        before === undefined
          ? { note: 'set BEFORE to the folder of another checkout' }
          : compared(unwatched, earlier, 'before'),
    };
  },
});

const CHECKED = 1_000_000;

/**
 * Microseconds of CPU for what one request does about listeners where there is none. Measured apart: two processes of one build differ by more
 * than that.
 */
function checksOfRequest(): number {
  const tools = { progress: createProgress() };
  const scope = { report: { onProgress: undefined, attempts: 0 } };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without a listener nothing else is read
  const request = { scope, chain: undefined } as unknown as Parameters<typeof beginAttempt>[1];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  const ended = { planned: undefined, n: 1, endedAt: 0 } as unknown as Parameters<typeof reportCommit>[2];
  let cpu = 0;
  for (const _ of ['warm-up', 'measurement']) {
    const before = process.cpuUsage();
    for (let n = 0; n < CHECKED; n++) {
      reportStarted(tools, request.scope, request.chain);
      beginAttempt(tools, request, ended);
      reportCommit(tools, request, ended);
    }
    const { user, system } = process.cpuUsage(before);
    cpu = user + system;
  }
  return cpu / CHECKED;
}

const REQUEST = toRequest(PATHS.rest, { model: 'json', messages: shortPrompt(900) });
const WATCH = Buffer.from(
  `GET /trpc/events.watch HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${WATCHER}\r\n\r\n`,
);

function compared(cost: readonly number[], baseline: readonly number[], name: string): Figure {
  const note = `${median(cost).toFixed(1)} us, ${name} ${median(baseline).toFixed(1)} us`;
  return { value: ratio(cost, baseline), note };
}
