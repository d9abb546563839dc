import { zstdDecompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { RedactionRules } from '../../../src/domain/body-rules.ts';
import { type BodyQueue, createBodyQueue } from '../../../src/observe/bodies/body-queue.ts';
import type { TakenBody } from '../../../src/observe/bodies/redact-body.ts';
import type { StoredBody } from '../../../src/store/request-log/stored-body.ts';
import type { Store } from '../../../src/store/store.ts';
import { StoreError } from '../../../src/store/store-error.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { fakeClock } from '../../helpers/clock.ts';

const RULES: RedactionRules = { known: ['email'], patterns: [], secrets: [], maxBytes: 10_000 };
const BYTES = 1000;

const disposals: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of disposals.splice(0)) await each[Symbol.asyncDispose]();
});

function rig({ buffer = 100_000, clock = systemClock } = {}) {
  const written: StoredBody[] = [];
  const problems: string[] = [];
  const calls: string[] = [];
  /** What the next writes fail with, or how many of their requests have no row; or a promise of it. */
  const ends: (StoreError | number | Promise<StoreError | number>)[] = [];
  const requestLog: Partial<Store['requestLog']> = {
    async writeBodies(bodies) {
      calls.push('bodies');
      const end = (await ends.shift()) ?? 0;
      if (typeof end !== 'number') throw end;
      written.push(...bodies.slice(end));
      return bodies.length - end;
    },
  };
  const queue = createBodyQueue({
    store: { requestLog: requestLog as Store['requestLog'] },
    clock,
    buffer: () => buffer,
    flushRows: async () => void calls.push('rows'),
    onProblem: (message) => problems.push(message),
  });
  disposals.push(queue);
  return { queue, written, problems, calls, ends };
}

function bodyOf(text: string): TakenBody {
  const bytes = new TextEncoder().encode(JSON.stringify(text));
  return { format: 'json', bytes, size: bytes.length };
}

function add(queue: BodyQueue, id: bigint, text: string, rules = RULES): void {
  if (queue.reserve(BYTES)) queue.add({ id, rules, request: bodyOf(text), answer: undefined, bytes: BYTES });
}

const texts = (written: readonly StoredBody[]): string[] =>
  written.map(({ request }) => zstdDecompressSync(request ?? new Uint8Array()).toString());

test('bodies are redacted and written after their rows, in one batch', async () => {
  const { queue, written, calls } = rig();
  for (let id = 1n; id <= 3n; id++) add(queue, id, `ann@example.org ${id}`);
  await queue.flush(10_000);
  expect(texts(written)).toEqual(['"*** 1"', '"*** 2"', '"*** 3"']);
  expect(JSON.parse(written[0]?.facts ?? '')).toEqual({
    request: { format: 'json', size: 19, cut: false, redactions: { email: 1 } },
  });
  expect(written[0]?.answer).toBeNull();
  expect(calls).toEqual(['rows', 'bodies']);
  expect([queue.written, queue.bytes]).toEqual([3, 0]);
});

test('what has no room is dropped, counted and reported once a minute', () => {
  const { queue, problems } = rig({ buffer: BYTES * 2, clock: fakeClock() });
  for (let id = 1n; id <= 5n; id++) add(queue, id, 'x');
  expect([queue.dropped.buffer_full, queue.bytes]).toEqual([3, BYTES * 2]);
  expect(problems).toEqual(['request log: bodies of requests were dropped: 1 buffer_full; rows are not affected']);
});

test('a pattern that takes too long drops the bodies, blocks nothing, and the next bodies are redacted', async () => {
  const clock = fakeClock();
  const { queue, written } = rig({ clock });
  add(queue, 1n, `${'a'.repeat(60)}!`, { ...RULES, patterns: ['^(a+)+$'] });
  add(queue, 2n, 'ann@example.org');
  const flushed = queue.flush(1e9);
  await expect
    .poll(
      () => {
        clock.advance(1000);
        return queue.dropped.slow;
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  await flushed;
  expect(texts(written)).toEqual(['"***"']);
  expect([queue.written, queue.bytes]).toEqual([1, 0]);
});

test('a store that fails gets the same bodies again, and the problem is reported once', async () => {
  const clock = fakeClock();
  const { queue, written, problems, ends } = rig({ clock });
  ends.push(new StoreError('locked', 'x'), new StoreError('locked', 'x'));
  add(queue, 1n, 'one');
  await queue.flush(1e6);
  expect([written, queue.bytes > 0]).toEqual([[], true]);
  await queue.flush(1e6);
  await queue.flush(1e6);
  expect(texts(written)).toEqual(['"one"']);
  expect(problems).toEqual([
    expect.stringContaining('bodies are not written'),
    'request log: bodies are written again',
  ]);
  expect(queue.bytes).toBe(0);
});

test('on a full disk bodies are dropped, and so are those without a row', async () => {
  const { queue, ends } = rig();
  ends.push(new StoreError('full', 'x'));
  add(queue, 1n, 'one');
  await queue.flush(10_000);
  ends.push(1);
  add(queue, 2n, 'two');
  add(queue, 3n, 'three');
  await queue.flush(10_000);
  await queue.flush(10_000);
  expect([queue.dropped.disk_full, queue.dropped.no_row, queue.written, queue.bytes]).toEqual([1, 1, 1, 0]);
});

test('a disposal writes what waits, and nothing is taken after it', async () => {
  const { queue, written } = rig();
  add(queue, 1n, 'one');
  await queue[Symbol.asyncDispose]();
  expect(texts(written)).toEqual(['"one"']);
  add(queue, 2n, 'two');
  expect([queue.written, queue.dropped.shutdown]).toEqual([1, 1]);
});

test('what the store does not take at the end is dropped and counted, and a flush after it ends', async () => {
  const { queue, ends } = rig();
  ends.push(new StoreError('locked', 'x'));
  add(queue, 1n, 'one');
  await queue[Symbol.asyncDispose]();
  expect([queue.written, queue.dropped.shutdown]).toEqual([0, 1]);
  await queue.flush(10_000);
});

test.each([
  ['succeeds', 0, { written: 1, dropped: 1 }],
  ['fails', new StoreError('unreachable', 'x'), { written: 0, dropped: 2 }],
])(
  'a write that hangs holds a disposal for 5 s; when it %s later, each body is written or dropped',
  async (_how, result, end) => {
    const clock = fakeClock();
    const { queue, ends, calls, problems } = rig({ clock });
    const hanging = Promise.withResolvers<StoreError | number>();
    ends.push(hanging.promise);
    add(queue, 1n, 'one');
    clock.advance(200);
    await expect.poll(() => calls).toEqual(['rows', 'bodies']);
    add(queue, 2n, 'two');
    let hasEnded = false;
    const disposed = queue[Symbol.asyncDispose]().then(() => (hasEnded = true));
    clock.advance(4999);
    await new Promise(setImmediate);
    expect(hasEnded).toBe(false);
    clock.advance(1);
    await disposed;
    hanging.resolve(result);
    await expect.poll(() => ({ written: queue.written, dropped: queue.dropped.shutdown })).toEqual(end);
    expect([queue.bytes, clock.waiting()]).toEqual([0, 0]);
    expect(problems).toEqual([expect.stringContaining(`${end.dropped} shutdown`)]);
  },
);
