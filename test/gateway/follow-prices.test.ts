import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPriceFile } from '../../src/config/price-file.ts';
import type { Price } from '../../src/domain/chain.ts';
import { followPrices } from '../../src/gateway/follow-prices.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { folderOf } from '../helpers/program.ts';

const line = (input: number): string => `a/model-a: { input: ${input}, output: 0 }\n`;

test('a changed file of prices counts without a restart, and one with a mistake changes nothing', async () => {
  await using folder = await folderOf({ 'prices.yaml': line(1) });
  const file = join(folder.path, 'prices.yaml');
  const used: (Price | undefined)[] = [];
  const problems: string[] = [];
  const clock = fakeClock();
  using follower = followPrices({
    prices: { load: () => undefined, useFile: (prices) => void used.push(prices.get('a/model-a')) },
    clock,
    onProblem: (problem) => problems.push(problem),
  });
  const input = (): number | undefined => used.at(-1)?.input;
  const polled = async (until: () => boolean): Promise<void> =>
    await expect.poll(() => (clock.advance(500), until()), { timeout: 10_000 }).toBe(true);
  const present = readPriceFile(file);
  if (!present.ok) throw new Error(JSON.stringify(present.problems));
  follower.follow(file, present.prices);
  expect(input()).toBe(1);
  await writeFile(file, line(2.5));
  await polled(() => input() === 2.5);
  await writeFile(file, line(-1));
  await polled(() => problems.length === 1);
  expect(problems[0]).toMatch(/^prices\.file: .*a\/model-a\.input.*The earlier prices stay\.$/);
  expect(input()).toBe(2.5);
  follower.follow(undefined, new Map());
  expect(input()).toBeUndefined();
});

test('the price lists are loaded after the start, and not before', () => {
  let loads = 0;
  const clock = fakeClock();
  using _ = followPrices({
    prices: { load: () => loads++, useFile: () => undefined },
    clock,
    onProblem: () => undefined,
  });
  clock.advance(199);
  expect(loads).toBe(0);
  clock.advance(1);
  expect(loads).toBe(1);
});

test('a gateway prices by its file, refuses to start or to reload with a wrong one, and follows a reload', async () => {
  await using folder = await folderOf({
    'one.yaml': line(100),
    'two.json': '{"a/model-a":{"input":200,"output":0}}',
    'bad.yaml': 'a: 1\n',
  });
  const at = (name: string): { file: string } => ({ file: join(folder.path, name) });
  await using rig = await startRig([chatCompletion({ content: 'Hi' })], { config: { prices: at('one.yaml') } });
  const nano = async (n: number): Promise<unknown> => {
    await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
    return (await rig.ended(n)).cost.nano;
  };
  // The scripted prompt has 9 tokens.
  expect(await nano(0)).toBe(900_000);
  const { providers, chains, defaults } = config(rig.upstreams[0]?.baseUrl ?? '');
  await expect(rig.gateway.reload({ providers, chains, defaults, prices: at('bad.yaml') })).rejects.toThrow(
    /prices\.file: file '.*bad\.yaml', a/,
  );
  expect(await nano(1)).toBe(900_000);
  await rig.gateway.reload({ providers, chains, defaults, prices: at('two.json') });
  expect(await nano(2)).toBe(1_800_000);
  await expect(createGateway({ providers, chains, prices: at('no.yaml') })).rejects.toThrow(
    /prices\.file: file '.*no\.yaml' does not exist/,
  );
});

function config(baseUrl: string): Parameters<typeof createGateway>[0] {
  return {
    providers: { a: { baseUrl, apiKey: 'none' } },
    chains: { default: { entries: ['a/model-a'] } },
    defaults: { chain: 'default' },
  };
}
