// Run by leak.test.ts in a process of its own: thousands of requests that end in every way, and what they leave behind, told as one line of JSON.
// `node --expose-gc test/faults/leak.ts [requests] [seed]`
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { GatewayError } from '../../src/domain/errors.ts';
import type { RequestFinished } from '../../src/domain/events.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { fieldsOf, responder, startScriptedUpstream } from '../../src/testing/index.ts';
import { type Doing, DOINGS, HOLDS } from './leak-doings.ts';
import { type Asking, type Way, waysTo } from './leak-ways.ts';
import { turns } from './wire.ts';

// V8 drops the code of functions that rest, all at once and some five megabytes: more than the leaks that are looked for.
setFlagsFromString('--no-flush-bytecode');

const MANY = Number(process.argv[2] ?? 10_000);
const WARM = 300;
const AT_ONCE = 48;
const LATEST_MS = 10_000;
/** More wrong endings than these tell nothing more. */
const MOST_WRONG = 20;

let state = Number(process.argv[3] ?? 20_260);
/** A whole number below `below`; the same ones in every run of a seed. */
function random(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}

function pick<Item>(items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('There is nothing to pick from.');
  return item;
}

/** An entry that fails five times in a row is left alone: each model fails four times, and its next variant takes its place. */
const VARIANTS = 64;
const TIMES = 4;
const variant = (name: string, n: number): string => `${name}.${n}`;
const models = [
  ...Object.keys(HOLDS).map((name) => ({ name, model: name })),
  ...Object.keys(DOINGS).flatMap((name) =>
    Array.from({ length: VARIANTS }, (_, n) => ({ name, model: variant(name, n) })),
  ),
];
const drawn: Record<string, number> = {};
/** The model that is to be asked next of those that do the same. */
function modelOf(name: string): string {
  const times = (drawn[name] = (drawn[name] ?? 0) + 1);
  return variant(name, Math.floor((times - 1) / TIMES) % VARIANTS);
}

/** Told when the upstream is asked, by the number of the request, which it finds in the field `user`. */
const asked = new Map<number, () => void>();
const first = await startScriptedUpstream({
  keepAlive: 2000,
  script(request) {
    const { model, user } = fieldsOf(request);
    asked.get(Number(user))?.();
    const [name = ''] = String(model).split('.');
    return HOLDS[name] ?? DOINGS[name]?.reply ?? {};
  },
});
const second = await startScriptedUpstream({ keepAlive: 2000, script: responder({ content: 'served' }) });

/** How many ends each request had. */
const ends = new Uint8Array(MANY);
const ended = new Map<number, (event: RequestFinished) => void>();
const codes: Record<string, number> = {};
const wrong: string[] = [];
let mostListeners = 0;
let idInProcess = '';

// The gateway keeps its shutdown signal to itself: it is the one that is made while it is made.
const signals: AbortSignal[] = [];
const { AbortController: Original } = globalThis;
globalThis.AbortController = class extends Original {
  constructor() {
    super();
    signals.push(this.signal);
  }
};
const gateway = await createGateway(
  {
    providers: {
      // Each has an account of its own, so that none is skipped for what another one has taught.
      ...Object.fromEntries(
        models.map(({ name }) => [`first-${name}`, { baseUrl: first.baseUrl, apiKey: `key-${name}` }]),
      ),
      second: { baseUrl: second.baseUrl, apiKey: 'none' },
    },
    chains: Object.fromEntries(
      models.flatMap(({ name, model }) => {
        const chain = { entries: [`first-${name}/${model}`, 'second/m'] };
        return [
          [model, chain],
          [`early-${model}`, { ...chain, openAfter: '1ms' }],
        ];
      }),
    ),
  },
  {
    environment: {},
    newId: () => idInProcess,
    onEvent(event) {
      if (event.kind !== 'request_finished') return;
      mostListeners = Math.max(mostListeners, listeners());
      const n = Number(event.requestId);
      if (ends[n] === undefined) wrong.push(`an end of nobody: ${event.requestId}`);
      else ends[n]++;
      codes[event.code] = (codes[event.code] ?? 0) + 1;
      ended.get(n)?.(event);
    },
  },
);
globalThis.AbortController = Original;
const listeners = (): number => signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);

const app = createServer({
  doors: gateway.doors,
  clock: systemClock,
  settings: { ...serverSettings(gateway.config), writeIdle: 10_000 },
  originRules: () => undefined,
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });

