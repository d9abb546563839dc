// npm run soak, money: a store that does not answer for a minute, under load. No request may fail, and the money must be exact afterwards. Each row is a
// figure and its limit. SECONDS in the environment shortens the outage.
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConfigInput } from '../../src/config/schema.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { chatCompletion, startScriptedUpstream } from '../../src/testing/index.ts';
import { post } from '../helpers/gateway.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { budgetOf } from '../helpers/budget.ts';
import { principalOf } from '../helpers/principal.ts';

const SECONDS = Number(process.env['SECONDS'] || 60);
const PER_SECOND = 500;
/** US dollars per million tokens; the scripted answer has 12 tokens of output. */
const PRICE = { input: 0, output: 10 };
const COST = 12 * 10_000;
/** So much later than before the outage may requests be answered, in milliseconds. */
const LATER_MS = 5;
const KEY = principalOf('ci', {
  budgets: [budgetOf({ amountNano: 1e15, period: 'total' })],
});

let good = true;
function row(what: string, figure: number, limit: string, ok: boolean): void {
  good &&= ok;
  console.log(`${what.padEnd(62)} ${String(figure).padStart(14)}   ${limit.padEnd(14)} ${ok ? 'ok' : 'OVER'}`);
}

/** An outage of a store: how it begins and ends, and what the store has of the budget. */
interface Outage {
  readonly name: string;
  readonly url: string;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
  spent(): Promise<number> | number;
}

async function measure(outage: Outage): Promise<void> {
  const { name, url } = outage;
  await using upstream = await startScriptedUpstream({ script: chatCompletion({ content: 'Hi' }) });
  const config: ConfigInput = {
    providers: { a: { baseUrl: upstream.baseUrl, apiKey: 'k', models: { m: { price: PRICE } } } },
    chains: { default: { entries: ['a/m'] } },
    store: { url },
  };
  const gateway = await createGateway(config, { environment: {}, onProblem: () => undefined });
  const fetchLike = gateway.fetchAs(KEY);
  let failed = 0;
  let sent = 0;
  const ask = async (times: number[]): Promise<void> => {
    sent++;
    const startedAt = performance.now();
    const body = { model: 'default', max_tokens: 12, messages: [{ role: 'user', content: 'Hi' }] };
    const { ok } = await post(fetchLike, 'http://x/v1/chat/completions', body);
    if (!ok) failed++;
    times.push(performance.now() - startedAt);
  };
  const load = async (seconds: number): Promise<number> => {
    const times: number[] = [];
    const running: Promise<void>[] = [];
    const startedAt = performance.now();
    for (let n = 0; n < seconds * PER_SECOND; n++) {
      const due = startedAt + (n * 1000) / PER_SECOND - performance.now();
      if (due > 1) await wait(due);
      running.push(ask(times));
    }
    await Promise.all(running);
    return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
  };
  await load(2);
  const before = await load(5);
  await outage.begin();
  const during = await load(SECONDS);
  await outage.end();
  await load(2);
  await gateway.close();
  row(`${name}: requests`, sent, '', true);
  row(`${name}: failed requests`, failed, '0', failed === 0);
  const later = Math.round(during - before);
  row(`${name}: p99 later than before, ms`, later, `< ${LATER_MS}`, later < LATER_MS);
  const lost = sent * COST - (await outage.spent());
  row(`${name}: nano-dollars that the store lacks`, lost, '0', lost === 0);
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-soak-'));
try {
  const file = join(folder, 'spillway.db');
  let lock: DatabaseSync | undefined;
  await measure({
    name: 'SQLite, the file is locked',
    url: `sqlite:${file}`,
    begin() {
      lock = new DatabaseSync(file);
      lock.exec('begin exclusive');
    },
    end: () => lock?.close(),
    spent() {
      using database = new DatabaseSync(file, { readOnly: true });
      return Number(database.prepare('select sum(nano) as nano from spend').get()?.['nano']);
    },
  });
  if (POSTGRES === undefined) console.log('skipped: postgres not found');
  else {
    await using server = await PostgresServer.start();
    for (const [name, begin, end] of [
      ['PostgreSQL, stopped', () => server.stop(), () => server.start()],
      ['PostgreSQL, hung', () => server.signal('SIGSTOP'), () => server.signal('SIGCONT')],
    ] as const) {
      const database = await server.createDatabase();
      await measure({
        name,
        url: server.url(database),
        begin,
        end,
        async spent() {
          const [found] = await server.query(database, 'select sum(nano)::float8 as nano from spend');
          return Number(found?.['nano']);
        },
      });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);
