import { describe, expect, test } from 'vitest';
import type { RequestRow } from '../../../src/store/request-log/request-row.ts';
import { createRowWriter, type RowWriter } from '../../../src/store/request-log/row-writer.ts';
import { StoreError, type StoreProblem } from '../../../src/store/store-error.ts';
import type { Store } from '../../../src/store/store.ts';
import { type FakeClock, fakeClock } from '../../helpers/clock.ts';
import { requestRow, unpackRows } from '../../helpers/request-rows.ts';

interface Rig {
  readonly clock: FakeClock;
  readonly writer: RowWriter;
  /** Rows that were written, by batch. */
  readonly written: RequestRow[][];
  readonly problems: string[];
  /** What each next call of the store ends with, or a promise of it; it works where this is empty. */
  readonly ends: (StoreProblem | undefined | Promise<StoreProblem | undefined>)[];
  /** Rows that the store refuses. */
  readonly refused: Set<bigint>;
  opened: number;
}

function rig({ persistent = true, buffer = 1_000_000 } = {}): Rig {
  const clock = fakeClock();
  const made: Omit<Rig, 'writer'> = { clock, written: [], problems: [], ends: [], refused: new Set(), opened: 0 };
  const end = async (): Promise<void> => {
    const problem = await made.ends.shift();
    if (problem !== undefined) throw new StoreError(problem, '/store.db', { reason: 'scripted' });
  };
  const requestLog: Partial<Store['requestLog']> = {
    async open() {
      await end();
      made.opened++;
      return { replica: 3, secret: 's3cret' };
    },
    async write(rows) {
      await end();
      if (rows.ids.some((id) => made.refused.has(id))) throw new StoreError('refused', '/store.db', { reason: 'bad' });
      made.written.push(unpackRows(rows));
    },
  };
  const writer = createRowWriter({
    // Only these two are used.
    store: { persistent, requestLog: requestLog as Store['requestLog'] },
    clock,
    process: 'p1',
    buffer: () => buffer,
    storedUser: (user, secret) => `${user} ${secret}`,
    random: () => 0.5,
    onProblem: (message) => made.problems.push(message),
  });
  return Object.assign(made, { writer });
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

async function advance({ clock }: Rig, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(Math.min(100, left));
    await settled();
  }
}

function add({ writer }: Rig, from: number, count: number, bytes = 100): void {
  for (let n = from; n < from + count; n++) writer.add(requestRow(n), bytes);
}

const sizes = ({ written }: Rig): number[] => written.map((rows) => rows.length);

describe('while the store works', () => {
  test('rows are written 200 ms after the first of them, in the order of their ids', async () => {
    const all = rig();
    add(all, 0, 3);
    await advance(all, 100);
    expect([all.written, all.writer.queueBytes]).toEqual([[], 300]);
    await advance(all, 100);
    expect(all.written.flat().map(({ id }) => id)).toEqual([0, 1, 2].map((n) => requestRow(n).id));
    expect([all.writer.written, all.writer.queueBytes, all.clock.waiting()]).toEqual([3, 0, 0]);
  });

  test('500 rows are written at once, and what is more in the next batches', async () => {
    const all = rig();
    add(all, 0, 1200);
    all.clock.advance(0);
    await settled();
    all.clock.advance(0);
    await settled();
    expect(sizes(all)).toEqual([500, 500]);
    await advance(all, 200);
    expect(sizes(all)).toEqual([500, 500, 200]);
  });

  test('users are stored in the form of the settings, with the secret of the store', async () => {
    const all = rig();
    all.writer.add(requestRow(1, { user: 'ann' }), 1);
    expect(all.writer.secret).toBeUndefined();
    await advance(all, 200);
    expect(all.written[0]?.[0]?.user).toBe('ann s3cret');
    expect([all.writer.secret, all.writer.replica]).toEqual(['s3cret', 3]);
  });

  test('the number of the process is claimed again after an hour', async () => {
    const all = rig();
    expect(all.writer.replica).toBeGreaterThanOrEqual(512);
    add(all, 0, 1);
    await advance(all, 200);
    add(all, 1, 1);
    await advance(all, 200);
    expect(all.opened).toBe(1);
    all.clock.advance(3_600_000);
    add(all, 2, 1);
    await advance(all, 200);
    expect(all.opened).toBe(2);
  });

  test('a store in memory gets its rows after a minute, or with a flush', async () => {
    const all = rig({ persistent: false });
    add(all, 0, 3);
    await advance(all, 59_000);
    expect(all.written).toEqual([]);
    await all.writer.flush(1000);
    expect(sizes(all)).toEqual([3]);
  });
});

