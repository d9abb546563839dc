import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, openaiError, type Reply } from '../../src/testing/index.ts';
import { DONE, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { ENVIRONMENT } from '../helpers/cli.ts';
import { fakeClock } from '../helpers/clock.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { SOAK } from '../helpers/soak.ts';
import { rawClient, turns, written } from './wire.ts';

const MB = 1024 * 1024;
/** A JSON answer larger than the kernel's buffers in both directions; in a full run the largest that is accepted. */
const LARGE = (SOAK ? 60 : 24) * MB;
/** Chunks of a stream that is read to its end: 20 MB, in a full run 200 MB. */
const MANY = SOAK ? 3200 : 320;
const BIG = chunk({ delta: { content: 'x'.repeat(64 * 1024) } });
const flood = (events: number): Reply => ({ headers: STREAM, chunks: Array.from({ length: events }, () => BIG) });

/** Waits until a value stays the same for 2000 turns of the event loop. */
async function settled(value: () => number): Promise<number> {
  for (let before = -1; ;) {
    await turns(2000);
    const now = value();
    if (now === before) return now;
    before = now;
  }
}

describe.each(['/v1/chat/completions', '/trpc/chat.completions.stream'])('BP-01 BP-03 a client of %s', (path) => {
  const input = path.startsWith('/v1') ? { ...HELLO, stream: true } : HELLO;

  test('that reads nothing pauses the upstream, and is disconnected when it has read nothing for writeIdle', async () => {
    const clock = fakeClock();
    await using rig = await startRig([flood(3200)], { clock, writeIdle: 60_000 });
    const socket = rawClient(rig, path, input).pause();
    await written(rig.upstreams[0], MB);
    // The kernel's buffers in both directions, and little more in the gateway.
    expect(await settled(() => rig.upstreams[0]?.hits[0]?.bytesWritten ?? 0)).toBeLessThan(24 * MB);
    clock.advance(59_999);
    expect(rig.finished()).toEqual([]);
    clock.advance(1);
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    // The provider is not blamed: the gateway had paused it.
    expect(await rig.ended()).toMatchObject({ code: 'client_closed', trail: [{ outcome: 'answered' }] });
    socket.destroy();
  });

  test('that reads slowly receives all of it, however long that takes', async () => {
    const clock = fakeClock();
    const reply: Reply = { headers: STREAM, chunks: [ROLE, ...(flood(MANY).chunks ?? []), STOP, DONE] };
    await using rig = await startRig([reply], { clock, writeIdle: 60_000 });
    const socket = rawClient(rig, path, input).pause();
    let read = 0;
    for await (const piece of socket.iterator({ destroyOnReturn: false })) {
      const before = read;
      read += (piece as Buffer).length;
      // A hundred seconds in total: more than writeIdle, but the kernel reports progress more often than that.
      if (Math.floor(read / MB) > Math.floor(before / MB)) clock.advance(SOAK ? 500 : 5000);
      if (String(piece).includes('[DONE]') || String(piece).includes('event: return')) break;
    }
    expect(read).toBeGreaterThan(MANY * BIG.length);
    expect(await rig.ended()).toMatchObject({ code: 'ok' });
    socket.destroy();
  });
});

test('BP-03 a client that reads nothing of a large JSON answer is disconnected as well', async () => {
  const clock = fakeClock();
  await using rig = await startRig([chatCompletion({ content: 'x'.repeat(LARGE) })], { clock, writeIdle: 60_000 });
  const socket = rawClient(rig, '/v1/chat/completions', HELLO).pause();
  await rig.ended();
  const closed = once(socket, 'close');
  await settled(() => socket.bytesRead);
  clock.advance(60_000);
  socket.resume();
  await closed;
  expect(socket.bytesRead).toBeLessThan(LARGE);
});

test('BP-03 a client that reads a large JSON answer slowly receives all of it', async () => {
  const clock = fakeClock();
  await using rig = await startRig([chatCompletion({ content: 'x'.repeat(LARGE) })], { clock, writeIdle: 60_000 });
  const socket = rawClient(rig, '/v1/chat/completions', HELLO).pause();
  await rig.ended();
  let read = 0;
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    const before = read;
    read += (piece as Buffer).length;
    if (Math.floor(read / MB) > Math.floor(before / MB)) clock.advance(5000);
    if (read > LARGE) break;
  }
  expect(read).toBeGreaterThan(LARGE);
  socket.destroy();
});

