// npm run soak, last part: ten minutes of mixed load against the command, with clients that disconnect and upstreams that fail. MINUTES in the
// environment makes it shorter. It finds growing memory, uncaught errors, and failures that were not scripted.
import { setTimeout as wait } from 'node:timers/promises';
import { runMixedLoad, type Tally } from './load/mixed-clients.ts';
import { configOf, startGateway } from './measure/gateway.ts';
import { startProcess } from './measure/processes.ts';
import { slopeOf } from './measure/slope.ts';
import { HEAD, isMet, toLine } from './measure/table.ts';
import { atMost, type Figure, type Row, under } from './measure/part.ts';

const MINUTES = Number(process.env['MINUTES'] || 10);
const SAMPLE_MS = 10_000;
const CLIENTS = 32;
const CHAINS = 8;
/** Each is used again after about ten seconds; the cooldown is one. */
const COOLING_CHAINS = 64;
const MB = 1024 * 1024;
const HOUR_MS = 3600_000;
const SHOWN = 5;

const namesOf = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name}-${n}`);
const [chains, coolingChains] = [namesOf('mixed', CHAINS), namesOf('cooling', COOLING_CHAINS)];
await using upstream = await startProcess('mixed-upstream.ts');
const config = configOf(
  upstream.url,
  Object.fromEntries([...chains, ...coolingChains].map((name) => [name, { entries: [`a/${name}`, `b/${name}`] }])),
);
const { up } = config.providers;
const providers = {
  a: { ...up, baseUrl: `${upstream.url}/a/v1` },
  b: { ...up, baseUrl: `${upstream.url}/b/v1` },
};
// V8 drops the bytecode of unused functions at some time, which would hide memory that grows.
const flags = ['--expose-gc', '--no-flush-bytecode'];
await using gateway = await startGateway({ ...config, providers }, flags);

const stop = new AbortController();
const tally: Tally = { requests: 0, disconnected: 0, scripted: 0, others: [] };
const load = runMixedLoad({ url: gateway.url, chains, coolingChains, clients: CLIENTS, signal: stop.signal }, tally);
const startedAt = performance.now();
const samples: (readonly [ms: number, bytes: number])[] = [];
while (performance.now() < startedAt + MINUTES * 60_000) {
  await wait(SAMPLE_MS);
  const { heapUsed } = await gateway.query('collect');
  samples.push([performance.now() - startedAt, heapUsed]);
}
stop.abort();
await load;
const { uncaught, heapUsed } = await gateway.query('collect');
const steady = samples.slice(Math.floor(samples.length / 4)).map(([ms, bytes]) => [ms / HOUR_MS, bytes / MB] as const);

const results: readonly (readonly [Row, Figure])[] = [
  [
    { label: `${MINUTES} minutes of mixed load: the heap grows by`, unit: 'MB/h', target: under(1) },
    { value: slopeOf(steady), note: `${(heapUsed / MB).toFixed(1)} MB at the end` },
  ],
  [{ label: '  uncaught errors and rejections', unit: '', target: atMost(0) }, { value: uncaught }],
  [{ label: '  failures that were not scripted', unit: '', target: atMost(0) }, { value: tally.others.length }],
  [{ label: '  scripted failures of both entries', unit: '' }, { value: tally.scripted }],
  [
    { label: '  requests', unit: '' },
    { value: tally.requests, note: `${tally.disconnected} clients disconnected` },
  ],
];
console.log(HEAD);
for (const [row, figure] of results) console.log(toLine(row, figure));
for (const other of tally.others.slice(0, SHOWN)) console.log(`  ${other}`);
const good = results.every(
  ([{ target }, { value }]) => target === undefined || (value !== undefined && isMet(target, value)),
);
console.log(good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exitCode = good ? 0 : 1;
