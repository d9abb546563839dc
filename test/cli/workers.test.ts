import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  chatStream,
  responder,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../../src/testing/index.ts';
import { readUntil } from '../faults/wire.ts';
import { type Run, run } from '../helpers/cli.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { listenOnLoopback } from '../helpers/listen.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { temporaryFolder } from '../helpers/store.ts';

/** Starts of several processes, of which this machine may have few processors. */
const SLOW = { timeout: 60_000 };

interface Running extends AsyncDisposable {
  readonly cli: Run;
  readonly url: string;
  readonly file: string;
  readonly upstream: ScriptedUpstream;
  /** The processes of the workers that run now. */
  readonly workers: () => readonly number[];
}

interface StartOptions {
  readonly script?: Script;
  /** Instead of one of its own. */
  readonly upstream?: ScriptedUpstream;
  /** Members of the section `server`. */
  readonly server?: string;
  /** Members of the provider. */
  readonly limits?: string;
  /** Further sections. */
  readonly more?: readonly string[];
  readonly args?: readonly string[];
}

async function start({
  script,
  server = '',
  limits = '',
  more = [],
  args = ['--workers', '2'],
  upstream: given,
}: StartOptions = {}): Promise<Running> {
  const upstream = given ?? (await startScriptedUpstream({ script: script ?? responder({ content: 'first' }) }));
  const file = join(mkdtempSync(join(tmpdir(), 'spillway-workers-')), 'spillway.yaml');
  writeFileSync(
    file,
    yaml(upstream, server, [`providers: { a: { baseUrl: "${upstream.baseUrl}", ${limits} } }`, ...more]),
  );
  const cli = run(['--config', file, '--port', '0', ...args]);
  const [, url = ''] = await cli.says(/spillway on (http\S+) with/);
  await cli.says(/try: curl/);
  return {
    cli,
    url,
    file,
    upstream,
    workers: () => childrenOf(cli.child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      await cli[Symbol.asyncDispose]();
      if (given === undefined) await upstream.close();
    },
  };
}

function yaml({ baseUrl }: Pick<ScriptedUpstream, 'baseUrl'>, server: string, more: readonly string[]): string {
  const providers = more.some((each) => each.startsWith('providers:'))
    ? []
    : [`providers: { a: { baseUrl: "${baseUrl}" } }`];
  const sections = [`server: { ${server} }`, ...providers, ...more];
  return [...sections, 'chains: { default: { entries: [a/m] } }', ''].join('\n');
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Whether a process runs: one that has ended and was not waited for does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(20);
}

const CHAT = '/v1/chat/completions';
const stream = (url: string): Promise<Response> => post(fetch, `${url}${CHAT}`, { ...HELLO, stream: true });
/** A request on a connection of its own, which any worker may get. */
async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  get(url, { agent: false, headers }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  }).on('error', reject);
  return promise;
}
/** The answer of a chat, on a connection of its own. */
async function answer(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request(`${url}${CHAT}`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  });
  sent.on('response', (response) => void textOf(response).then(resolve, reject)).on('error', reject);
  sent.end(JSON.stringify(HELLO));
  return promise;
}
const isWhole = (wire: string): boolean => wire.endsWith('data: [DONE]\n\n');
const linesOf = ({ cli }: Running, message: string): readonly { readonly worker?: number }[] =>
  cli
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes(`"msg":"${message}"`))
    .map((line) => JSON.parse(line) as { worker?: number });
const ADMIN = { authorization: 'Bearer sk-admin-of-all-the-workers' };
const AUTH = 'auth: { keys: [{ name: root, key: "sk-admin-of-all-the-workers", role: admin }] }';
const PACED = chatStream({ content: 'word '.repeat(60), delay: 50 });