describe('while the store fails', () => {
  test('a batch is written again after 0.2, 0.5, 1, 2 and 5 s, and the problem is reported once', async () => {
    const all = rig();
    all.ends.push(...Array.from({ length: 6 }, () => 'unreachable' as const));
    add(all, 0, 2);
    await advance(all, 200 + 200 + 500 + 1000 + 2000 + 5000);
    expect(all.written).toEqual([]);
    await advance(all, 5000);
    expect(sizes(all)).toEqual([2]);
    expect(all.problems).toEqual([
      expect.stringMatching(/^request log: .*does not answer.*; rows wait and are written later$/),
      'request log: the store works again',
    ]);
    expect(all.writer.dropped).toEqual({ queue_full: 0, disk_full: 0, bad_row: 0, shutdown: 0 });
  });

  test('the newest rows are dropped where the queue is full, counted exactly, and told once a minute', async () => {
    const all = rig({ buffer: 1000 });
    all.ends.push(...Array.from({ length: 40 }, () => 'unreachable' as const));
    add(all, 0, 15);
    expect([all.writer.queueBytes, all.writer.dropped.queue_full]).toEqual([1000, 5]);
    await advance(all, 30_000);
    add(all, 15, 7);
    await advance(all, 29_000);
    const dropped = (): string[] => all.problems.filter((problem) => problem.includes('dropped'));
    // The first row that is dropped is told at once.
    expect(dropped()).toEqual([expect.stringContaining('1 queue_full')]);
    await advance(all, 2000);
    expect(dropped()).toEqual([expect.anything(), expect.stringContaining('11 queue_full')]);
    all.ends.length = 0;
    await advance(all, 5000);
    expect(all.written.flat().map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, n) => requestRow(n).id));
    expect(all.writer.dropped.queue_full).toBe(12);
  });

  test('a full disk stops the log until there is space, and what waits is written then', async () => {
    const all = rig();
    all.ends.push(undefined, 'full', 'full');
    add(all, 0, 2);
    await advance(all, 200);
    add(all, 2, 3);
    expect(all.writer.dropped.disk_full).toBe(3);
    expect(all.problems[0]).toMatch(/the disk is full; .*the request log stops until there is space$/);
    await advance(all, 1000);
    add(all, 5, 1);
    await advance(all, 1000);
    expect(all.written.flat().map(({ id }) => id)).toEqual([0, 1, 5].map((n) => requestRow(n).id));
  });

  test('a batch that is refused three times is written row by row, and the bad row is dropped', async () => {
    const all = rig();
    all.refused.add(requestRow(1).id);
    add(all, 0, 3);
    await advance(all, 5000);
    expect(all.written.flat().map(({ id }) => id)).toEqual([0, 2].map((n) => requestRow(n).id));
    expect([all.writer.dropped.bad_row, all.writer.queueBytes, all.writer.written]).toEqual([1, 0, 2]);
    // Opened again each time: a partition may have been missing.
    expect(all.opened).toBe(4);
  });

  test('a store that breaks while rows are written one by one drops none of them', async () => {
    const all = rig();
    all.ends.push(undefined, 'refused', undefined, 'refused', undefined, 'refused', undefined, undefined, 'locked');
    add(all, 0, 3);
    await advance(all, 10_000);
    expect(all.written.flat()).toHaveLength(3);
    expect(all.writer.dropped.bad_row).toBe(0);
  });
});

describe('at the end', () => {
  test('a disposal writes what waits', async () => {
    const all = rig();
    add(all, 0, 700);
    await all.writer[Symbol.asyncDispose]();
    expect([sizes(all), all.clock.waiting()]).toEqual([[500, 200], 0]);
  });

  test('what a store does not take within 5 s is dropped and counted, and so is what comes later', async () => {
    const all = rig();
    all.ends.push(...Array.from({ length: 100 }, () => 'unreachable' as const));
    add(all, 0, 2);
    const disposed = all.writer[Symbol.asyncDispose]();
    await settled();
    await advance(all, 6000);
    await disposed;
    add(all, 2, 1);
    expect([all.writer.dropped.shutdown, all.clock.waiting()]).toEqual([3, 0]);
    expect(all.problems.at(-1)).toContain('2 shutdown');
    await all.writer[Symbol.asyncDispose]();
  });

  // Of 700 rows the first 500 are being written.
  test.each([
    ['a write that hangs and succeeds later', 'write', undefined, { written: 500, dropped: 200 }],
    ['a write that hangs and fails later', 'write', 'unreachable', { written: 0, dropped: 700 }],
    ['a store that hangs while it is opened, and opens later', 'open', undefined, { written: 0, dropped: 700 }],
  ] as const)('%s holds a disposal for 5 s, and each row is written or dropped', async (_what, call, problem, end) => {
    const all = rig();
    const hanging = Promise.withResolvers<StoreProblem | undefined>();
    all.ends.push(...(call === 'write' ? [undefined] : []), hanging.promise);
    add(all, 0, 700);
    let hasEnded = false;
    const disposed = all.writer[Symbol.asyncDispose]().then(() => (hasEnded = true));
    await settled();
    await advance(all, 4900);
    expect(hasEnded).toBe(false);
    await advance(all, 100);
    await disposed;
    expect(all.writer.dropped.shutdown).toBe(0);
    hanging.resolve(problem);
    await settled();
    expect({ written: all.writer.written, dropped: all.writer.dropped.shutdown }).toEqual(end);
    expect(sizes(all)).toEqual(end.written === 0 ? [] : [end.written]);
    expect([all.writer.queueBytes, all.clock.waiting()]).toEqual([0, 0]);
    expect(all.problems).toEqual([expect.stringContaining(`${end.dropped} shutdown`)]);
  });
});
