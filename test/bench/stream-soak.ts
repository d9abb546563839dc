// npm run soak, its second part: streams that are huge, endless, unread or left, each figure beside its limit. Node needs --expose-gc.
// The upstream, each gateway and the callers are processes of their own, so that the memory that is measured is the gateway's: the most of it.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { chatStream, fieldsOf } from '../../src/testing/index.ts';
import { rawCaller } from '../faults/wire.ts';
import { HELLO, type Rig, startRig } from '../helpers/gateway.ts';
import type { Measured } from './soak-gateway.ts';
import { type Child, deaf, type Read, read, start, warm } from './soak-processes.ts';
import { MB, MILLION, streamWith, tokens } from './soak-replies.ts';
import type { LastHit } from './soak-upstream.ts';

const WRITE_IDLE_MS = 2000;
const CALLERS = 1000;
const AT_ONCE = 50;
const EVENT_CAP = 16 * MB;
const LATEST_MS = 120_000;
const now = (): number => performance.timeOrigin + performance.now();

let good = true;
function row(what: string, figure: number | string, limit: string, ok: boolean): void {
  good &&= ok;
  const told = typeof figure === 'number' && !Number.isInteger(figure) ? figure.toFixed(2) : String(figure);
  console.log(`${what.padEnd(62)} ${told.padStart(24)}   ${limit.padEnd(24)} ${ok ? 'ok' : 'OVER'}`);
}
const under = (what: string, figure: number, limit: number): void => row(what, figure, `< ${limit}`, figure < limit);
const is = (what: string, figure: number | string | undefined, wanted: number | string): void =>
  row(what, figure ?? 'none', String(wanted), figure === wanted);
const note = (what: string, figure: number): void => row(what, figure, '', true);

/** A gateway of its own that has served some streams, measured from now on. */
async function gatewayOf(writeIdle = 60_000): Promise<Child<Measured>> {
  const gateway = await start<Measured>('soak-gateway.ts', upstream.url, String(writeIdle));
  await warm(gateway);
  await gateway.ask('mark');
  return gateway;
}

/** Reads a stream and compares it with what was sent. */
async function compare(
  gateway: Child<Measured>,
  model: string,
  sent: readonly Buffer[],
): Promise<Read & { alike: string }> {
  const came = createHash('sha256');
  const told = await read(gateway, { model }, (piece) => void came.update(piece));
  const wanted = createHash('sha256');
  for (const part of sent) wanted.update(part);
  return { ...told, alike: came.digest('hex') === wanted.digest('hex') ? 'every byte' : 'not every byte' };
}

await using upstream = await start<LastHit>('soak-upstream.ts');
console.log(`${'what'.padEnd(62)} ${'figure'.padStart(24)}   limit\n`);

async function unread(): Promise<void> {
  await using gateway = await gatewayOf();
  const caller = deaf(gateway, 'flood');
  await wait(3000);
  const { memory, pulled } = await gateway.ask();
  const { bytesWritten, closedAt } = await upstream.ask();
  under('BP-01 200 MB for a caller who reads nothing: memory, MB', memory / MB, 20);
  under('BP-01   pulled from the upstream, MB', pulled / MB, 8);
  note('BP-01   and left in the kernel on the way to us, MB', (bytesWritten - pulled) / MB);
  is('BP-01   after 3 s he is', closedAt === undefined ? 'waited for' : 'cut', 'waited for');
  caller.destroy();
}

async function cut(): Promise<void> {
  await using gateway = await gatewayOf(WRITE_IDLE_MS);
  const caller = deaf(gateway, 'flood');
  let hit = await upstream.ask();
  while (hit.closedAt === undefined) {
    await wait(10);
    hit = await upstream.ask();
  }
  const ms = hit.closedAt - hit.grewAt;
  row('BP-03 a caller who reads nothing is cut, ms after all stood', ms, '2000 +- 5 %', Math.abs(ms - 2000) <= 100);
  is('BP-03   and is told of as', (await gateway.ask()).last?.code, 'client_closed');
  caller.destroy();
}

async function pieces(): Promise<void> {
  const took: number[] = [];
  await using gateway = await gatewayOf();
  for (const size of [5, 10]) {
    const { ms, alike } = await compare(gateway, `pieces-${size}`, [streamWith(size * MB)]);
    took.push(ms);
    is(`ST-10 a ${size} MB event in pieces of 64 bytes arrives`, alike, 'every byte');
  }
  const [five = 0, ten = Infinity] = took;
  under('ST-10   time of 10 MB, ms', ten, 2000);
  under('ST-10   time of 10 MB, in times of 5 MB', ten / five, 3);
  note('ST-10   memory, MB', (await gateway.ask()).memory / MB);
}

