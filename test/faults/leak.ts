// Run by leak.test.ts in a separate process: thousands of requests with every kind of end, and what remains after them, printed as one line of JSON.
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
import { type ExpectedReply, REPLIES, HELD_REPLIES } from './leak-replies.ts';
import { type LeakRequest, type Behaviour, behavioursOf } from './leak-clients.ts';
import { turns } from './wire.ts';

// V8 drops the code of unused functions, all at once and some five megabytes: more than the leaks that the test looks for.
setFlagsFromString('--no-flush-bytecode');

const MANY = Number(process.argv[2] ?? 10_000);
const WARM = 300;
const AT_ONCE = 48;
const LATEST_MS = 10_000;
/** The run stops after so many wrong ends. */
const MOST_WRONG = 20;

let state = Number(process.argv[3] ?? 20_260);
/** A whole number below `below`; the same sequence in every run of a seed. */
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

/** Five failures in a row open the breaker of an entry, so each model fails four times and its next variant replaces it. */
const VARIANTS = 64;
const TIMES = 4;
const variant = (name: string, n: number): string => `${name}.${n}`;
const models = [
  ...Object.keys(HELD_REPLIES).map((name) => ({ name, model: name })),
  ...Object.keys(REPLIES).flatMap((name) =>
    Array.from({ length: VARIANTS }, (_, n) => ({ name, model: variant(name, n) })),
  ),
];
const drawn: Record<string, number> = {};
/** The next model of those with the same reply. */
function modelOf(name: string): string {
  const times = (drawn[name] = (drawn[name] ?? 0) + 1);
  return variant(name, Math.floor((times - 1) / TIMES) % VARIANTS);
}

/** Called when the upstream receives a request, by the number of the request, which is in its field `user`. */
const received = new Map<number, () => void>();
const first = await startScriptedUpstream({
  keepAlive: 2000,
  script(request) {
    const { model, user } = fieldsOf(request);
    received.get(Number(user))?.();
    const [name = ''] = String(model).split('.');
    return HELD_REPLIES[name] ?? REPLIES[name]?.reply ?? {};
  },
});
const second = await startScriptedUpstream({ keepAlive: 2000, script: responder({ content: 'served' }) });

/** The number of the requests that this program sends for itself. */
const OWN = MANY;
/** How many ends each request had. */
const ends = new Uint8Array(MANY + 1);
const ended = new Map<number, (event: RequestFinished) => void>();
const codes: Record<string, number> = {};
const wrong: string[] = [];
let mostListeners = 0;
let idInProcess = '';

// The gateway's shutdown signal is private: it is among those made while the gateway is made.
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
      // Each has its own account, so that none is skipped for what was learned of another.
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
      const n = Number(event.clientRequestId ?? event.requestId);
      if (ends[n] === undefined) wrong.push(`an end of no known request: ${n}`);
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
// It starts the store's thread, which otherwise starts with the first batch: a minute later, so in a run of a slow machine.
await writeRows();

const { streamReads, jsonReads, jsonDisconnects, disconnects, openCancels, begunEnds } = behavioursOf({
  gateway,
  url,
  setId: (id) => (idInProcess = id),
});

/** A drawn request: a client behaviour, and a first entry that it fits. */
interface Drawn extends Pick<LeakRequest, 'model' | 'code'> {
  readonly what: string;
  readonly send: Behaviour;
  readonly by: ExpectedReply['by'] | undefined;
}

function draw(): Drawn {
  const early = random(4) === 0 ? 'early-' : '';
  const [name, reply] = pick(Object.entries(REPLIES));
  const of = (
    behaviours: Readonly<Record<string, Behaviour>>,
    model: string,
    { code, by }: Pick<Drawn, 'code' | 'by'>,
  ): Drawn => {
    const [what, send] = pick(Object.entries(behaviours));
    return { what: `${what}, ${model}`, send, model, code, by };
  };
  const disconnected = { code: 'client_closed', by: undefined };
  switch (random(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return of(streamReads, early + modelOf(name), reply);
    case 4:
      return of(jsonReads, modelOf(name), { code: 'ok', by: undefined });
    case 5:
      return of(jsonDisconnects, pick(['hang', 'half']), disconnected);
    case 6:
    case 7:
      return of(begunEnds, `${early}drops`, disconnected);
    case 8:
      return of(openCancels, `early-${pick(['hang', 'role'])}`, disconnected);
    default:
      return of(disconnects, early + pick(['hang', 'role']), disconnected);
  }
}

/** Sends the n-th request, and waits for its end and its event. */
async function request(n: number): Promise<void> {
  const { what, send, ...drawn } = draw();
  const turn = random(6);
  const hit = Promise.withResolvers<void>();
  const end = Promise.withResolvers<RequestFinished>();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('took too long')), LATEST_MS);
  received.set(n, () => void turns(turn).then(hit.resolve));
  ended.set(n, end.resolve);
  try {
    await Promise.race([
      late.promise,
      send({ n, ...drawn, hit: hit.promise }).catch((thrown: unknown) => {
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
    received.delete(n);
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

/** Reads the request log, which writes the rows that wait: up to 5,000, for a minute. */
async function writeRows(): Promise<void> {
  idInProcess = String(OWN);
  await gateway.caller.requests.list({ limit: 1 });
}

const BUSY = ['TCPSocketWrap', 'Timeout', 'MessagePort'] as const;

/** Waits until no connection, no timer and no call of the store's thread is in progress: a batch may be written at any time. What stays is counted. */
async function untilIdle(): Promise<void> {
  const latest = performance.now() + LATEST_MS;
  while (BUSY.some((kind) => kind in resources()) && performance.now() < latest) {
    app.server.closeIdleConnections();
    await turns(20);
  }
}

/** Waits until every idle connection is closed, then counts what remains. */
async function settle() {
  await writeRows();
  const closed = [first, second].map((each) => each.until(({ sockets }) => sockets.open === 0, LATEST_MS));
  // The count shows what is still open.
  await Promise.allSettled(closed);
  first.reset();
  second.reset();
  await untilIdle();
  for (let n = 0; n < 4; n++) {
    globalThis.gc?.();
    await turns(100);
  }
  await untilIdle();
  const upstream = first.sockets.open + second.sockets.open;
  const { heapUsed: heap, rss } = process.memoryUsage();
  const models = Object.values(drawn).reduce((sum, times) => sum + Math.min(VARIANTS, Math.ceil(times / TIMES)), 0);
  return { heap, rss, models, resources: resources(), upstream, listeners: listeners() };
}

await run(0, WARM);
const warm = await settle();
await run(WARM, Math.floor(MANY / 3));
const third = await settle();
await run(Math.floor(MANY / 3), MANY);
const end = await settle();
const notEndedOnce = ends.subarray(0, MANY).reduce((count, many) => count + Number(many !== 1), 0);
const seconds = performance.now() / 1000;
console.log(
  JSON.stringify({ warm, third, end, signals: signals.length, mostListeners, notEndedOnce, codes, wrong, seconds }),
);
process.exit(0);
