import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RedisAddress } from '../../../src/config/redis-address.ts';
import { PLAIN_RULES } from '../../../src/domain/limits.ts';
import { RedisError } from '../../../src/redis/redis-error.ts';
import { openRedisCounts, type RedisCounts } from '../../../src/state/redis/redis-counts.ts';
import type { SyncRequest } from '../../../src/state/shared/counts.ts';
import type { News } from '../../../src/state/shared/news.ts';
import { reservePort } from '../../helpers/listen.ts';
import { REDIS, RedisServer, redisTitle } from '../../helpers/redis.ts';

const ACCESS = { username: undefined, password: undefined, db: 0, tls: false };
const SLOTS = 16_384;
const NODES = 3;
const NEWS: News = { kind: 'breaker_open', server: 's', retryAt: 1, wait: 1 };
/** More than enough for each node to serve some of them. */
const ACCOUNTS = Array.from({ length: 30 }, (_, index) => `account ${index}`);

/** A request of a process that holds what its earlier ones have taken. */
function requestOf(account: string, number: number): SyncRequest {
  const amounts = { requestsPerMinute: number, tokensPerMinute: number, requestsPerDay: number, tokensPerDay: number };
  const keys = ['one', 'other'].map((key) => ({
    key,
    rules: PLAIN_RULES,
    limits: { requestsPerMinute: 3 },
    booked: { running: number, ...amounts },
    changes: [],
    ends: {},
  }));
  const parts = [0, 1].map((key) => ({ key, tokens: 1, minimumTokens: 1 }));
  return { account, process: 'a', number, lease: 30_000, keys, takes: [{ parts }] };
}

async function isWhole(node: RedisServer): Promise<void> {
  const [info] = await node.run(['CLUSTER', 'INFO']);
  expect(String(info)).toMatch(/cluster_state:ok[^]*cluster_known_nodes:3/);
}

/** Starts nodes, and makes a Cluster of them in which each serves a part of the slots. */
async function startCluster(stack: AsyncDisposableStack): Promise<readonly RedisServer[]> {
  const nodes: RedisServer[] = [];
  const ports: number[] = [];
  for (let each = 0; each < NODES; each++) {
    const port = await reservePort();
    const settings = {
      'cluster-enabled': 'yes',
      'cluster-port': String(port),
      'cluster-node-timeout': '2000',
      'cluster-require-full-coverage': 'no',
    };
    nodes.push(stack.use(await RedisServer.start({ settings })));
    ports.push(port);
  }
  const [first] = nodes;
  for (const [index, node] of nodes.entries()) {
    const from = Math.floor((SLOTS * index) / NODES);
    const to = Math.floor((SLOTS * (index + 1)) / NODES) - 1;
    await node.run(['CLUSTER', 'ADDSLOTSRANGE', String(from), String(to)]);
    await first?.run(['CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(ports[index])]);
  }
  for (const node of nodes) await vi.waitFor(() => isWhole(node), { timeout: 20_000, interval: 50 });
  return nodes;
}

describe.skipIf(REDIS === undefined)(redisTitle('the ledger in a Cluster'), () => {
  const stack = new AsyncDisposableStack();
  let nodes: readonly RedisServer[] = [];
  beforeAll(async () => {
    nodes = await startCluster(stack);
  }, 40_000);
  afterAll(() => stack.disposeAsync());

  function address(): RedisAddress {
    return { kind: 'cluster', servers: nodes.map(({ port }) => ({ host: '127.0.0.1', port })), access: ACCESS };
  }

  async function open(process: string, at = address()): Promise<RedisCounts> {
    const counts = await openRedisCounts({ address: at, prefix: 'sw', process });
    expect(await counts.opened).toBeUndefined();
    return counts;
  }

  test('counts the accounts of all nodes, each in one slot', async () => {
    await using counts = await open('a');
    for (const account of ACCOUNTS) {
      const replies = [];
      for (let number = 0; number < 4; number++) replies.push(await counts.sync(requestOf(account, number)));
      expect(replies.map(({ takes: [taken] }) => taken?.kind)).toEqual(['taken', 'taken', 'taken', 'refused']);
    }
    const sizes = await Promise.all(nodes.map((node) => node.run(['DBSIZE'])));
    for (const [size] of sizes) expect(size).toBeGreaterThan(0);
  });

  test('news reach processes at every node, and beats count all', async () => {
    const processes = await Promise.all(
      nodes.map(({ port }, index) =>
        open(`p${index}`, { kind: 'cluster', servers: [{ host: '127.0.0.1', port }], access: ACCESS }),
      ),
    );
    const heard = processes.map((counts) => {
      const news: (News | undefined)[] = [];
      counts.watch((each) => news.push(each));
      return news;
    });
    await expect
      .poll(() => heard.every(([first], index) => heard[index]?.length === 1 && first === undefined))
      .toBe(true);
    const [from] = processes;
    await from?.publish(NEWS);
    await expect.poll(() => heard).toEqual([[undefined], [undefined, NEWS], [undefined, NEWS]]);
    expect(await processes[1]?.current()).toEqual([NEWS]);
    expect(await processes[1]?.elect('s', 1000)).toBe(true);
    expect(await processes[2]?.elect('s', 1000)).toBe(false);
    for (const counts of processes) await counts.beat(undefined);
    expect(await from?.beat(undefined)).toMatchObject({ processes: 3, restored: 0 });
    await Promise.all(processes.map((counts) => counts[Symbol.asyncDispose]()));
  });

  test('the loss of a node fails what it serves and leaves news to the others', { timeout: 30_000 }, async () => {
    await using counts = await open('a');
    const heard: (News | undefined)[] = [];
    counts.watch((news) => heard.push(news));
    await expect.poll(() => heard).toEqual([undefined]);
    const [first] = nodes;
    await first?.stop();
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual([undefined, undefined]);
    const sync = (account: string): Promise<boolean> =>
      counts.sync(requestOf(account, 9)).then(
        () => true,
        (error: unknown) => !(error instanceof RedisError),
      );
    const answers = await Promise.all(ACCOUNTS.map(sync));
    expect(new Set(answers)).toEqual(new Set([true, false]));
    await first?.start();
    const all = (): Promise<readonly boolean[]> => Promise.all(ACCOUNTS.map(sync));
    await expect.poll(async () => (await all()).every(Boolean), { timeout: 20_000 }).toBe(true);
  });
});
