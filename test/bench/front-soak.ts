// npm run soak, third part: reloads, SIGTERM and slow clients against the running command. Each row is a figure and its limit.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chatStream, fieldsOf, responder, startScriptedUpstream } from '../../src/testing/index.ts';
import { type Run, run } from '../helpers/cli.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { start } from './soak-processes.ts';
import type { LastHit } from './soak-upstream.ts';

const RELOADS = 1000;
const RELOAD_EVERY_MS = 10;
const PER_SECOND = 200;
const STREAMS = 200;
const TOKEN_EVERY_MS = 20;
const LISTENERS = 100;
const LARGE_BODIES = 20;
const LARGE_BYTES = 10 * 1024 * 1024;
const IDLE = 2000;
const SLOW_CLIENTS = 400;
const ATTACKED_SECONDS = 8;
/** By then every timeout has passed. */
const CUT_MS = 8000;
const SLOW_SECONDS = 30;
const SLOWHTTPTEST = '/usr/bin/slowhttptest';

let good = true;
function row(what: string, figure: number | string, limit: string, ok: boolean): void {
  good &&= ok;
  const shown = typeof figure === 'number' && !Number.isInteger(figure) ? figure.toFixed(2) : String(figure);
  console.log(`${what.padEnd(62)} ${shown.padStart(24)}   ${limit.padEnd(24)} ${ok ? 'ok' : 'OVER'}`);
}
const is = (what: string, figure: number | string | null, wanted: number | string): void =>
  row(what, figure ?? 'none', String(wanted), figure === wanted);
const under = (what: string, figure: number, limit: number): void => row(what, figure, `< ${limit}`, figure < limit);
const note = (what: string, figure: number): void => row(what, figure, '', true);

const folder = mkdtempSync(join(tmpdir(), 'spillway-soak-'));
const file = join(folder, 'spillway.yaml');
const send = (url: string, more: object = {}): Promise<Response> =>
  post(fetch, `${url}/v1/chat/completions`, { ...HELLO, ...more });

