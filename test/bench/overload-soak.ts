// npm run soak, overload: twice as many requests as the gateway has places for, for a minute. What runs must not suffer, what is refused must be refused at
// once, and nothing may stay behind. SECONDS in the environment makes it shorter.
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { PATHS } from './load/request.ts';
import { configOf, KEY, startGateway } from './measure/gateway.ts';
import { atMost, type Figure, type Row, under } from './measure/part.ts';
import { startUpstream } from './measure/processes.ts';
import { percentile } from './measure/rounds.ts';
import { HEAD, isMet, toLine } from './measure/table.ts';
import { until } from './measure/until.ts';

const SECONDS = Number(process.env['SECONDS'] || 60);
/** The best is measured for so long at most. */
const BEST_SECONDS = 5;
const PLACES = 60;
/** Load before the measurement, in seconds: until then code is compiled and the heap finds its size. */
const WARM_SECONDS = 10;
/** Probes in a second of the load: what they wait for the machine, refusals wait too. */
const PROBES = 50;
/** Requests that are refused one after the other, to measure their CPU time. */
const REFUSED = 2000;
const MB = 1024 * 1024;
const BODY = JSON.stringify({ model: 'slow', messages: [{ role: 'user', content: 'x'.repeat(200) }] });

await using upstream = await startUpstream();
const config = { ...configOf(upstream.url, { slow: { entries: ['up/slow'] } }), metrics: { public: true } };
await using gateway = await startGateway({ ...config, server: { maxRequests: PLACES } }, ['--expose-gc']);
const agent = new Agent({ pipelining: 1 });

/** What the clients of one load got. */
interface Answers {
  served: number;
  /** Milliseconds of each refusal. */
  readonly refused: number[];
  others: number;
}

const noAnswers = (): Answers => ({ served: 0, refused: [], others: 0 });

async function ask(answers: Answers): Promise<void> {
  const startedAt = performance.now();
  try {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: BODY, dispatcher: agent } as const;
    const { statusCode, body } = await request(gateway.url + PATHS.rest, sent);
    await body.dump();
    if (statusCode === 200) answers.served++;
    else if (statusCode === 503) answers.refused.push(performance.now() - startedAt);
    else answers.others++;
  } catch {
    answers.others++;
  }
}

/** As many clients as there are places, each of which sends the next request when the last one is answered. Resolves with the answers of a second. */
async function best(seconds: number): Promise<number> {
  const answers = noAnswers();
  const endsAt = performance.now() + seconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < endsAt) await ask(answers);
  };
  await Promise.all(Array.from({ length: PLACES }, client));
  return answers.served / seconds;
}

/** Requests at an even rate, whether or not earlier ones are answered. */
async function evenly(perSecond: number, seconds: number): Promise<Answers> {
  const answers = noAnswers();
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    const early = startedAt + (n * 1000) / perSecond - performance.now();
    if (early > 1) await wait(early);
    all.push(ask(answers));
  }
  await Promise.all(all);
  return answers;
}

/** Milliseconds of probes at an even rate. */
async function probe(seconds: number): Promise<readonly number[]> {
  const startedAt = performance.now();
  const times: number[] = [];
  const one = async (): Promise<void> => {
    const sentAt = performance.now();
    const { body } = await request(`${gateway.url}/livez`, { dispatcher: agent });
    await body.dump();
    times.push(performance.now() - sentAt);
  };
  const all: Promise<void>[] = [];
  for (let n = 0; n < PROBES * seconds; n++) {
    await wait(Math.max(0, startedAt + (n * 1000) / PROBES - performance.now()));
    all.push(one());
  }
  await Promise.all(all);
  return times;
}

async function gauge(name: string): Promise<number> {
  const { body } = await request(`${gateway.url}/metrics`, { dispatcher: agent });
  return Number(new RegExp(String.raw`^${name} (\d+)$`, 'm').exec(await body.text())?.[1]);
}

/** The CPU time of one refusal, in microseconds: all places are taken meanwhile. */
async function cpuOfRefusal(): Promise<number> {
  const answers = noAnswers();
  let cpu = 0;
  while (answers.refused.length < REFUSED) {
    const holding = Array.from({ length: PLACES }, () => ask(noAnswers()));
    await until(async () => (await gauge('spillway_request_places_used')) === PLACES, 1000);
    const before = await gateway.query('usage');
    await Promise.all(Array.from({ length: PLACES }, () => ask(answers)));
    cpu += (await gateway.query('usage')).cpu - before.cpu;
    await Promise.all(holding);
  }
  return cpu / (answers.refused.length + answers.served);
}

await best(2);
const perSecond = await best(Math.min(BEST_SECONDS, SECONDS));
await evenly(2 * perSecond, WARM_SECONDS);
const before = await gateway.query('collect');
const startedAt = performance.now();
const [answers, probes] = await Promise.all([evenly(2 * perSecond, SECONDS), probe(SECONDS)]);
const endedAt = performance.now();
const levelAtEnd = await gauge('spillway_overload_level');
const isBack = await until(
  async () => (await gauge('spillway_overload_level')) + (await gauge('spillway_request_places_used')) === 0,
  30_000,
);
const backMs = isBack ? performance.now() - endedAt : Infinity;
const after = await gateway.query('collect');
const again = await best(2);
const refusalCpu = await cpuOfRefusal();

const [refusedMs, livezMs] = [percentile(answers.refused, 0.99), percentile(probes, 0.99)];
const servedPerSecond = answers.served / ((endedAt - startedAt) / 1000);
const results: readonly (readonly [Row, Figure])[] = [
  [{ label: `the best of ${PLACES} places: answers of a second`, unit: '' }, { value: perSecond }],
  [
    { label: `twice as many for ${SECONDS} s: less than the best by`, unit: '%', target: atMost(10) },
    {
      value: Math.max(0, 100 - (servedPerSecond / perSecond) * 100),
      note: `${answers.served} answered, ${answers.refused.length} refused`,
    },
  ],
  [{ label: '  neither answered nor refused', unit: '', target: atMost(0) }, { value: answers.others }],
  [
    { label: '  p99 of a refusal above that of /livez', unit: 'ms', target: under(5) },
    { value: Math.max(0, refusedMs - livezMs), note: `${refusedMs.toFixed(1)} and ${livezMs.toFixed(1)} ms` },
  ],
  [{ label: '  CPU time of the gateway for a refusal', unit: 'us' }, { value: refusalCpu }],
  [{ label: '  memory grows by', unit: 'MB', target: under(40) }, { value: (after.rss - before.rss) / MB }],
  [{ label: '  the heap grows by', unit: 'MB', target: under(5) }, { value: (after.heapUsed - before.heapUsed) / MB }],
  [
    { label: '  back at level 0 without a place taken after', unit: 's', target: under(10) },
    { value: backMs / 1000, note: `level ${levelAtEnd} at the end of the load` },
  ],
  [
    { label: '  less than the best afterwards by', unit: '%', target: atMost(10) },
    { value: Math.max(0, 100 - (again / perSecond) * 100) },
  ],
  [{ label: '  uncaught errors and rejections', unit: '', target: atMost(0) }, { value: after.uncaught }],
];
console.log(HEAD);
for (const [row, figure] of results) console.log(toLine(row, figure));
const good = results.every(
  ([{ target }, { value }]) => target === undefined || (value !== undefined && isMet(target, value)),
);
console.log(good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exitCode = good ? 0 : 1;
await agent.close();
