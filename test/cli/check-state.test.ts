import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EMPTY, run } from '../helpers/cli.ts';
import { reservePort } from '../helpers/listen.ts';
import { REDIS, RedisServer, redisTitle } from '../helpers/redis.ts';

/** Checks a configuration whose only entry does not answer. */
async function check(redis: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const file = join(EMPTY, 'state.yaml');
  const provider = `providers: { a: { baseUrl: "http://127.0.0.1:${await reservePort()}", private: true } }`;
  writeFileSync(file, `${provider}\nchains: { c: { entries: [a/m] } }\nstate: { redis: "${redis}" }\n`);
  await using checking = run(['check', '--live', '--config', file]);
  return { code: await checking.exit, output: checking.output() };
}

describe.skipIf(REDIS === undefined)(redisTitle('check --live'), () => {
  test('says that the Redis of the state can be used, or what to mend', { timeout: 30_000 }, async () => {
    await using server = await RedisServer.start({
      settings: { requirepass: 'right-password', 'maxmemory-policy': 'allkeys-lru' },
    });
    const where = `state.redis: redis://127.0.0.1:${server.port}`;
    const usable = await check(server.url(':right-password'));
    expect(usable.output).toMatch(
      new RegExp(`^warning: ${where} evicts any key.*\\n${where} can be used \\(Redis \\d`, 'm'),
    );
    expect(usable).toMatchObject({ code: 1, output: expect.stringMatching(/: 1 entry failed\n/) });
    const refused = await check(server.url(':wrong-password'));
    expect(refused.output).toMatch(
      new RegExp(`^failed: ${where} refuses the login; check user, password and rights`, 'm'),
    );
    expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/: state\.redis and 1 entry failed\n/) });
    expect(usable.output + refused.output).not.toMatch(/right-password|wrong-password/);
  });
});
