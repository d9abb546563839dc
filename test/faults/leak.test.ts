import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { SOAK } from '../helpers/soak.ts';

const MB = 1024 * 1024;
const REQUESTS = SOAK ? 10_000 : 2000;

interface Rest {
  /** Bytes in use after a collection. */
  readonly heap: number;
  /** Models of which something is known, which is kept. */
  readonly models: number;
  readonly resources: object;
  /** Open sockets at the upstreams. */
  readonly upstream: number;
  /** Of the gateway's shutdown signal. */
  readonly listeners: number;
}

interface Told {
  /** After the first few requests, after a third of them, and after all. */
  readonly warm: Rest;
  readonly third: Rest;
  readonly end: Rest;
  readonly mostListeners: number;
  /** Those that were made with the gateway, the shutdown's among them. */
  readonly signals: number;
  /** Requests with another number of ends than one. */
  readonly notOnce: number;
  readonly codes: Readonly<Record<string, number>>;
  /** The first of the requests that did not end as they should. */
  readonly wrong: readonly string[];
}

test('AB-08 thousands of requests that end in every way end once and as they should, and leave nothing behind', async () => {
  const script = join(import.meta.dirname, 'leak.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, String(REQUESTS)], {
    // A third of a minute where nothing else runs: only what hangs is ended here.
    timeout: 280_000,
    killSignal: 'SIGKILL',
  });
  const { warm, third, end, ...told } = JSON.parse(stdout) as Told;
  expect(told.wrong).toEqual([]);
  expect(told.notOnce).toBe(0);
  expect(Object.keys(told.codes).toSorted()).toEqual(['client_closed', 'ok', 'upstream_failed', 'upstream_truncated']);
  for (const { resources, upstream, listeners } of [third, end])
    expect({ resources, upstream, listeners }).toEqual({ resources: warm.resources, upstream: 0, listeners: 0 });
  // No request listens to the shutdown: the more of them ran, the more it would cost each to join and to leave.
  expect(told.signals).toBeGreaterThan(0);
  expect(told.mostListeners).toBe(0);
  // Two thirds of the requests lie between: 6,667 of ten thousand, 1,333 of two. A kilobyte of each would be 6.5 MB, or 1.3 MB. Without a
  // leak it is under half a megabyte, or at 2,000, where more code is compiled meanwhile, three quarters.
  // What is known of a model's limits, breaker and speed is kept, of the latest ten thousand.
  const kept = (end.models - third.models) * 3 * 1024;
  expect(end.heap - third.heap - kept).toBeLessThan((SOAK ? 2 : 1.5) * MB);
}, 300_000);