/** The value of sorted figures at a share from 0 to 1. */
function valueAt(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A thousand reloads under 200 requests a second: each request must be served, and by one configuration only. */
async function reloads(): Promise<void> {
  await using one = await startScriptedUpstream({ script: responder({ content: 'one' }) });
  await using two = await startScriptedUpstream({ script: responder({ content: 'two' }) });
  const busy = { status: 500, body: { error: { message: 'busy' } } };
  await using first = await startScriptedUpstream({ script: busy });
  const write = (name: string, baseUrl: string): void =>
    writeFileSync(
      file,
      JSON.stringify({
        providers: { [`busy-${name}`]: { baseUrl: first.baseUrl }, [name]: { baseUrl } },
        chains: { default: { entries: [`busy-${name}/m-${name}`, `${name}/m-${name}`] } },
      }),
    );
  write('one', one.baseUrl);
  await using cli = run(['--config', file, '--port', '0', '--log-level', 'info']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);
  const stop = new AbortController();
  let failed = 0;
  let mixed = 0;
  let served = 0;
  const answers: Promise<void>[] = [];
  const load = (async () => {
    for (let n = 0; !stop.signal.aborted; n++) {
      const request = async (): Promise<void> => {
        const response = await send(url, { stream: n % 2 === 0 });
        const provider = response.headers.get('x-spillway-provider') ?? '';
        const text = await response.text();
        served++;
        if (response.status !== 200) failed++;
        else if (response.headers.get('x-spillway-model') !== `m-${provider}` || !text.includes(provider)) mixed++;
      };
      answers.push(request().catch(() => void failed++));
      await wait(1000 / PER_SECOND);
    }
  })();
  const startedAt = performance.now();
  for (let n = 1; n <= RELOADS; n++) {
    if (n % 2 === 0) write('one', one.baseUrl);
    else write('two', two.baseUrl);
    const loaded = cli.output().split('configuration loaded').length;
    cli.child.kill('SIGHUP');
    while (cli.output().split('configuration loaded').length === loaded) await wait(1);
    await wait(RELOAD_EVERY_MS);
  }
  stop.abort();
  await load;
  await Promise.all(answers);
  note(`CF-02 ${RELOADS} reloads: seconds`, (performance.now() - startedAt) / 1000);
  note('CF-02   requests in that time', served);
  is('CF-02   failed', failed, 0);
  is('CF-02   served by two configurations', mixed, 0);
  await two.until(({ sockets }) => sockets.open === 0, 10_000);
  is('CF-04   sockets still open at the upstream that was removed', two.sockets.open, 0);
}

/** SIGTERM under two hundred streams: half of them end in time, half do not. */
async function shutdown(): Promise<void> {
  await using upstream = await startScriptedUpstream({
    script: (request) =>
      fieldsOf(request)['user'] === 'long'
        ? chatStream({ content: 'word '.repeat(10_000), delay: 50 })
        : chatStream({ content: 'word '.repeat(20), delay: 50 }),
  });
  writeFileSync(
    file,
    JSON.stringify({
      server: { drainDelay: '1s', drainTimeout: '4s' },
      providers: { up: { baseUrl: upstream.baseUrl } },
      chains: { default: { entries: ['up/m'] } },
    }),
  );
  await using cli = run(['--config', file, '--port', '0']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);
  const responses = await Promise.all(
    Array.from({ length: STREAMS }, (_, n) => send(url, { stream: true, user: n % 2 === 0 ? 'long' : 'short' })),
  );
  const texts = responses.map((response) => response.text().catch(() => 'reset'));
  const startedAt = performance.now();
  cli.child.kill('SIGTERM');
  const code = await cli.exit;
  const all = await Promise.all(texts);
  is(`LC-01 SIGTERM under ${STREAMS} streams: exit code`, code, 0);
  under('LC-01   ms until the process exits', performance.now() - startedAt, 7000);
  is('LC-01   complete streams', all.filter((text) => text.endsWith('data: [DONE]\n\n')).length, STREAMS / 2);
  const cut = all.filter((text) => text.endsWith('"code":"shutting_down"}}\n\n'));
  is('LC-01   ended by an error with the reason', cut.length, STREAMS / 2);
  await upstream.until(({ sockets }) => sockets.open === 0);
  is('LC-01   sockets still open at the upstream', upstream.sockets.open, 0);
}

/** Times of small answers to a client that sends one request after another for `seconds` seconds: p50 and p99 in milliseconds. */
async function healthy(url: string, seconds: number): Promise<{ readonly p50: number; readonly p99: number }> {
  const times: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const startedAt = performance.now();
    const response = await send(url);
    await response.text();
    if (response.status !== 200) times.push(Infinity);
    times.push(performance.now() - startedAt);
    await wait(5);
  }
  times.sort((a, b) => a - b);
  return { p50: valueAt(times, 0.5), p99: valueAt(times, 0.99) };
}