const { streamReads, jsonReads, jsonLeaves, leaves, openLeaves, begunLeaves } = waysTo({
  gateway,
  url,
  name: (id) => (idInProcess = id),
});

/** A request to come: a way, and a first entry that it fits. */
interface Drawn extends Pick<Asking, 'model' | 'code'> {
  readonly what: string;
  readonly way: Way;
  readonly by: Doing['by'] | undefined;
}

function draw(): Drawn {
  const early = random(4) === 0 ? 'early-' : '';
  const [name, doing] = pick(Object.entries(DOINGS));
  const of = (ways: Readonly<Record<string, Way>>, model: string, { code, by }: Pick<Drawn, 'code' | 'by'>): Drawn => {
    const [what, way] = pick(Object.entries(ways));
    return { what: `${what}, ${model}`, way, model, code, by };
  };
  const left = { code: 'client_closed', by: undefined };
  switch (random(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return of(streamReads, early + modelOf(name), doing);
    case 4:
      return of(jsonReads, modelOf(name), { code: 'ok', by: undefined });
    case 5:
      return of(jsonLeaves, pick(['hang', 'half']), left);
    case 6:
    case 7:
      return of(begunLeaves, `${early}drops`, left);
    case 8:
      return of(openLeaves, `early-${pick(['hang', 'role'])}`, left);
    default:
      return of(leaves, early + pick(['hang', 'role']), left);
  }
}

/** Sends the n-th request, and waits until it and its event are through. */
async function request(n: number): Promise<void> {
  const { what, way, ...drawn } = draw();
  const turn = random(6);
  const hit = Promise.withResolvers<void>();
  const end = Promise.withResolvers<RequestFinished>();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('took too long')), LATEST_MS);
  asked.set(n, () => void turns(turn).then(hit.resolve));
  ended.set(n, end.resolve);
  try {
    const asking = { n, ...drawn, hit: hit.promise };
    await Promise.race([
      late.promise,
      way(asking).catch((thrown: unknown) => {
        if (!(thrown instanceof GatewayError) || thrown.code !== drawn.code) throw thrown;
      }),
    ]);
    const { code, provider } = await Promise.race([late.promise, end.promise]);
    const servedBy = drawn.by === undefined || provider?.startsWith(drawn.by);
    if (code !== drawn.code || !servedBy)
      wrong.push(`${what}: ${code} by ${provider}, not ${drawn.code} by ${drawn.by}`);
  } catch (thrown) {
    wrong.push(`${what}: ${String(thrown)}`);
  } finally {
    clearTimeout(timer);
    asked.delete(n);
    ended.delete(n);
  }
}

async function run(from: number, to: number): Promise<void> {
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to && wrong.length < MOST_WRONG) await request(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** How many resources of each kind keep the process alive. */
function resources(): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
}

/** Waits until keep-alive has let go of every connection, then counts what there is. */
async function rest() {
  const closed = [first, second].map((each) => each.until(({ sockets }) => sockets.open === 0, LATEST_MS));
  // What is still open then is told by the count.
  await Promise.allSettled(closed);
  first.reset();
  second.reset();
  const latest = performance.now() + LATEST_MS;
  while (('TCPSocketWrap' in resources() || 'Timeout' in resources()) && performance.now() < latest) {
    app.server.closeIdleConnections();
    await turns(20);
  }
  for (let n = 0; n < 4; n++) {
    globalThis.gc?.();
    await turns(100);
  }
  const upstream = first.sockets.open + second.sockets.open;
  const { heapUsed: heap, rss } = process.memoryUsage();
  const models = Object.values(drawn).reduce((sum, times) => sum + Math.min(VARIANTS, Math.ceil(times / TIMES)), 0);
  return { heap, rss, models, resources: resources(), upstream, listeners: listeners() };
}

await run(0, WARM);
const warm = await rest();
await run(WARM, Math.floor(MANY / 3));
const third = await rest();
await run(Math.floor(MANY / 3), MANY);
const end = await rest();
const notOnce = ends.reduce((count, many) => count + Number(many !== 1), 0);
const seconds = performance.now() / 1000;
console.log(
  JSON.stringify({ warm, third, end, signals: signals.length, mostListeners, notOnce, codes, wrong, seconds }),
);
process.exit(0);
