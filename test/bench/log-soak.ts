// npm run soak, request log: a log of one million rows is searched, grows and forgets, and sums of a year are read. Each row is a figure and its
// limit. ROWS in the environment makes it smaller.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { RequestList } from '../../client/index.ts';
import { logSettings } from '../../src/config/log-settings.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { firstIdAt } from '../../src/lib/time-ids.ts';
import { createRequestLog } from '../../src/observe/requests/request-log.ts';
import { packRows } from '../../src/store/request-log/packed-rows.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { RequestRow } from '../../src/store/request-log/request-row.ts';
import type { Store } from '../../src/store/store.ts';
import { HOUR_SUMS } from '../../src/store/usage-hours.ts';
import { finishedEvent } from '../helpers/finished.ts';
import { post } from '../helpers/gateway.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { batchOf } from '../helpers/records.ts';
import { requestRow } from '../helpers/request-rows.ts';

const ROWS = Number(process.env['ROWS'] || 1_000_000);
/** Rows of one user. */
const FORGOTTEN = ROWS / 10;
const QUERIES = 100;
const PER_SECOND = 1500;
const INGEST_SECONDS = 10;
/** The rows are of the last hours: PostgreSQL has a partition for those days. */
const SPREAD_MS = 6 * 3600_000;

let good = true;
function row(what: string, figure: number, limit: string, ok: boolean): void {
  good &&= ok;
  console.log(
    `${what.padEnd(62)} ${String(Math.round(figure)).padStart(14)}   ${limit.padEnd(14)} ${ok ? 'ok' : 'OVER'}`,
  );
}

function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * share)] ?? 0;
}

const start = systemClock.now() - SPREAD_MS;

/** The n-th of all rows: 200 keys, 20 models, one failure in fifty, one user in ten rows, and a rare chain. */
function rowAt(n: number): RequestRow {
  const at = start + (n * SPREAD_MS) / ROWS;
  return requestRow(n, {
    // Several rows end in one millisecond.
    id: firstIdAt(at) + BigInt(n % 4096),
    acceptedAt: at - 20,
    keyId: `key_${n % 200}`,
    tenant: `tenant_${n % 40}`,
    model: `model-${n % 20}`,
    chain: n % 100_000 === 7 ? 'rare' : 'default',
    user: n % 10 === 0 ? 'user_forgotten00000000000000' : n % 10 === 1 ? `user_${n % 1000}` : undefined,
    clientRequestId: `mine-${n}`,
    code: n % 50 === 3 ? 'upstream_failed' : 'ok',
    status: n % 50 === 3 ? 502 : 200,
  });
}

async function fill(store: Store): Promise<void> {
  await store.requestLog.open('soak');
  for (let n = 0; n < ROWS; n += 2000)
    await store.requestLog.write(
      packRows(Array.from({ length: Math.min(2000, ROWS - n) }, (_, index) => rowAt(n + index))),
    );
}

/** Queries that an index serves, and one that none does. */
const SEARCHES: Readonly<Record<string, (n: number) => string>> = {
  'the first page': () => '',
  'a page in the middle': (n) =>
    `from=${new Date(start).toISOString()}&to=${new Date(start + (n + 1) * 100_000).toISOString()}`,
  'a key': (n) => `key=key_${n % 200}`,
  'a tenant': (n) => `tenant=tenant_${n % 40}`,
  'a model': (n) => `model=model-${n % 20}`,
  'a user': (n) => `user=user_${(n * 10 + 1) % 1000}`,
  failures: () => 'failed=true',
  'a code': () => 'code=upstream_failed',
  'an id of a client': (n) => `request_id=mine-${n * 7}`,
  'a key and a code': (n) => `key=key_${(n % 4) * 50 + 3}&code=upstream_failed`,
};

const HOUR_MS = 3_600_000;