async function endless(model: string, what: string): Promise<void> {
  await using gateway = await gatewayOf();
  const { tail } = await read(gateway, { model });
  const { memory, pulled, last } = await gateway.ask();
  const held = `ST-10 an endless line in pieces of ${what}: memory, MB`;
  // Small pieces cost more than their bytes: bounded by the cap all the same, and told without a limit.
  if (model === 'endless') under(held, memory / MB, (2 * EVENT_CAP) / MB);
  else note(held, memory / MB);
  const ends = tail.endsWith('"code":"upstream_failed"}}\n\n') ? 'with an error event' : tail.slice(-24);
  is('ST-10   it ends', ends, 'with an error event');
  is('ST-10   and is told of as', last?.code, 'upstream_failed');
  row('ST-10   pulled from the upstream, MB', pulled / MB, '16 to 24', pulled > EVENT_CAP && pulled < 1.5 * EVENT_CAP);
}

async function whole(): Promise<void> {
  await using gateway = await gatewayOf();
  is('ST-10 a 5 MB event arrives', (await compare(gateway, 'whole', [streamWith(5 * MB)])).alike, 'every byte');
}

async function million(): Promise<void> {
  await using gateway = await gatewayOf();
  // The first of them grow the heap to what such a load takes; what is looked for is what grows with their number.
  await read(gateway, { model: 'first-tokens' });
  await gateway.ask('mark');
  const { ms, alike } = await compare(gateway, 'tokens', tokens(MILLION));
  const { memory, last } = await gateway.ask();
  is('ST-11 a million events of a token each arrive', alike, 'every byte');
  is('ST-11   usage counted', last?.usage?.output, MILLION);
  is('ST-11   by', last?.usage?.source, 'provider');
  under('ST-11   memory, MB', memory / MB, 20);
  note('ST-11   events a second', Math.round(MILLION / (ms / 1000)));
}

async function bomb(model: string, stream: boolean): Promise<void> {
  await using gateway = await gatewayOf();
  const { status, tail, ms } = await read(gateway, { model, stream });
  const { memory, last } = await gateway.ask();
  is(`1 MB of gzip that is 1 GB of zeros, as ${stream ? 'a stream' : 'JSON'}: status`, status, 503);
  is('        and is told of as', last?.code, 'all_providers_exhausted');
  is('        the attempt was', /"outcome":"(\w+)"/.exec(tail)?.[1], 'malformed');
  under('        memory, MB', memory / MB, 350);
  note('        ms', ms);
}

/** A caller who has read some of his stream. */
async function comes(rig: Rig, input: object): Promise<Socket> {
  const socket = rawCaller(rig, '/v1/chat/completions', { ...HELLO, ...input, stream: true });
  for (let all = ''; !all.includes('drop');) all += String(await once(socket, 'data'));
  return socket.resume();
}

/** A thousand callers at once whose streams run, all in this process; they leave one after the other. */
async function leave(): Promise<void> {
  await using rig = await startRig([chatStream({ content: 'drop '.repeat(2000), delay: 100 })]);
  const [scripted] = rig.upstreams;
  if (scripted === undefined) throw new Error('The rig has no upstream.');
  const callers = Array.from({ length: CALLERS }, (_, n) => ({ user: String(n) }));
  const sockets = [];
  for (let n = 0; n < CALLERS; n += AT_ONCE)
    sockets.push(...(await Promise.all(callers.slice(n, n + AT_ONCE).map((each) => comes(rig, each)))));
  const hits = new Map(scripted.hits.map((hit) => [fieldsOf(hit)['user'], hit]));
  const delays: number[] = [];
  for (const [n, socket] of sockets.entries()) {
    const hit = hits.get(String(n));
    const left = now();
    socket.resetAndDestroy();
    await scripted.until(() => hit?.closedAt !== undefined);
    delays.push((hit?.closedAt ?? Infinity) - left);
  }
  delays.sort((a, b) => a - b);
  under('AB-01 1000 callers reset: until the upstream is closed, p50, ms', delays[CALLERS / 2] ?? Infinity, 5);
  under('AB-01   p99, ms', delays[CALLERS * 0.99] ?? Infinity, 50);
  is('AB-01   sockets left', scripted.sockets.open, 0);
}

setTimeout(() => {
  console.log('\nit is not through in time: what comes next hangs');
  process.exit(1);
}, LATEST_MS).unref();
await unread();
await cut();
await pieces();
await endless('endless', '64 KB');
await endless('endless-pieces', '64 bytes');
await whole();
await million();
await bomb('bomb-stream', true);
await bomb('bomb-json', false);
await leave();
console.log(good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exitCode = good ? 0 : 1;
