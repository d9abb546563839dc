import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openForCommand } from '../../src/cli/configured-store.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import { temporaryFolder } from '../helpers/store.ts';

test('a server that accepts connections and says nothing is given up in time, in words that name the configuration', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  using _closing = closing(server);
  const port = await listenOnLoopback(server);
  const late = new AbortController();
  const connected = once(server, 'connection');
  await using stack = new AsyncDisposableStack();
  const url = `postgres://spillway:not-to-be-printed@127.0.0.1:${port}/db` as const;
  const opening = openForCommand({ url, migrate: false, source: 'spillway.yaml' }, stack, late.signal);
  const failure = expect(opening).rejects.toThrow(
    new UsageError('spillway.yaml: the store of store.url did not open in time; try again'),
  );
  await connected;
  late.abort();
  await failure;
});

test('a store that cannot be opened is an error of the user, and one that can is closed with the stack', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${folder.file}` as const;
  {
    await using stack = new AsyncDisposableStack();
    const store = await openForCommand({ url, migrate: true, source: 'spillway.yaml' }, stack);
    expect(await store.records.spend(0)).toEqual([]);
  }
  // SQLite removes it with the last connection.
  expect(existsSync(`${folder.file}-wal`)).toBe(false);
  await using stack = new AsyncDisposableStack();
  const missing = `sqlite:${folder.path}/none/store.db` as const;
  await expect(openForCommand({ url: missing, migrate: true, source: 'spillway.yaml' }, stack)).rejects.toThrow(
    UsageError,
  );
});
