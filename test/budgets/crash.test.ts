import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chatCompletion, startScriptedUpstream } from '../../src/testing/index.ts';
import { run } from '../helpers/cli.ts';

const KEY = 'sk-a-key-of-the-file-0123456789';
/** US dollars per million tokens; the scripted answer has 12 tokens of output. */
const PRICE = { input: 0, output: 10 };
const COST = 12 * 10_000;
/** At most this much of the last spend may be lost, in milliseconds. */
const LOST_MS = 200;

function configIn(folder: string, upstream: string): string {
  const file = join(folder, 'spillway.json');
  const config = {
    auth: { keys: [{ name: 'ci', key: KEY, budgets: [{ amount: 1000, period: 'total' }] }] },
    providers: { a: { baseUrl: upstream, apiKey: 'k', models: { m: { price: PRICE } } } },
    chains: { default: { entries: ['a/m'] } },
    store: { url: `sqlite:${join(folder, 'spillway.db')}` },
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function serve(file: string): ReturnType<typeof run> {
  return run(['serve', '--config', file, '--port', '0', '--log-level', 'warn']);
}

async function urlOf(gateway: ReturnType<typeof run>): Promise<string> {
  return (await gateway.says(/http:\/\/127\.0\.0\.1:\d+/))[0];
}

const ask = (url: string, body: object = {}): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'default', max_tokens: 12, messages: [{ role: 'user', content: 'Hi' }], ...body }),
  });

/** What the file has of the key's budget, in nano-dollars. */
function storedIn(folder: string): number {
  using database = new DatabaseSync(join(folder, 'spillway.db'), { readOnly: true });
  return Number(database.prepare('select coalesce(sum(nano), 0) as nano from spend').get()?.['nano']);
}

/** Times of the answers of a gateway that is asked by several clients until `stop` says so. */
async function answersUntil(url: string, stop: (answers: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  let stopped = false;
  const client = async (): Promise<void> => {
    while (!stopped) {
      const response = await ask(url).catch(() => undefined);
      if (response === undefined) return;
      if (response.ok && (await response.text().catch(() => '')) !== '') times.push(performance.now());
      stopped ||= stop(times.length);
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return times;
}

test('a killed gateway loses at most 200 ms of spend, and leaves nothing reserved', { timeout: 60_000 }, async () => {
  await using upstream = await startScriptedUpstream({ script: chatCompletion({ content: 'Hi' }) });
  const folder = mkdtempSync(join(tmpdir(), 'spillway-crash-'));
  try {
    const file = configIn(folder, upstream.baseUrl);
    const first = serve(file);
    let killedAt = Infinity;
    const times = await answersUntil(await urlOf(first), (answers) => {
      if (answers < 400) return false;
      if (killedAt === Infinity) {
        killedAt = performance.now();
        first.child.kill('SIGKILL');
      }
      return true;
    });
    await first.exit;
    const settled = times.filter((time) => time < killedAt - LOST_MS).length;
    expect(settled).toBeGreaterThan(50);
    expect(storedIn(folder)).toBeGreaterThanOrEqual(settled * COST);
    expect(storedIn(folder)).toBeLessThanOrEqual((times.length + 8) * COST);

    await using second = serve(file);
    const stored = storedIn(folder);
    const { headers } = await ask(await urlOf(second), { max_tokens: 1 });
    const left = Number(headers.get('x-spillway-budget-remaining')) * 1e9;
    expect(Math.round(left)).toBe(1000e9 - stored - 10_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a gateway that is shut down loses nothing', { timeout: 60_000 }, async () => {
  await using upstream = await startScriptedUpstream({ script: chatCompletion({ content: 'Hi' }) });
  const folder = mkdtempSync(join(tmpdir(), 'spillway-crash-'));
  try {
    const gateway = serve(configIn(folder, upstream.baseUrl));
    const url = await urlOf(gateway);
    for (let n = 0; n < 20; n++) expect((await ask(url)).status).toBe(200);
    gateway.child.kill('SIGTERM');
    await once(gateway.child, 'exit');
    expect(storedIn(folder)).toBe(20 * COST);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