test(
  '200 connections are spread evenly, and one page of metrics counts all of their requests exactly',
  SLOW,
  async () => {
    await using gateway = await start({ more: ['metrics: { public: true }'] });
    const agents = Array.from({ length: 200 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const send = async (agent: Agent): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const headers = { 'content-type': 'application/json' };
      const sent = request(`${gateway.url}${CHAT}`, { method: 'POST', agent, headers });
      sent.on('response', (response) => response.resume().on('end', resolve)).on('error', reject);
      sent.end(JSON.stringify(HELLO));
      return promise;
    };
    // One after the other: of many at once a worker that is slower for lack of a processor takes fewer.
    for (const agent of agents) await send(agent);
    // Over the same connections.
    await Promise.all(agents.map(send));
    for (const agent of agents) agent.destroy();
    await until(() => linesOf(gateway, 'request').length === 400);
    const byFirst = linesOf(gateway, 'request').filter(({ worker }) => worker === 1).length;
    expect(byFirst).toBeGreaterThanOrEqual(180);
    expect(byFirst).toBeLessThanOrEqual(220);
    // Whichever worker answers.
    for (const _ of [1, 2, 3]) {
      const page = await (await fetch(`${gateway.url}/metrics`, { headers: { connection: 'close' } })).text();
      expect(page).toMatch(/^spillway_requests_total\{operation="chat.completions.create",.*code="ok".*\} 400$/m);
      expect(page).toMatch(/^spillway_request_duration_seconds_count\{operation="chat.completions.create",.*\} 400$/m);
      expect(page).toMatch(/^spillway_build_info\{.*\} 1$/m);
      expect(page.match(/^# TYPE spillway_requests_total /gm)).toHaveLength(1);
    }
  },
);

test('the port of metrics has one page for all workers, and is printed once', SLOW, async () => {
  await using gateway = await start({ more: ['metrics: { port: 0 }'] });
  const [, url = ''] = await gateway.cli.says(/^metrics on (http\S+)$/m);
  expect(gateway.cli.output().match(/metrics on/g)).toHaveLength(1);
  for (const _ of [1, 2, 3, 4, 5]) await answer(gateway.url);
  for (const _ of [1, 2]) {
    const page = await (await fetch(url, { headers: { connection: 'close' } })).text();
    expect(page).toMatch(/^spillway_requests_total\{operation="chat.completions.create",.*\} 5$/m);
  }
});

test('lines of the start are printed once, and log lines name their worker', SLOW, async () => {
  await using gateway = await start({ server: 'workers: 2', args: ['--log-format', 'pretty'] });
  await Promise.all([1, 2, 3, 4].map(() => answer(gateway.url)));
  await gateway.cli.says(/^w1 .*a\/m/m);
  await gateway.cli.says(/^w2 .*a\/m/m);
  expect(gateway.cli.output().match(/spillway on/g)).toHaveLength(1);
  expect(gateway.cli.output()).toMatch(/spillway on http\S+ with \S+, 2 workers/);
});

test(
  'a worker that is killed takes only its own requests with it, what it counted stays, and another one takes its place',
  SLOW,
  async () => {
    await using gateway = await start({ script: PACED, more: ['metrics: { public: true }'] });
    const before = gateway.workers();
    const [first = 0] = before;
    expect(before).toHaveLength(2);
    // One each, because connections are handed out in turns.
    const responses = await Promise.all([stream(gateway.url), stream(gateway.url)]);
    const readers = responses.map(({ body }) => body!.getReader());
    await Promise.all(readers.map((reader) => readUntil(reader, 'word')));
    process.kill(first, 'SIGKILL');
    const rests = await Promise.all(
      readers.map((reader) => readUntil(reader, 'no such text').catch(() => 'broken off')),
    );
    expect(rests.filter(isWhole)).toHaveLength(1);
    await gateway.cli.says(/"worker":\d,"end":"SIGKILL","restartIn":0,.*"worker has ended"/);
    await until(() => gateway.workers().length === 2 && !gateway.workers().includes(first));
    // The new one serves.
    await until(async () => {
      await Promise.all([answer(gateway.url), answer(gateway.url)]);
      return new Set(linesOf(gateway, 'request').map(({ worker }) => worker)).size === 2;
    });
  },
);

test('what a worker had counted when it ended stays in the sums', SLOW, async () => {
  await using gateway = await start({ more: ['metrics: { public: true }'] });
  const counted = async (): Promise<number> => {
    const page = await (await fetch(`${gateway.url}/metrics`, { headers: { connection: 'close' } })).text();
    return Number(/^spillway_requests_total\{operation="chat.completions.create".*\} (\d+)$/m.exec(page)?.[1] ?? 0);
  };
  for (const _ of Array.from({ length: 10 })) await answer(gateway.url);
  expect(await counted()).toBe(10);
  for (const pid of gateway.workers()) process.kill(pid, 'SIGKILL');
  await gateway.cli.saysTimes('worker has ended', 2);
  await until(() =>
    answer(gateway.url).then(
      () => true,
      () => false,
    ),
  );
  expect(await counted()).toBe(11);
});

test(
  'SIGTERM to the primary: readiness fails in all workers, running streams are whole, and the exit code is 0',
  SLOW,
  async () => {
    await using gateway = await start({ script: PACED, server: 'drainDelay: 1500ms, drainTimeout: 20s' });
    const responses = await Promise.all([stream(gateway.url), stream(gateway.url)]);
    const readers = responses.map(({ body }) => body!.getReader());
    await Promise.all(readers.map((reader) => readUntil(reader, 'word')));
    const workers = gateway.workers();
    gateway.cli.child.kill('SIGTERM');
    await gateway.cli.says(/"shutting down"/);
    expect(await Promise.all([1, 2, 3, 4].map(() => statusOf(`${gateway.url}/readyz`)))).toEqual([503, 503, 503, 503]);
    const rests = await Promise.all(readers.map((reader) => readUntil(reader, 'no such text')));
    expect(rests.map(isWhole)).toEqual([true, true]);
    expect(await gateway.cli.exit).toBe(0);
    expect(workers.filter(isRunning)).toEqual([]);
    expect(linesOf(gateway, 'shutting down')).toHaveLength(1);
  },
);

test('a signal to all processes, as from a terminal or a supervisor, is a signal to the primary', SLOW, async () => {
  await using gateway = await start({ script: PACED, server: 'drainDelay: 1ms, drainTimeout: 20s' });
  const response = await stream(gateway.url);
  const reader = response.body!.getReader();
  await readUntil(reader, 'word');
  for (const pid of gateway.workers()) process.kill(pid, 'SIGINT');
  gateway.cli.child.kill('SIGINT');
  expect(isWhole(await readUntil(reader, 'no such text'))).toBe(true);
  expect(await gateway.cli.exit).toBe(0);
});

test('a second signal ends all processes at once', SLOW, async () => {
  await using gateway = await start({ script: PACED, server: 'drainDelay: 1m, drainTimeout: 1m' });
  const workers = gateway.workers();
  gateway.cli.child.kill('SIGTERM');
  await gateway.cli.says(/"shutting down"/);
  gateway.cli.child.kill('SIGTERM');
  expect(await gateway.cli.exit).toBe(143);
  await until(() => !workers.some(isRunning));
});

test('where the primary is killed, workers finish what runs, and end', SLOW, async () => {
  await using gateway = await start({ script: PACED, server: 'drainTimeout: 20s' });
  const response = await stream(gateway.url);
  const reader = response.body!.getReader();
  await readUntil(reader, 'word');
  const workers = gateway.workers();
  gateway.cli.child.kill('SIGKILL');
  expect(isWhole(await readUntil(reader, 'no such text'))).toBe(true);
  await until(() => !workers.some(isRunning));
});

test(
  'SIGHUP changes the configuration of all workers, and a bad one changes nothing and is logged once',
  SLOW,
  async () => {
    await using gateway = await start();
    await using other = await startScriptedUpstream({ script: responder({ content: 'second' }) });
    writeFileSync(gateway.file, yaml(other, '', []));
    gateway.cli.child.kill('SIGHUP');
    await gateway.cli.says(/configuration loaded/);
    for (const _ of [1, 2, 3, 4]) expect(await answer(gateway.url)).toContain('second');
    writeFileSync(gateway.file, 'chains: {}');
    gateway.cli.child.kill('SIGHUP');
    await gateway.cli.says(/configuration rejected/);
    for (const _ of [1, 2, 3, 4]) expect(await answer(gateway.url)).toContain('second');
    const status = async (): Promise<unknown> =>
      (await fetch(`${gateway.url}/readyz`, { headers: { connection: 'close' } })).json();
    for (const _ of [1, 2])
      expect(await status()).toMatchObject({ configuration: { rejected: { problems: expect.any(Array) } } });
    expect(linesOf(gateway, 'configuration rejected, the previous one stays active')).toHaveLength(1);
  },
);

test('a worker that takes the place of another one serves the newest configuration', SLOW, async () => {
  await using gateway = await start({ server: 'drainDelay: 1ms' });
  await using other = await startScriptedUpstream({ script: responder({ content: 'second' }) });
  // What needs a restart stays as it was at the start, and is shown.
  writeFileSync(gateway.file, yaml(other, 'drainDelay: 1ms, dashboard: false', []));
  gateway.cli.child.kill('SIGHUP');
  await gateway.cli.says(/configuration change needs a restart/);
  for (const pid of gateway.workers()) process.kill(pid, 'SIGKILL');
  await gateway.cli.saysTimes('worker has ended', 2);
  await until(() =>
    answer(gateway.url).then(
      () => true,
      () => false,
    ),
  );
  expect(await answer(gateway.url)).toContain('second');
  // A checkout may have no build of it.
  expect([200, 503]).toContain(await statusOf(`${gateway.url}/ui/`));
  const ready = await (await fetch(`${gateway.url}/readyz`)).json();
  expect(ready).toMatchObject({ configuration: { restart: ['server'] } });
});

test('a port in use and a wrong configuration are one message and exit code 1', SLOW, async () => {
  const taken = createServer();
  const port = await listenOnLoopback(taken);
  await using upstream = await startScriptedUpstream({ script: responder({ content: 'x' }) });
  const file = join(mkdtempSync(join(tmpdir(), 'spillway-workers-')), 'spillway.yaml');
  writeFileSync(file, yaml(upstream, '', []));
  await using busy = run(['--config', file, '--port', String(port), '--workers', '3']);
  expect(await busy.exit).toBe(1);
  expect(busy.output()).toBe(`spillway: port ${port} on 127.0.0.1 is in use; choose another with --port\n`);
  taken.close();
  writeFileSync(file, 'providers: {}\n');
  await using wrong = run(['--config', file, '--workers', '3']);
  expect(await wrong.exit).toBe(1);
  expect(wrong.output().match(/chains/g)).toHaveLength(1);
  await using unknown = run(['--workers', 'many']);
  expect([await unknown.exit, unknown.output()]).toEqual([
    1,
    "spillway: --workers must be a number from 1 to 256, or auto, not 'many'\n",
  ]);
});

test('a worker that ends three times soon after its start ends the gateway with exit code 1', SLOW, async () => {
  await using gateway = await start({ server: 'drainTimeout: 1s' });
  let ended = false;
  void gateway.cli.exit.then(() => (ended = true));
  const killed = new Set<number>();
  await until(() => {
    if (ended) return true;
    for (const pid of gateway.workers()) {
      if (killed.has(pid)) continue;
      killed.add(pid);
      process.kill(pid, 'SIGKILL');
    }
    return false;
  });
  expect(await gateway.cli.exit).toBe(1);
  expect(gateway.cli.output()).toMatch(
    /spillway: worker \d has ended three times in a row within 10 seconds of its start, last with SIGKILL\n/,
  );
  // Each of the two at once, after a second, and no more.
  expect(gateway.cli.output()).toMatch(/"restartIn":0,[^]*"restartIn":1000,/);
});

const KEYS = 'a key of the store counts in all workers at once, and so does its revocation';
test(`in an SQLite file ${KEYS}`, SLOW, () =>
  followsKeys(`sqlite:${mkdtempSync(join(tmpdir(), 'spillway-workers-'))}/s.db`),
);

const missing = POSTGRES === undefined ? 'skipped: postgres not found' : 'in PostgreSQL';
test.skipIf(POSTGRES === undefined)(`${missing} ${KEYS}`, SLOW, async () => {
  await using server = await PostgresServer.start();
  await followsKeys(server.url(await server.createDatabase()));
});

async function followsKeys(store: string): Promise<void> {
  await using gateway = await start({ more: [`store: { url: "${store}" }`, AUTH] });
  const made = await post(fetch, `${gateway.url}/v1/keys`, { name: 'app' }, { headers: ADMIN });
  const { id, secret } = (await made.json()) as { id: string; secret: string };
  const statuses = (): Promise<readonly number[]> =>
    Promise.all([1, 2, 3, 4].map(() => statusOf(`${gateway.url}/v1/models`, { 'x-api-key': secret })));
  await until(async () => (await statuses()).every((status) => status === 200));
  const began = performance.now();
  await post(fetch, `${gateway.url}/v1/keys/${id}/revoke`, {}, { headers: ADMIN });
  await until(async () => (await statuses()).every((status) => status === 401));
  // Without the report of the change each worker would read it within 10 seconds.
  expect(performance.now() - began).toBeLessThan(4000);
  gateway.cli.child.kill('SIGINT');
  expect(await gateway.cli.exit).toBe(0);
}

test.each(['memory:', 'sqlite:'])(
  'the request log and the usage in a %s store are those of all workers',
  SLOW,
  async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-workers-'));
    const url = kind === 'memory:' ? kind : `sqlite:${folder}/s.db`;
    await using gateway = await start({ more: [`store: { url: "${url}" }`] });
    await Promise.all(Array.from({ length: 20 }, () => answer(gateway.url)));
    const read = async (path: string): Promise<{ data: readonly { requests?: number }[] }> => {
      const response = await fetch(`${gateway.url}${path}`, { headers: { connection: 'close' } });
      return (await response.json()) as { data: readonly { requests?: number }[] };
    };
    await until(async () => (await read('/v1/requests?limit=100')).data.length === 20);
    await until(async () => (await read('/v1/usage')).data.reduce((sum, { requests = 0 }) => sum + requests, 0) === 20);
  },
);

test(
  'a limit of 20 requests and 200 of them at once: exactly 20 reach the provider, however many workers',
  SLOW,
  async () => {
    await using gateway = await start({ limits: 'models: { m: { limits: { requestsPerDay: 20 } } }' });
    const answers = await Promise.all(Array.from({ length: 200 }, () => answer(gateway.url)));
    expect(answers.filter((text) => text.includes('first'))).toHaveLength(20);
    expect(gateway.upstream.hits).toHaveLength(20);
    // The ledger outlives a worker.
    for (const pid of gateway.workers()) process.kill(pid, 'SIGKILL');
    await gateway.cli.saysTimes('worker has ended', 2);
    await until(() =>
      answer(gateway.url).then(
        () => true,
        () => false,
      ),
    );
    await Promise.all(Array.from({ length: 20 }, () => answer(gateway.url)));
    expect(gateway.upstream.hits).toHaveLength(20);
  },
);

test('used days outlive the gateway in an SQLite file', SLOW, async () => {
  using folder = temporaryFolder();
  const options = {
    limits: 'apiKey: one, models: { m: { limits: { requestsPerDay: 5 } } }',
    more: [`store: { url: "sqlite:${folder.file}" }`],
  };
  const upstream = await startScriptedUpstream({ script: responder({ content: 'first' }) });
  await using _upstream = { [Symbol.asyncDispose]: () => upstream.close() };
  for (const expected of [3, 2]) {
    await using gateway = await start({ ...options, upstream });
    const answers: string[] = [];
    for (let sent = 0; sent < 3; sent++) answers.push(await answer(gateway.url));
    expect(answers.filter((text) => text.includes('first'))).toHaveLength(expected);
    gateway.cli.child.kill('SIGINT');
    expect(await gateway.cli.exit).toBe(0);
  }
});

test('a worker that is killed frees what it held of a concurrency', SLOW, async () => {
  await using gateway = await start({
    script: chatStream({ content: 'word '.repeat(2000), delay: 50 }),
    limits: 'models: { m: { limits: { concurrency: 2 } } }',
  });
  const responses = await Promise.all([stream(gateway.url), stream(gateway.url)]);
  const readers = responses.map(({ body }) => body!.getReader());
  await Promise.all(readers.map((reader) => readUntil(reader, 'word')));
  const refused = await stream(gateway.url);
  expect(refused.status).toBe(503);
  await refused.text();
  for (const pid of gateway.workers().slice(0, 1)) process.kill(pid, 'SIGKILL');
  await gateway.cli.says(/worker has ended/);
  const began = performance.now();
  await until(async () => {
    const next = await stream(gateway.url).catch(() => undefined);
    await next?.body?.cancel();
    return next?.status === 200;
  });
  // Not after the lease of half a minute.
  expect(performance.now() - began).toBeLessThan(10_000);
  for (const reader of readers) await reader.cancel().catch(() => undefined);
});

test('a budget holds over all workers', SLOW, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-workers-'));
  const keys = `auth: { keys: [{ name: app, key: "sk-of-the-app-in-tests-1", budgets: [{ amount: 1, period: month }] }] }`;
  const prices = 'prices: { file: "' + join(folder, 'prices.yaml') + '" }';
  writeFileSync(join(folder, 'prices.yaml'), 'a/m: { input: 0, output: 0, perRequest: 0.1 }\n');
  await using gateway = await start({ more: [`store: { url: "sqlite:${folder}/s.db" }`, keys, prices] });
  const headers = { 'x-api-key': 'sk-of-the-app-in-tests-1', connection: 'close' };
  const ask = async (): Promise<number> => (await post(fetch, `${gateway.url}${CHAT}`, HELLO, { headers })).status;
  // Some at once, then one after the other: a lease that one worker holds goes back when it is written.
  const statuses = await Promise.all(Array.from({ length: 30 }, ask));
  while (statuses.filter((status) => status === 200).length < 10) statuses.push(await ask());
  for (const _ of Array.from({ length: 4 })) statuses.push(await ask());
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(gateway.upstream.hits).toHaveLength(10);
});