/** A month of hours of 5 tenants, 3 chains and 6 models, and a year of days of 50 keys. */
async function fillSums(store: Store): Promise<void> {
  const hour = Math.floor(systemClock.now() / HOUR_MS);
  const sums = HOUR_SUMS.map((_, at) => at + 1);
  for (let back = 0; back < 30 * 24; back++) {
    const labels = Array.from({ length: 30 }, (_, n) => ({
      tenant: `tenant_${n % 5}`,
      chain: `chain_${n % 3}`,
      provider: 'a',
      model: `model-${n % 6}`,
      code: n % 10 === 0 ? 'upstream_failed' : 'ok',
    }));
    const attempts = Array.from({ length: 18 }, (_, n) => ({
      hour: hour - back,
      provider: 'a',
      model: n % 6 === 0 ? 'm' : `model-${n % 6}`,
      outcome: (['answered', 'throttled', 'overloaded'] as const)[n % 3] ?? 'answered',
      attempts: n + 1,
    }));
    const hours = labels.map((each) => ({ hour: hour - back, ...each, sums }));
    await store.records.write(batchOf({ seq: back + 1, hours, attempts }));
  }
  const today = Math.floor(hour / 24);
  for (let back = 0; back < 365; back++) {
    const usage = Array.from({ length: 150 }, (_, n) => ({
      day: today - back,
      tenant: `tenant_${n % 5}`,
      keyId: `key_${n % 50}`,
      chain: 'default',
      provider: 'a',
      model: `model-${n % 3}`,
      requests: 1,
      inputTokens: 1,
      cachedInputTokens: 0,
      outputTokens: 1,
      reasoningTokens: 0,
      costNano: 1000,
      estimatedNano: 0,
      unknownCost: 0,
    }));
    await store.records.write(batchOf({ writer: 'days', seq: back + 1, usage }));
  }
}

/** What the pages of the dashboard read for their charts and tables, and their limits in milliseconds. */
const REPORTS: Readonly<Record<string, readonly [path: string, days: number, query: string, limit: number]>> = {
  'a day by hour': ['usage', 1, 'by=hour', 50],
  'a week by hour': ['usage', 6, 'by=hour', 50],
  'a month by day and code': ['usage', 29, 'by=day&by=code', 50],
  'a day by chain and model': ['usage', 1, 'by=chain&by=provider&by=model&by=code', 50],
  'attempts of a week': ['providers/health', 6, '', 50],
  'a year by key': ['usage', 364, 'by=key', 150],
  'a year by day': ['usage', 364, 'by=day', 150],
};

/** How long the reports take, through the API. */
async function measureReports(name: string, fetchLike: typeof fetch): Promise<void> {
  for (const [what, [path, days, query, limit]] of Object.entries(REPORTS)) {
    const from = new Date(systemClock.now() - days * 24 * HOUR_MS).toISOString();
    const times: number[] = [];
    for (let n = 0; n < QUERIES; n++) {
      const startedAt = performance.now();
      const response = await fetchLike(`http://x/v1/${path}?from=${from}&${query}`);
      const { data } = (await response.json()) as { readonly data: readonly unknown[] };
      if (!response.ok || data.length === 0) throw new Error(`nothing for ${what}: ${response.status}`);
      times.push(performance.now() - startedAt);
    }
    const p99 = percentile(times, 0.99);
    row(`${name}: ${what}, p99 ms`, p99, `< ${limit}`, p99 < limit);
  }
}