test('BP-04 a slow subscriber delays no other client', async () => {
  await using rig = await startRig([
    (request) => (request.body.includes('slow') ? flood(3200) : chatStream({ content: 'quick' })),
  ]);
  const slow = rawClient(rig, '/trpc/chat.completions.stream', { messages: [{ role: 'user', content: 'slow' }] });
  slow.pause();
  await written(rig.upstreams[0], MB);
  const others = Array.from({ length: 100 }, () => DOORS['tRPC by our client']!.stream(rig, HELLO));
  for (const result of await Promise.all(others)) expect([result.code, textOf(result)]).toEqual(['ok', 'quick']);
  slow.destroy();
});

test('BP-07 error bodies of every size are read or dropped, and delay no request', async () => {
  const replies: readonly Reply[] = [
    openaiError(500, 'x'.repeat(200_000)),
    { status: 503, headers: { 'content-type': 'text/plain' }, body: 'y'.repeat(MB) },
    { status: 302, headers: { location: '/elsewhere' }, body: 'z'.repeat(MB) },
    { status: 502, chunks: ['never ends'], end: 'hang' },
  ];
  // Only the first entry's timeout is short: the second one may be slow on a busy machine.
  const entries = [{ provider: 'a', model: 'model-a', timeouts: { idle: '150ms' } }, 'b/model-b'];
  await using rig = await startRig(
    [(_, n) => replies[n % replies.length] ?? {}, chatCompletion({ content: 'served' })],
    { config: { chains: { default: { entries } } } },
  );
  const requests = Array.from({ length: SOAK ? 400 : 100 }, async () => {
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
    await response.text();
    return response.status;
  });
  expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
  const [first] = rig.upstreams;
  await first?.until(({ hits }) => hits.every(({ endedAt, closedAt }) => (endedAt ?? closedAt) !== undefined));
});

/** Runs a module's code in a separate process. Its output is read only on demand. */
function run(code: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { output: child.stdout, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

const source = (file: string): string => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).pathname);

test('BP-08 a log reader that stops delays no request', async () => {
  using child = run(
    `const { main } = await import(${source('cli/main.ts')}); await main(['--demo', '--port', '0', '--log-level', 'debug']);`,
  );
  let banner = '';
  for await (const piece of child.output.iterator({ destroyOnReturn: false })) {
    banner += String(piece);
    if (banner.includes('try: ')) break;
  }
  child.output.pause();
  const url = /http:\/\/[\d.]+:\d+/.exec(banner)?.[0] ?? '';
  // Lines of some 400 bytes each: three times the size of a pipe, and a dozen times in a full run.
  for (let n = 0; n < (SOAK ? 40 : 10); n++) {
    const requests = Array.from({ length: 50 }, async () => {
      const response = await post(fetch, `${url}/v1/chat/completions`, HELLO);
      await response.text();
      return response.status;
    });
    expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
  }
});

test('BP-08 lines that a log reader missed are counted, and reported when it reads again', async () => {
  const lines = 20_000;
  using child = run(`
    const { createLog } = await import(${source('cli/log.ts')});
    const log = createLog({ level: 'info', maxBuffered: 100_000 });
    for (let n = 0; n < ${lines}; n++) log.info({ n, filler: 'x'.repeat(100) }, 'line');
    setInterval(() => undefined, 1000);
  `);
  let all = '';
  for await (const piece of child.output) {
    all += String(piece);
    if (/log_lines_dropped"\}\n/.test(all)) break;
  }
  const records = all
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { msg: string; lines?: number });
  const missed = records.reduce((sum, line) => sum + (line.lines ?? 0), 0);
  expect(missed).toBeGreaterThan(0);
  expect(records.filter(({ msg }) => msg === 'line').length + missed).toBe(lines);
});
