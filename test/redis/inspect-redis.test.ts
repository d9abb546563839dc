import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { redisTarget } from '../../src/config/redis-address.ts';
import { inspectRedis } from '../../src/redis/inspect-redis.ts';
import { closing, listenOnLoopback, reservePort } from '../helpers/listen.ts';
import { REDIS, REDIS_PROGRAMS, RedisServer, type RedisServerOptions, redisTitle } from '../helpers/redis.ts';

async function inspect(options: RedisServerOptions, login?: string) {
  await using server = await RedisServer.start(options);
  return await inspectRedis(server.address(login), { prefix: 'sw' });
}

describe.skipIf(REDIS === undefined)(redisTitle('an inspected Redis'), () => {
  test.each(REDIS_PROGRAMS)('%s can be used', async (program) => {
    const { problems, warnings, version } = await inspect({ program });
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(version).toMatch(program === 'redis-server' ? /^Redis \d+\.\d+/ : /^Valkey \d+\.\d+/);
  });

  test.each(['volatile-lru', 'noeviction'])('which evicts by %s loses no counts', async (policy) => {
    expect((await inspect({ settings: { 'maxmemory-policy': policy } })).warnings).toEqual([]);
  });

  test('which evicts any key is a warning', async () => {
    const { problems, warnings } = await inspect({ settings: { 'maxmemory-policy': 'allkeys-lfu' } });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      'evicts any key when its memory is full, and counts with them (maxmemory-policy allkeys-lfu); set it to noeviction',
    ]);
  });

  test.each([
    [
      'without a password',
      undefined,
      'refuses the login; check user, password and rights (NOAUTH Authentication required.)',
    ],
    ['with a wrong one', ':wrong-password', 'refuses the login; check user, password and rights (WRONGPASS'],
  ])('which wants a password, %s', async (_, login, problem) => {
    const { problems } = await inspect({ settings: { requirepass: 'right-password' } }, login);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(String(problems)).not.toMatch(/(?:wrong|right)-password/);
  });

  test('which is a replica takes no writes', async () => {
    await using primary = await RedisServer.start();
    const { problems } = await inspect({ settings: { replicaof: `127.0.0.1 ${primary.port}` } });
    expect(problems).toEqual([expect.stringMatching(/^takes no writes; write the address of the primary \(READONLY/)]);
  });

  test('whose memory is used up', async () => {
    const { problems } = await inspect({ settings: { maxmemory: '1kb' } });
    expect(problems).toEqual([expect.stringMatching(/^has no memory left; raise maxmemory \(OOM/)]);
  });

  test('whose user may not run scripts', async () => {
    const settings = { user: 'limited on >pw ~* &* +@all -@scripting' };
    const { problems } = await inspect({ settings }, 'limited:pw');
    expect(problems).toEqual([expect.stringMatching(/^refuses the login; check user, password and rights \(NOPERM/)]);
  });

  test('whose user may not read its settings says what to look at', async () => {
    const settings = { user: 'limited on >pw ~* &* +@all -info -config' };
    const { problems, warnings } = await inspect({ settings }, 'limited:pw');
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('does not say its maxmemory-policy')]);
  });
});

test('a server that does not run cannot be reached', async () => {
  const address = { kind: 'server', ...redisTarget(`redis://127.0.0.1:${await reservePort()}`) } as const;
  const { problems } = await inspectRedis(address, { prefix: 'sw' });
  expect(problems).toEqual([
    expect.stringMatching(/^cannot be reached; check the address, and that it runs \(.*ECONNREFUSED/),
  ]);
});

test('an old version is refused, whatever it can do', async () => {
  const info = 'redis_version:6.0.16\r\nmaxmemory_policy:noeviction\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const command of String(data).split(/(?=\*\d+\r\n)/))
        socket.write(command.includes('info') ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
    });
  });
  using _ = closing(server);
  const address = { kind: 'server', ...redisTarget(`redis://127.0.0.1:${await listenOnLoopback(server)}`) } as const;
  const { problems } = await inspectRedis(address, { prefix: 'sw' });
  expect(problems).toEqual(['is Redis 6.0.16; upgrade it to 6.2 or later']);
});
