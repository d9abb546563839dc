// npm run soak, its last part: ten minutes of mixed load against the command, of which callers leave and upstreams fail. MINUTES in the
// environment makes it shorter. What is looked for is memory that grows, what nothing catches, and failures that nobody scripted.
import { setTimeout as wait } from 'node:timers/promises';
import { runMixedLoad, type Tally } from './load/mixed-callers.ts';
import { configOf, startGateway } from './measure/gateway.ts';
import { startProcess } from './measure/processes.ts';
import { slopeOf } from './measure/slope.ts';
import { HEAD, isMet, toLine } from './measure/table.ts';
import { atMost, type Figure, type Row, under } from './measure/work.ts';

const MINUTES = Number(process.env['MINUTES'] || 10);
const SAMPLE_MS = 10_000;
const CALLERS = 32;
const CHAINS = 8;
/** Each is asked again after about ten seconds; the cooldown is one. */
const COOLING_CHAINS = 64;
const MB = 1024 * 1024;
const HOUR_MS = 3600_000;
const TOLD = 5;

const named = (name: string, many: number): string[] => Array.from({ length: many }, (_, n) => `${name}-${n}`);
const [chains, coolingChains] = [named('mixed', CHAINS), named('cooling', COOLING_CHAINS)];
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
// Code that collections have found unused is dropped at some time, which would hide what grows meanwhile.
const flags = ['--expose-gc', '--no-flush-bytecode'];
await using gateway = await startGateway({ ...config, providers }, flags);

const over = new AbortController();
const tally: Tally = { asked: 0, left: 0, scripted: 0, others: [] };
const load = runMixedLoad({ url: gateway.url, chains, coolingChains, callers: CALLERS, signal: over.signal }, tally);
const began = performance.now();
const samples: (readonly [ms: number, bytes: number])[] = [];
while (performance.now() < began + MINUTES * 60_000) {
  await wait(SAMPLE_MS);
  const { heapUsed } = await gateway.ask('collect');
  samples.push([performance.now() - began, heapUsed]);
}
over.abort();
await load;
const { uncaught, heapUsed } = await gateway.ask('collect');
const steady = samples.slice(Math.floor(samples.length / 4)).map(([ms, bytes]) => [ms / HOUR_MS, bytes / MB] as const);

const results: readonly (readonly [Row, Figure])[] = [
  [
    { label: `${MINUTES} minutes of mixed load: the heap grows by`, unit: 'MB/h', target: under(1) },
    { value: slopeOf(steady), note: `${(heapUsed / MB).toFixed(1)} MB at the end` },
  ],
  [{ label: '  what nothing has caught', unit: '', target: atMost(0) }, { value: uncaught }],
  [
    { label: '  failures that callers saw and nobody scripted', unit: '', target: atMost(0) },
    { value: tally.others.length },
  ],
  [{ label: '  failures where both entries were to fail', unit: '' }, { value: tally.scripted }],
  [
    { label: '  requests', unit: '' },
    { value: tally.asked, note: `${tally.left} of the callers left` },
  ],
];
console.log(HEAD);
for (const [row, figure] of results) console.log(toLine(row, figure));
for (const other of tally.others.slice(0, TOLD)) console.log(`  ${other}`);
const good = results.every(
  ([{ target }, { value }]) => target === undefined || (value !== undefined && isMet(target, value)),
);
console.log(good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exitCode = good ? 0 : 1;