async function measure(name: string, url: `sqlite:${string}` | `postgres://${string}`): Promise<void> {
  const options = { clock: systemClock, signal: new AbortController().signal };
  {
    await using store = await openStore(url, options);
    const startedAt = performance.now();
    await fill(store);
    row(`${name}: us to write a row`, ((performance.now() - startedAt) * 1000) / ROWS, '', true);
    await fillSums(store);
  }
  const config: ConfigInput = {
    providers: { a: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'k' } },
    chains: { default: { entries: ['a/m', 'a/model-1', 'a/model-2', 'a/model-3', 'a/model-4', 'a/model-5'] } },
    store: { url },
    log: { user: 'plain' },
  };
  const gateway = await createGateway(config, { environment: {}, onProblem: (problem) => console.log(problem) });
  const list = async (query: string): Promise<number> => {
    const startedAt = performance.now();
    const response = await gateway.fetch(`http://x/v1/requests?${query}`);
    const { data } = (await response.json()) as RequestList;
    if (!response.ok || data.length === 0) throw new Error(`no rows for ${query}: ${response.status}`);
    return performance.now() - startedAt;
  };
  await list('');
  for (const [what, search] of Object.entries(SEARCHES)) {
    const times: number[] = [];
    for (let n = 0; n < QUERIES; n++) times.push(await list(search(n)));
    const p99 = percentile(times, 0.99);
    row(`${name}: ${what}, p99 ms`, p99, '< 100', p99 < 100);
  }
  await measureReports(name, gateway.fetch);
  const unindexed: number[] = [];
  for (let n = 0; n < 10; n++) {
    const startedAt = performance.now();
    await (await gateway.fetch('http://x/v1/requests?chain=rare&limit=200')).text();
    unindexed.push(performance.now() - startedAt);
  }
  row(`${name}: a rare chain, slowest page in ms`, Math.max(...unindexed), '< 400', Math.max(...unindexed) < 400);
  const startedAt = performance.now();
  const forgotten = await post(gateway.fetch, 'http://x/v1/requests/forget', { user: 'user_forgotten00000000000000' });
  const { deleted } = (await forgotten.json()) as { deleted: number };
  const seconds = (performance.now() - startedAt) / 1000;
  row(`${name}: rows of one user forgotten`, deleted, `= ${FORGOTTEN}`, deleted === FORGOTTEN);
  row(`${name}: seconds for it`, seconds, '< 60', seconds < 60);
  await gateway.close();
  await ingest(name, await openStore(url, options));
}

/** The longest turn of the event loop while something is done so many times a second, in milliseconds. */
async function longestTurn(work: () => void): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const startedAt = performance.now();
  for (let n = 0; n < PER_SECOND * INGEST_SECONDS; n++) {
    const due = startedAt + (n * 1000) / PER_SECOND - performance.now();
    if (due > 1) await wait(due);
    // Neither the first connection nor the first compilation counts.
    if (n === PER_SECOND * 2) delay.enable();
    work();
  }
  delay.disable();
  return delay.max / 1e6;
}

/** Ends so many requests a second, and looks at how long the event loop is held. */
async function ingest(name: string, store: Store): Promise<void> {
  await using _closing = store;
  const settings = logSettings({});
  const log = createRequestLog({
    store,
    clock: systemClock,
    process: 'ingest',
    random: Math.random,
    settings: () => settings,
    exporter: { isActive: false, add: () => undefined, counters: { sent: 0, dropped: 0 } },
    onProblem: (problem) => console.log(problem),
  });
  const ended = (): void => {
    const trail = [{ provider: 'a', model: 'm', outcome: 'answered', startedMs: 1, durationMs: 4 }] as const;
    log.listen(finishedEvent({ acceptedAt: systemClock.now() - 5, user: 'ann', trail }));
  };
  // What else runs on the machine delays turns, too.
  row(`${name}: longest turn without rows, ms`, await longestTurn(() => undefined), '', true);
  const longest = await longestTurn(ended);
  await log[Symbol.asyncDispose]();
  row(`${name}: longest turn at ${PER_SECOND} rows a second, ms`, longest, '< 20', longest < 20);
  const { rows, dropped } = log.counters;
  const lost = PER_SECOND * INGEST_SECONDS - rows;
  row(
    `${name}: rows that were not written`,
    lost,
    '0',
    lost === 0 && Object.values(dropped).every((count) => count === 0),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-soak-'));
try {
  await measure('SQLite', `sqlite:${join(folder, 'spillway.db')}`);
  if (POSTGRES === undefined) console.log('skipped: postgres not found');
  else {
    await using server = await PostgresServer.start();
    await measure('PostgreSQL', server.url(await server.createDatabase()));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);
