import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

interface Rest {
  /** Bytes in use after a collection. */
  readonly heap: number;
  readonly resources: object;
  /** Open sockets at the upstreams. */
  readonly upstream: number;
}

test('AB-08 ten thousand requests that end in every way leave no resource, no socket and no memory behind', async () => {
  const script = join(import.meta.dirname, 'leak.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, '10000'], {
    timeout: 110_000,
  });
  const told = JSON.parse(stdout) as { before: Rest; after: Rest; finished: number; codes: Record<string, number> };
  expect(told.finished).toBe(10_000);
  expect(told.after.resources).toEqual(told.before.resources);
  expect([told.before.upstream, told.after.upstream]).toEqual([0, 0]);
  // Some 7,500 requests lie between the two: a kilobyte of each would be twice that.
  expect(told.after.heap - told.before.heap).toBeLessThan(4 * 1024 * 1024);
  expect(told.codes['client_closed']).toBeGreaterThan(3000);
  expect(told.codes['ok']).toBeGreaterThan(2000);
  expect(told.codes['upstream_truncated']).toBeGreaterThan(100);
  expect(told.codes['internal_error']).toBeUndefined();
}, 120_000);
