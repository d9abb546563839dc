import { expect, test } from 'vitest';
import { createLink, type Link } from '../../src/workers/link.ts';
import { type Death, type Pool, startPool } from '../../src/workers/pool.ts';
import type { Applied, PrimaryProcedures, SentResult, WorkerStart } from '../../src/workers/protocol.ts';
import { fakeClock } from '../helpers/clock.ts';
import { portPair } from './port-pair.ts';

/** A worker as its process would be. */
interface Worker {
  readonly number: number;
  readonly primary: Link<PrimaryProcedures>;
  readonly applied: SentResult[];
  readonly ended: string[];
  readonly exit: (how: string) => void;
}

const START: WorkerStart = {
  process: 'w',
  workers: 2,
  config: { json: '{}', mark: 'm' },
  reloaded: undefined,
  source: 'x',
  host: '127.0.0.1',
  port: 1,
  store: undefined,
};
const READY = { url: 'http://127.0.0.1:1', metricsUrl: undefined, keyless: true };
const RESULT: SentResult = { ok: true, config: START.config };

function pool(apply: (number: number) => Applied | Promise<Applied> = () => ({ rejected: undefined, restart: [] })) {
  const clock = fakeClock();
  const workers: Worker[] = [];
  const deaths: Death[] = [];
  const readied: number[] = [];
  const started: Pool = startPool({
    count: 2,
    clock,
    fork(number) {
      const ports = portPair();
      const { promise, resolve } = Promise.withResolvers<string>();
      const [applied, ended]: [SentResult[], string[]] = [[], []];
      const primary = createLink<PrimaryProcedures>(ports.one, {
        apply: (result: SentResult) => {
          applied.push(result);
          return apply(number);
        },
        end: (signal: string) => void ended.push(signal),
      });
      const exit = (how: string): void => {
        ports.close();
        resolve(how);
      };
      workers.push({ number, primary, applied, ended, exit });
      return { pid: number, port: ports.other, ended: promise, kill: () => exit('SIGKILL') };
    },
    open: (number) => ({
      procedures: {},
      begin: () => START,
      ready: () => void readied.push(number),
      ended: async () => undefined,
    }),
    onDeath: (death) => deaths.push(death),
  });
  return { pool: started, workers, deaths, clock, readied };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => void setImmediate(resolve));
}

async function begin(worker: Worker | undefined): Promise<void> {
  await worker?.primary.call('begin', undefined);
  worker?.primary.notify('ready', READY);
  await settled();
}

test('it has started when all workers listen', async () => {
  const { pool: own, workers, readied } = pool();
  let started = false;
  void own.started.then(() => (started = true));
  await begin(workers[1]);
  expect([started, readied]).toEqual([false, [2]]);
  await begin(workers[0]);
  expect([await own.started, readied]).toEqual([READY, [2, 1]]);
});

test('the first reason why a worker cannot start ends the start; a later one is in the report of its end', async () => {
  const { pool: own, workers, deaths } = pool();
  await begin(workers[1]);
  await workers[0]?.primary.call('failed', 'the port is in use');
  expect(await own.started).toEqual({ problem: 'the port is in use' });
  await workers[1]?.primary.call('failed', 'the store is locked');
  workers[1]?.exit('exit code 1');
  await settled();
  expect(deaths).toEqual([{ worker: 2, end: 'exit code 1', problem: 'the store is locked', restartIn: 0 }]);
});

test('a configuration goes to all workers that have begun, and what one rejects counts for all', async () => {
  const rejected = { rejected: ['auth.keys: no key is left'], restart: [] };
  const { pool: own, workers } = pool((number) => (number === 2 ? rejected : { rejected: undefined, restart: [] }));
  // What a worker is sent before it listens to its channel is lost.
  expect(await own.apply(RESULT)).toBeUndefined();
  await begin(workers[0]);
  expect(await own.apply(RESULT)).toEqual({ rejected: undefined, restart: [] });
  await begin(workers[1]);
  expect(await own.apply(RESULT)).toEqual(rejected);
  expect(workers.map(({ applied }) => applied.length)).toEqual([2, 1]);
});

test('a worker that hangs delays a reload for ten seconds at most', async () => {
  const {
    pool: own,
    workers,
    clock,
  } = pool((number) =>
    number === 1 ? new Promise<Applied>(() => undefined) : { rejected: undefined, restart: ['server'] },
  );
  for (const worker of workers) await begin(worker);
  const applied = own.apply(RESULT);
  await settled();
  clock.advance(10_000);
  expect(await applied).toEqual({ rejected: undefined, restart: ['server'] });
});

test('a worker that ends is started again, until three quick deaths in a row', async () => {
  const { pool: own, workers, deaths, clock } = pool();
  for (const worker of workers) await begin(worker);
  for (const wait of [0, 1000]) {
    workers.findLast(({ number }) => number === 1)?.exit('SIGSEGV');
    await settled();
    expect(deaths.at(-1)).toEqual({ worker: 1, end: 'SIGSEGV', problem: undefined, restartIn: wait });
    const before = workers.length;
    clock.advance(wait);
    expect(workers.length).toBe(before + 1);
  }
  workers.at(-1)?.exit('SIGSEGV');
  expect(await own.broken).toBe(
    'worker 1 has ended three times in a row within 10 seconds of its start, last with SIGSEGV',
  );
  clock.advance(100_000);
  expect(workers).toHaveLength(4);
});

test('the end is sent to workers that have begun, the others are killed, and none is started again', async () => {
  const { pool: own, workers, clock, deaths } = pool();
  await begin(workers[0]);
  let over = false;
  const ended = own.end('SIGTERM').then(() => (over = true));
  await settled();
  expect([workers[0]?.ended, over]).toEqual([['SIGTERM'], false]);
  workers[0]?.exit('exit code 0');
  await ended;
  clock.advance(100_000);
  expect([workers.length, deaths]).toEqual([2, []]);
});

test('a worker that waits for its next start does not delay the end', async () => {
  const { pool: own, workers, clock } = pool();
  for (const worker of workers) await begin(worker);
  clock.advance(20_000);
  for (const worker of workers) worker.exit('SIGKILL');
  await settled();
  await own.end('SIGINT');
  clock.advance(100_000);
  expect(workers).toHaveLength(2);
});