/** Two thousand clients that only hold a connection. */
async function idle(): Promise<void> {
  await using upstream = await startScriptedUpstream({ script: responder({ content: 'served' }) });
  writeFileSync(
    file,
    JSON.stringify({ providers: { up: { baseUrl: upstream.baseUrl } }, chains: { default: { entries: ['up/m'] } } }),
  );
  await using cli = run(['--config', file, '--port', '0', '--log-level', 'warn']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);
  await healthy(url, 1);
  const before = await healthy(url, 5);
  const sockets = Array.from({ length: IDLE }, () => connect(Number(new URL(url).port), '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const during = await healthy(url, 5);
  under(`HE-08 ${IDLE} idle connections: healthy client, ratio of p50 to before`, during.p50 / before.p50, 2);
  for (const socket of sockets) socket.destroy();
}

const MODES: Readonly<Record<string, readonly string[]>> = {
  'slow heads': ['-H', '-i', '10'],
  'slow bodies': ['-B', '-i', '10', '-s', '100000', '-f', 'application/json'],
  'slow readers': ['-X', '-w', '512', '-y', '1024', '-n', '5', '-z', '32', '-k', '3'],
};

/** Number of open files of a process, sockets included. */
function files({ child }: Run): number {
  return readdirSync(`/proc/${child.pid}/fd`).length;
}

/** slowhttptest's three modes, and their effect on another client. */
async function slow(): Promise<void> {
  if (!existsSync(SLOWHTTPTEST)) return console.log('skipped: slowhttptest not found');
  await using upstream = await startScriptedUpstream({ script: responder({ content: 'served' }) });
  writeFileSync(
    file,
    JSON.stringify({
      server: { headersTimeout: '5s', bodyTimeout: '5s', writeIdle: '5s' },
      providers: { up: { baseUrl: upstream.baseUrl } },
      chains: { default: { entries: ['up/m'] } },
    }),
  );
  for (const [name, flags] of Object.entries(MODES)) {
    await using cli = run(['--config', file, '--port', '0', '--log-level', 'warn']);
    const [, url = ''] = await cli.says(/spillway on (http\S+)/);
    await healthy(url, 1);
    const before = await healthy(url, 5);
    const open = files(cli);
    const target = name === 'slow bodies' ? `${url}/v1/chat/completions` : `${url}/docs/js/scalar.js`;
    const attack = spawn(
      SLOWHTTPTEST,
      [...flags, '-c', `${SLOW_CLIENTS}`, '-r', '100', '-l', `${SLOW_SECONDS}`, '-p', '3', '-u', target],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    attack.stdout.resume();
    const ended = once(attack, 'close');
    await wait(2000);
    const during = await healthy(url, ATTACKED_SECONDS);
    // The attacker is still running then, unless all its connections were closed.
    await wait(CUT_MS);
    const added = files(cli) - open;
    await ended;
    note(`HE-08 ${SLOW_CLIENTS} ${name}: healthy client before, p50 ms`, before.p50);
    note('HE-08   during it, p50 ms', during.p50);
    under('HE-08   ratio of p50 to before', during.p50 / before.p50, 2);
    note('HE-08   before, p99 ms', before.p99);
    note('HE-08   during it, p99 ms', during.p99);
    under('HE-08   open files of the gateway during it, above before', added, 10);
  }
}

/** Twenty bodies of 10 MB while a hundred streams run: how much later than every 20 ms a token arrives. */
async function large(): Promise<void> {
  await using dripping = await startScriptedUpstream({
    script: chatStream({ content: 'word '.repeat(400), delay: TOKEN_EVERY_MS }),
  });
  // The reader of the large bodies is a process of its own, so that the measured delays are the gateway's.
  await using reading = await start<LastHit>('soak-upstream.ts');
  const providers = { drip: { baseUrl: dripping.baseUrl }, read: { baseUrl: reading.url } };
  const chains = { default: { entries: ['drip/m'] }, large: { entries: ['read/warm'] } };
  writeFileSync(file, JSON.stringify({ providers, chains }));
  await using cli = run(['--config', file, '--port', '0', '--log-level', 'warn']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);
  const gaps: number[] = [];
  let measuring = false;
  const readers = Array.from({ length: LISTENERS }, async () => {
    const response = await send(url, { stream: true });
    let last = performance.now();
    for await (const _ of response.body ?? []) {
      const at = performance.now();
      if (measuring) gaps.push(at - last - TOKEN_EVERY_MS);
      last = at;
    }
  });
  await wait(2000);
  measuring = true;
  const sending = fork(join(import.meta.dirname, 'large-bodies.ts'), [url, `${LARGE_BODIES}`, `${LARGE_BYTES}`]);
  const [failed] = (await once(sending, 'message')) as [number];
  measuring = false;
  await Promise.all(readers);
  gaps.sort((a, b) => a - b);
  is(`HE-12 ${LARGE_BODIES} bodies of 10 MB while ${LISTENERS} streams run: failed`, failed, 0);
  under('HE-12   delay of a token, p99 ms', valueAt(gaps, 0.99), 100);
  note('HE-12   delay of a token, maximum ms', gaps.at(-1) ?? Number.NaN);
}

await reloads();
await shutdown();
await large();
await idle();
await slow();
console.log(good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exit(good ? 0 : 1);
