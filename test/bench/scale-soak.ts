// npm run soak, scale: three gateways share a limit in Redis while gateways and Redis are killed and stopped, for a minute. No request may be lost but those of a
// killed process, the provider may not get more than a bound, and afterwards the limit must be exact again. SECONDS in the environment makes the chaos shorter,
// SEED repeats one.
import { setTimeout as wait } from 'node:timers/promises';
import { chatCompletion, fieldsOf, startScriptedUpstream } from '../../src/testing/index.ts';
import { REDIS, RedisServer } from '../helpers/redis.ts';
import { configOf } from './measure/gateway.ts';
import { atMost, type Figure, type Row, under } from './measure/part.ts';
import { percentile } from './measure/rounds.ts';
import { HEAD, isMet, toLine } from './measure/table.ts';
import { until } from './measure/until.ts';
import { runChaos } from './scale/chaos.ts';
import { startFleet } from './scale/fleet.ts';
import { runLoad } from './scale/load.ts';
import { type Hit, mostInWindow, WINDOW_MS, worstWindow } from './scale/windows.ts';
import { randomOf } from './simulation/random.ts';

const SECONDS = Number(process.env['SECONDS'] || 60);
const SEED = Number(process.env['SEED'] || Math.floor(Math.random() * 1e6));
const REPLICAS = 3;
const LIMIT = 1200;
/** Half as much again as the limit allows. */
const PER_SECOND = 30;
/** Load before the chaos, in milliseconds. */
const WARM_MS = 5000;
/** Load after the window that must be exact. The count expires in steps of a second. */
const MORE_MS = 15_000;
const RETURN_MS = 15_000;
const FORGET_MS = 5000;
const MB = 1024 * 1024;
const SHOWN = 5;

if (REDIS === undefined) {
  console.log('skipped: redis-server not found');
  process.exit();
}

const hits: Hit[] = [];
await using upstream = await startScriptedUpstream({
  script(request) {
    hits.push({ at: performance.now(), life: String(fieldsOf(request)['user']) });
    return { ...chatCompletion({ content: 'Hi' }), delay: 100 };
  },
});
const forgetting = setInterval(() => upstream.reset(), FORGET_MS);
await using redis = await RedisServer.start();
const config = configOf(new URL(upstream.baseUrl).origin, { shared: { entries: ['up/shared'] } });
await using fleet = await startFleet(
  {
    ...config,
    providers: { up: { baseUrl: upstream.baseUrl, apiKey: 'sk-up', limits: { requestsPerMinute: LIMIT } } },
    metrics: { public: true },
    state: { redis: redis.url(), replicas: REPLICAS },
  },
  REPLICAS,
);

async function areShared(): Promise<boolean> {
  const pages = await Promise.all(
    fleet.running().map(async ({ server }) => (await fetch(`${server.url}/metrics`)).text()),
  );
  return pages.every((page) => /^spillway_state_shared(?:\{.*\})? 1$/m.test(page));
}

const heapOf = (): Promise<readonly number[]> =>
  Promise.all(fleet.running().map(async ({ server }) => (await server.query('collect')).heapUsed / MB));

console.log(`seed ${SEED}`);
const stop = new AbortController();
const load = runLoad(fleet, PER_SECOND, stop.signal);
await wait(WARM_MS);
const chaos = await runChaos({ fleet, redis }, randomOf(SEED), SECONDS);
const endedAt = performance.now();
const isBack = await until(areShared, RETURN_MS);
const backAt = performance.now();
const before = await heapOf();
await wait(WINDOW_MS + MORE_MS);
const after = await heapOf();
const exactSince = performance.now() - WINDOW_MS;
stop.abort();
const tally = await load;
clearInterval(forgetting);
const usages = await Promise.all(fleet.running().map(({ server }) => server.query('usage')));
const worst = worstWindow(hits, { limit: LIMIT, replicas: REPLICAS, outages: chaos.outages, lives: fleet.lives });
const lastWindow = hits.filter(({ at }) => at > exactSince).length;

const results: readonly (readonly [Row, Figure])[] = [
  [
    { label: `${SECONDS} s of chaos: requests`, unit: '' },
    {
      value: tally.served + tally.refused + tally.cut + tally.lost.length,
      note: `${tally.served} answered, ${tally.refused} refused; ${chaos.kills} gateways killed, ${chaos.outages.length} outages of Redis`,
    },
  ],
  [{ label: '  neither 200 nor 503 with retry-after', unit: '', target: atMost(0) }, { value: tally.lost.length }],
  [
    { label: '  cut with a killed gateway, for each kill', unit: '', target: atMost(5) },
    { value: tally.cut / Math.max(1, chaos.kills) },
  ],
  [{ label: '  p99 of an answer', unit: 'ms' }, { value: percentile(tally.times, 0.99) }],
  [
    { label: '  most requests in a window above its bound', unit: '', target: atMost(0) },
    {
      value: Math.max(0, worst.used - worst.bound),
      note: `${worst.used} where ${worst.bound} may be; ${mostInWindow(hits, 0)} at most for a limit of ${LIMIT}`,
    },
  ],
  [
    { label: '  all gateways count together again after', unit: 's', target: under(RETURN_MS / 1000) },
    { value: isBack ? (backAt - endedAt) / 1000 : Infinity },
  ],
  [
    { label: '  then: most requests in a window above the limit', unit: '', target: atMost(0) },
    { value: Math.max(0, mostInWindow(hits, backAt) - LIMIT), note: String(mostInWindow(hits, backAt)) },
  ],
  [
    { label: '  the last window below the limit by', unit: '%', target: atMost(5) },
    { value: Math.max(0, 100 - (lastWindow / LIMIT) * 100), note: String(lastWindow) },
  ],
  [
    { label: '  the heap of a gateway then grows by', unit: 'MB', target: under(5) },
    {
      value: Math.max(...after.map((mb, n) => mb - (before[n] ?? 0))),
      note: `${Math.max(...after).toFixed(1)} MB at the end`,
    },
  ],
  [
    { label: '  uncaught errors and rejections', unit: '', target: atMost(0) },
    { value: usages.reduce((sum, { uncaught }) => sum + uncaught, 0) },
  ],
];
console.log(HEAD);
for (const [row, figure] of results) console.log(toLine(row, figure));
for (const each of tally.lost.slice(0, SHOWN)) console.log(`  ${each}`);
const good = results.every(
  ([{ target }, { value }]) => target === undefined || (value !== undefined && isMet(target, value)),
);
console.log(good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exitCode = good ? 0 : 1;
