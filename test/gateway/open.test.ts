import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/open.ts';
import { chunk, type Reply } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import { principalOf } from '../helpers/principal.ts';
import { folderOf, runProgram } from '../helpers/program.ts';
import { openRaw, temporaryFolder } from '../helpers/store.ts';

/** A stream whose provider falls silent after one token. */
const HANGS: Reply = {
  headers: { 'content-type': 'text/event-stream' },
  chunks: [chunk({ delta: { role: 'assistant', content: '' } }), chunk({ delta: { content: 'Hello' } })],
  end: 'hang',
};

const CONFIG = {
  providers: { a: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'none' } },
  chains: { default: { entries: ['a/model-a'] } },
};

test('a gateway without a store keeps no process alive that has nothing else to do', { timeout: 30_000 }, async () => {
  const index = new URL('../../src/index.ts', import.meta.url).href;
  await using folder = await folderOf({
    'prices.yaml': 'a/model-a: { input: 1, output: 1 }\n',
    'main.mjs': `import { createGateway } from ${JSON.stringify(index)};
      const config = { ...${JSON.stringify(CONFIG)}, prices: { file: 'prices.yaml' } };
      const gateway = await createGateway(config);
      await gateway.fetch('http://x/v1/chat/completions', { method: 'POST', body: ${JSON.stringify(JSON.stringify(HELLO))} });
      console.log('end');`,
  });
  const run = { args: [join(folder.path, 'main.mjs')], cwd: folder.path, env: {}, timeout: 20_000 };
  expect(await runProgram(run)).toMatchObject({ status: 0, stdout: 'end\n' });
});

test('a start that fails after its store was opened closes the store', async () => {
  using folder = temporaryFolder();
  const source = {
    get hasKeys(): boolean {
      throw new Error('no source');
    },
    find: () => undefined,
  };
  const opening = createGateway({ ...CONFIG, store: { url: `sqlite:${folder.file}` } }, { keySources: [source] });
  await expect(opening).rejects.toThrow('no source');
  // SQLite removes its log when the last connection is closed.
  expect([existsSync(folder.file), existsSync(`${folder.file}-wal`)]).toEqual([true, false]);
});

test('a database server that accepts connections and says nothing delays a start by a few seconds only', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  using _closing = closing(server);
  const url = `postgres://u@127.0.0.1:${await listenOnLoopback(server)}/d`;
  const startedAt = performance.now();
  await using _ = await createGateway({ ...CONFIG, store: { url } }, { onProblem: () => undefined });
  expect(performance.now() - startedAt).toBeLessThan(6000);
}, 30_000);

test('what a request has spent that the close cuts is in the store', async () => {
  using folder = temporaryFolder();
  const budgets = [
    {
      amountNano: 1e9,
      period: 'total',
      timeZone: 'UTC',
      soft: 1,
      models: undefined,
      onUnknownPrice: 'skip',
      onOverrun: 'finish',
    } as const,
  ];
  let nano: number | null;
  {
    await using rig = await startRig([HANGS], {
      config: { store: { url: `sqlite:${folder.file}` } },
      providers: { a: { models: { 'model-a': { price: { input: 0, output: 10 } } } } },
    });
    const fetch = rig.gateway.fetchAs(principalOf('ci', { budgets }));
    const response = await post(fetch, 'http://x/v1/chat/completions', { ...HELLO, stream: true });
    await response.body?.getReader().read();
    await rig.gateway.close();
    ({ nano } = (await rig.ended()).cost);
    expect(nano).toBeGreaterThan(0);
  }
  using database = openRaw(folder.file);
  expect(database.prepare('select sum(nano) as nano from spend').get()).toEqual({ nano });
});
