import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RedisAddress, redisTarget } from '../../src/config/redis-address.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { type RedisError, toRedisError } from '../../src/redis/redis-error.ts';
import { reservePort } from '../helpers/listen.ts';
import { REDIS, RedisServer, redisTitle } from '../helpers/redis.ts';
import { CA_FILE, certified } from '../helpers/secure.ts';

const FILES = join(import.meta.dirname, '..', 'helpers', 'fixtures');

describe.skipIf(REDIS === undefined)(redisTitle('a connection to Redis'), () => {
  test('uses the user, the password and the database of its URL', async () => {
    await using server = await RedisServer.start({ settings: { user: 'us>er on >p@ss/word ~* &* +@all' } });
    const address: RedisAddress = { kind: 'server', ...redisTarget(`${server.url('us%3Eer:p%40ss%2Fword')}/3`) };
    await using connection = await connectRedis(address, { name: 'own' });
    expect(await connection.opened).toBeUndefined();
    await connection.client.set('k', 'v');
    expect(await server.run(['SELECT', '3'], ['GET', 'k'])).toEqual(['OK', 'v']);
    expect(await server.run(['CLIENT', 'LIST'])).toEqual([expect.stringMatching(/name=own .* user=us>er /)]);
  });

  test('connects by TLS and trusts the given authority, and no other', async () => {
    const port = await reservePort();
    const settings = {
      'tls-port': String(port),
      'tls-cert-file': join(FILES, 'server.pem'),
      'tls-key-file': join(FILES, 'server.key'),
      'tls-ca-cert-file': CA_FILE,
      'tls-auth-clients': 'no',
    };
    await using _server = await RedisServer.start({ settings });
    const address: RedisAddress = { kind: 'server', ...redisTarget(`rediss://127.0.0.1:${port}`) };
    await using trusting = await connectRedis(address, { name: 'test', ca: certified().ca });
    expect(await trusting.opened).toBeUndefined();
    expect(await trusting.client.ping()).toBe('PONG');
    await using other = await connectRedis(address, { name: 'test' });
    expect(await other.opened).toMatchObject({
      problem: 'unreachable',
      message: expect.stringContaining('certificate'),
    });
  });

  test('rejects at once without a connection, and is opened again by itself', async () => {
    await using server = await RedisServer.start();
    const problems: RedisError[] = [];
    await using connection = await connectRedis(server.address(), {
      name: 'test',
      onProblem: (error) => problems.push(error),
    });
    expect(await connection.opened).toBeUndefined();
    await server.stop();
    await expect.poll(() => problems.length).toBeGreaterThan(0);
    const refused: unknown = await connection.client.ping().catch((error: unknown) => error);
    expect(toRedisError(refused)).toMatchObject({ problem: 'unreachable', message: 'not connected' });
    await server.start();
    await expect.poll(() => connection.client.ping().catch(() => undefined)).toBe('PONG');
  });

  test('a command whose reply was lost with the connection is not sent again', async () => {
    await using server = await RedisServer.start();
    await using connection = await connectRedis(server.address(), { name: 'test' });
    expect(await connection.opened).toBeUndefined();
    const [id] = await connection.client.call('CLIENT', 'ID').then((each) => [Number(each)]);
    server.signal('SIGSTOP');
    const lost = connection.client.incr('count').catch(toRedisError);
    const cut = server.run(['CLIENT', 'KILL', 'ID', String(id)]);
    server.signal('SIGCONT');
    await cut;
    const outcome = await lost;
    await expect.poll(() => connection.client.ping().catch(() => undefined)).toBe('PONG');
    const [count] = await server.run(['GET', 'count']);
    expect(typeof outcome === 'number' || outcome.problem === 'unreachable').toBe(true);
    expect(count).toBe('1');
  });

  test('a closed one stays closed, and may be closed twice', async () => {
    await using server = await RedisServer.start();
    const connection = await connectRedis(server.address(), { name: 'own' });
    expect(await connection.opened).toBeUndefined();
    await connection[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();
    expect(toRedisError(await connection.client.ping().catch((error: unknown) => error)).problem).toBe('unreachable');
    expect(await server.run(['CLIENT', 'LIST'])).toEqual([expect.not.stringContaining('name=own ')]);
  });

  test('follows Sentinels to the primary, and to the next one', { timeout: 40_000 }, async () => {
    await using first = await RedisServer.start();
    await using second = await RedisServer.start({ settings: { replicaof: `127.0.0.1 ${first.port}` } });
    const settings = {
      'sentinel monitor': `primary 127.0.0.1 ${first.port} 1`,
      'sentinel down-after-milliseconds': 'primary 500',
      'sentinel failover-timeout': 'primary 2000',
    };
    await using sentinel = await RedisServer.start({ sentinel: true, settings });
    const address: RedisAddress = {
      kind: 'sentinel',
      name: 'primary',
      sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
      sentinelAccess: { username: undefined, password: undefined, db: 0, tls: false },
      access: { username: undefined, password: undefined, db: 0, tls: false },
    };
    await using connection = await connectRedis(address, { name: 'test' });
    expect(await connection.opened).toBeUndefined();
    const port = (): Promise<unknown> => connection.client.config('GET', 'port').catch(() => undefined);
    expect(await port()).toEqual(['port', String(first.port)]);
    // A Sentinel elects only a replica that it knows.
    await expect
      .poll(() => sentinel.run(['SENTINEL', 'replicas', 'primary']).then(String), { timeout: 20_000 })
      .toContain(String(second.port));
    await first.stop();
    await expect.poll(port, { timeout: 30_000 }).toEqual(['port', String(second.port)]);
    await expect.poll(() => connection.client.set('k', 'v').catch(() => undefined), { timeout: 10_000 }).toBe('OK');
  });
});

test('errors are classified, and keep no arguments', () => {
  const reply = (message: string): Error =>
    Object.assign(new Error(message), { name: 'ReplyError', command: { args: ['secret'] } });
  const problems = [
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    'NOAUTH Authentication required.',
    'CLUSTERDOWN The cluster is down',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'ERR no such thing',
  ].map((message) => toRedisError(reply(message)).problem);
  expect(problems).toEqual(['loading', 'readonly', 'full', 'forbidden', 'down', 'refused', 'refused']);
  expect(toRedisError(new Error('connect ECONNREFUSED 127.0.0.1:1')).problem).toBe('unreachable');
  expect(JSON.stringify(toRedisError(reply('ERR x')))).not.toContain('secret');
});
