// npm run soak, its second half: what streams of every size cost, each figure with its limit. The upstreams run in a process of their own,
// so that the memory that is measured is the gateway's.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { chunk, sse } from '../../src/testing/index.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

const MB = 1024 * 1024;
const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

const child = fork(new URL('stream-soak-upstream.ts', import.meta.url), {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
const [port] = (await once(child, 'message')) as [number];

/** Bytes that the upstream has handed to its system for the last request. */
async function pulled(): Promise<number> {
  child.send('written');
  const [bytes] = (await once(child, 'message')) as [number];
  return bytes;
}

function rigOf(writeIdle: number): Promise<Rig> {
  return startRig([], {
    writeIdle,
    config: {
      providers: { a: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none', models: { '*': {} } } },
      chains: { default: { entries: ['a/none'] } },
    },
  });
}

function rss(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** What is held after a collection; beside it the process keeps pages for the next burst of reads. */
function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let good = true;
function row(what: string, figure: number, { limit, unit }: { readonly limit: number; readonly unit: string }): void {
  const over = figure > limit;
  good &&= !over;
  console.log(
    `${what.padEnd(58)} ${figure.toFixed(1).padStart(9)} ${unit.padEnd(5)} ${`<= ${limit}`.padStart(10)}  ${over ? 'OVER' : 'ok'}`,
  );
}

const ask = (rig: Rig, model: string): Promise<Response> =>
  post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model: `a/${model}`, stream: true });

function caller(rig: Rig, model: string): Socket {
  const body = JSON.stringify({ ...HELLO, model: `a/${model}`, stream: true });
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1').on('error', () => undefined);
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

/** Reads a stream on a bare socket to its end mark, and keeps nothing of it but how much it was, chunked framing included. */
async function lengthOf(socket: Socket): Promise<number> {
  let bytes = 0;
  let tail = '';
  for await (const piece of socket) {
    bytes += (piece as Buffer).length;
    tail = (tail + (piece as Buffer).subarray(-40).toString('latin1')).slice(-40);
    if (tail.includes('[DONE]')) break;
  }
  return bytes;
}

{
  await using rig = await rigOf(600_000);
  await (await ask(rig, 'small')).text();
  const before = rss();
  const socket = caller(rig, 'flood').pause();
  await wait(3000);
  row('BP-01 200 MB at a caller who reads nothing: memory', (rss() - before) / MB, { limit: 20, unit: 'MB' });
  row('BP-01 taken from the upstream, kernel buffers included', (await pulled()) / MB, { limit: 10, unit: 'MB' });
  socket.destroy();
}
{
  await using rig = await rigOf(2000);
  const socket = caller(rig, 'flood').pause();
  const started = performance.now();
  await rig.ended();
  row('BP-03 until he is cut, writeIdle being 2 s: off by', Math.abs(performance.now() - started - 2000), {
    limit: 200,
    unit: 'ms',
  });
  socket.destroy();
}
{
  await using rig = await rigOf(60_000);
  const times: number[] = [];
  for (const model of ['big-5', 'big-10']) {
    const started = performance.now();
    const bytes = await lengthOf(caller(rig, model));
    times.push(performance.now() - started);
    row(`ST-10 ${model} MB in pieces of 64 bytes: bytes missing`, Math.max(0, Number(model.slice(4)) * MB - bytes), {
      limit: 0,
      unit: 'B',
    });
  }
  row('ST-10 10 MB in pieces of 64 bytes', times[1] ?? Infinity, { limit: 2000, unit: 'ms' });
  row('ST-10 10 MB in the time of 5 MB, as a multiple', (times[1] ?? Infinity) / (times[0] ?? 0), {
    limit: 3,
    unit: 'x',
  });
  const before = rss();
  const text = await (await ask(rig, 'endless')).text();
  row('ST-10 an endless line: memory', (rss() - before) / MB, { limit: 32, unit: 'MB' });
  row('ST-10 an endless line: not told as an error', text.includes('"code":"upstream_failed"') ? 0 : 1, {
    limit: 0,
    unit: '',
  });
}
{
  await using rig = await rigOf(60_000);
  // The first one grows the heap to what such a load needs.
  await lengthOf(caller(rig, 'million'));
  const before = held();
  const pages = rss();
  const started = performance.now();
  const bytes = await lengthOf(caller(rig, 'million'));
  const seconds = (performance.now() - started) / 1000;
  const event = chunk({ delta: { content: 'x' } }).length;
  const head = chunk({ delta: { role: 'assistant', content: '' } }).length;
  const wanted = 1_000_000 * event + head + chunk({ finish: 'stop' }).length + sse('[DONE]').length;
  // Node frees the memory of reads a little after it has collected them.
  await wait(500);
  row('ST-11 a million events: bytes missing', Math.max(0, wanted - bytes), { limit: 0, unit: 'B' });
  row('ST-11 a million events: memory held', (held() - before) / MB, { limit: 20, unit: 'MB' });
  row('ST-11 a million events: usage off by', Math.abs(1_000_000 - ((await rig.ended(1)).usage?.outputTokens ?? 0)), {
    limit: 0,
    unit: '',
  });
  console.log(`      (pages of the process: ${((rss() - pages) / MB).toFixed(1)} MB more)`);
  console.log(`      (${Math.round(1_000_000 / seconds)} events a second)`);
}
for (const kind of ['bomb-sse', 'bomb-json']) {
  await using rig = await rigOf(60_000);
  const before = rss();
  const started = performance.now();
  const { status } = await ask(rig, kind);
  row(`HE-10 1 MB of gzip that is 1 GB, as ${kind.slice(5)}: memory`, (rss() - before) / MB, {
    limit: 250,
    unit: 'MB',
  });
  row(`HE-10 the same: time`, performance.now() - started, { limit: 3000, unit: 'ms' });
  row(`HE-10 the same: status`, status, { limit: 503, unit: '' });
}
child.kill();
console.log(good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exit(good ? 0 : 1);
