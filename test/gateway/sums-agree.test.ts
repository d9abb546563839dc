import { expect, test } from 'vitest';
import type { ProviderHealth, RequestList, UsageGroup, UsageSummary } from '../../client/index.ts';
import { chatCompletion, chatStream, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { openRaw, temporaryFolder } from '../helpers/store.ts';

const KEYS = ['one', 'two'].map((name) => ({
  name,
  key: `key-of-caller-${name}-0123456789`,
  budgets: [{ amount: 1000, period: 'total' as const }],
}));
const nanoOf = (usd: number | null): number => Math.round((usd ?? 0) * 1e9);

test('rows, sums by day and by hour, attempts, and what is spent agree to the nano-dollar', async () => {
  using folder = temporaryFolder();
  let n = 0;
  const script = (request: ScriptedRequest): Reply => {
    n++;
    if (n % 3 === 0) return openaiError(500, 'down');
    const streams = request.body.includes('"stream":true');
    return streams
      ? chatStream({ content: 'several words '.repeat((n % 7) + 1) })
      : chatCompletion({ content: 'ok '.repeat((n % 5) + 1) });
  };
  const last = chatCompletion({ content: 'from the second entry' });
  let list: RequestList;
  let health: ProviderHealth;
  const sums = new Map<string, UsageSummary>();
  {
    await using rig = await startRig([script, last], {
      // Costs that are no round numbers.
      provider: { models: { '*': { price: { input: 0.123_457, output: 7.891_011 } } } },
      config: { auth: { keys: KEYS }, store: { url: `sqlite:${folder.file}` } },
    });
    for (let request = 0; request < 60; request++) {
      const { key } = KEYS[request % 2]!;
      const body = { ...HELLO, model: request % 10 === 9 ? 'none' : 'default', stream: request % 4 === 0 };
      const response = await post(fetch, `${rig.url}/v1/chat/completions`, body, {
        headers: { authorization: `Bearer ${key}` },
      });
      await response.text();
    }
    await expect
      .poll(async () => (await rig.gateway.caller.requests.list({ limit: 200 })).data.length, { timeout: 10_000 })
      .toBe(60);
    list = await rig.gateway.caller.requests.list({ limit: 200 });
    health = await rig.gateway.caller.providers.health();
    for (const by of ['day', 'key', 'chain', 'provider', 'model', 'hour', 'code'] satisfies UsageGroup[])
      sums.set(by, await rig.gateway.caller.usage.summary({ by: [by] }));
  }
  const rows = list.data.filter(({ chain }) => chain !== null);
  const total = rows.reduce((sum, { cost_usd: usd }) => sum + nanoOf(usd), 0);
  expect(total).toBeGreaterThan(0);
  for (const [by, { data, total: all }] of sums) {
    const summed = data.reduce((sum, row) => sum + nanoOf(row.cost_usd), 0);
    expect([by, summed, nanoOf(all.cost_usd)]).toEqual([by, total, total]);
    expect([by, all.requests, all.input_tokens, all.output_tokens]).toEqual([
      by,
      rows.length,
      rows.reduce((sum, { usage }) => sum + (usage?.input_tokens ?? 0), 0),
      rows.reduce((sum, { usage }) => sum + (usage?.output_tokens ?? 0), 0),
    ]);
  }
  const ended = new Map<string, number>();
  for (const { provider, model, outcome } of rows.flatMap(({ trail }) =>
    trail.filter((step) => step.outcome !== 'skipped'),
  )) {
    const name = `${provider}/${model} ${outcome}`;
    ended.set(name, (ended.get(name) ?? 0) + 1);
  }
  const counted = health.data.map(
    ({ provider, model, outcome, attempts }) => [`${provider}/${model} ${outcome}`, attempts] as const,
  );
  expect(ended.size).toBeGreaterThan(2);
  expect(new Map(counted)).toEqual(ended);
  const byKey = new Map(sums.get('key')?.data.map(({ key, cost_usd: usd }) => [key, nanoOf(usd)]));
  using raw = openRaw(folder.file);
  // What is spent is exact once the gateway has ended.
  const spent = raw.prepare('select owner, nano from spend').all();
  expect(new Map(spent.map(({ owner, nano }) => [String(owner).slice('key:'.length), nano]))).toEqual(byKey);
  expect(sums.get('code')?.data).toMatchObject([
    { code: 'ok', failovers: rows.filter(({ attempts }) => attempts > 1).length },
  ]);
});
