// npm run soak: clients disconnect in every state, 50 times each; reports the time until the upstream exchange is closed, and what stays open.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { chatStream, chunk, openaiError, type Script } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const TIMES = 50;
const LIMIT_MS = 50;
const STREAM = { 'content-type': 'text/event-stream' };
const now = (): number => performance.timeOrigin + performance.now();

/** The upstream's reply, whether a stream is requested, and the text after which the client disconnects (none: once the upstream has the request). */
const STATES: Readonly<Record<string, { script: Script; stream: boolean; after?: string; trpc?: boolean }>> = {
  'before the headers': { script: { head: false, end: 'hang' }, stream: true },
  'before the first token': {
    script: { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })], end: 'hang' },
    stream: true,
  },
  'while streaming': { script: chatStream({ content: 'word '.repeat(2000), delay: 2 }), stream: true, after: 'word' },
  'waiting for JSON': { script: { head: false, end: 'hang' }, stream: false },
  'in the JSON body': { script: { body: '{"id":', end: 'hang' }, stream: false },
  'over tRPC, streaming': {
    script: chatStream({ content: 'word '.repeat(2000), delay: 2 }),
    stream: true,
    after: 'word',
    trpc: true,
  },
  'over tRPC, waiting': { script: { head: false, end: 'hang' }, stream: true, trpc: true },
  'over tRPC, for JSON': { script: { head: false, end: 'hang' }, stream: false, trpc: true },
};

function send(rig: Rig, stream: boolean, trpc = false): Socket {
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  const body = JSON.stringify(trpc ? HELLO : { ...HELLO, stream });
  const path = trpc ? `/trpc/chat.completions.${stream ? 'stream' : 'create'}` : '/v1/chat/completions';
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

async function untilReceived(socket: Socket, text: string): Promise<void> {
  let all = '';
  for await (const [piece] of dataOf(socket)) {
    all += String(piece);
    if (all.includes(text)) return;
  }
}

async function* dataOf(socket: Socket): AsyncGenerator<unknown[]> {
  for (;;) yield once(socket, 'data');
}

function row(state: string, delays: readonly number[], open: number, sent: number): boolean {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  console.log(
    `${state.padEnd(26)} ${at(0.5).toFixed(1).padStart(8)} ${at(0.99).toFixed(1).padStart(8)} ${String(open).padStart(6)} ${String(sent).padStart(14)}`,
  );
  return at(0.99) < LIMIT_MS && open === 0 && sent === 0 && delays.length === TIMES;
}

console.log(`state                        p50 ms   p99 ms   open     sent after it`);
let good = true;
for (const [state, { script, stream, after, trpc }] of Object.entries(STATES)) {
  await using rig = await startRig([script, chatStream({ content: 'never' })]);
  const [upstream, next] = rig.upstreams;
  if (upstream === undefined || next === undefined) throw new Error('The rig has no upstreams.');
  const delays: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const socket = send(rig, stream, trpc);
    await (after === undefined ? upstream.until(({ hits }) => hits.length === n + 1) : untilReceived(socket, after));
    const disconnectedAt = now();
    socket.resetAndDestroy();
    await upstream.until(({ hits }) => hits[n]?.closedAt !== undefined);
    delays.push((upstream.hits[n]?.closedAt ?? Infinity) - disconnectedAt);
  }
  await upstream.until(({ sockets }) => sockets.open === 0);
  good = row(state, delays, upstream.sockets.open, next.hits.length) && good;
}

{
  // Between attempts: the first entry's refusal and the disconnect happen together, in either order.
  const delays: number[] = [];
  let [open, sent] = [0, 0];
  for (let n = 0; n < TIMES; n++) {
    const refuse = Promise.withResolvers<void>();
    const held: Script = async () => {
      await refuse.promise;
      return openaiError(500, 'no');
    };
    // A gateway for each: the circuit breaker of a shared one would soon open for an entry that fails each time.
    await using rig = await startRig([held, { head: false, end: 'hang' }]);
    const [first, second] = rig.upstreams;
    if (first === undefined || second === undefined) throw new Error('The rig has no upstreams.');
    const socket = send(rig, true);
    await first.until(({ hits }) => hits.length === 1);
    const disconnectedAt = now();
    socket.resetAndDestroy();
    refuse.resolve();
    await rig.ended();
    delays.push(now() - disconnectedAt);
    // A connection may have been opened. Nothing may be sent on it, and it must be closed.
    await second.until(({ sockets }) => sockets.open === 0);
    open += second.sockets.open;
    sent += second.hits.length;
  }
  good = row('between attempts', delays, open, sent) && good;
}

{
  // Connecting: the server accepts and never replies to the TLS handshake. No byte of a request may be sent.
  let bytes = 0;
  const mute = createServer(
    (socket) =>
      void socket.on('error', () => undefined).on('data', (piece) => (bytes += piece[0] === 0x16 ? 0 : piece.length)),
  );
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = mute.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const config = {
    providers: { a: { baseUrl: `https://127.0.0.1:${port}/v1` } },
    chains: { default: { entries: ['a/m'] } },
  };
  const delays: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    // A gateway for each: the next request of a shared one would wait for the connection that is being opened.
    await using rig = await startRig([], { config });
    const accepted = once(mute, 'connection');
    const socket = send(rig, true);
    await accepted;
    const disconnectedAt = now();
    socket.resetAndDestroy();
    await rig.ended();
    delays.push(now() - disconnectedAt);
  }
  good = row('connecting', delays, 0, bytes) && good;
  mute.close();
}
console.log(good ? `\nall states under ${LIMIT_MS} ms, nothing stays open` : '\na state misses its limit');
process.exitCode = good ? 0 : 1;
setTimeout(() => process.exit(), 500).unref();
