import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AttemptStarted } from '../../../src/domain/events.ts';
import type { LimitStatus } from '../../../src/domain/limit-list.ts';
import { createProgress, type Progress } from '../../../src/domain/progress.ts';
import { WATCH_KINDS, type WatchedEvent, type WatchKind } from '../../../src/domain/watched-event.ts';
import { openAbortScope } from '../../../src/lib/abort.ts';
import { type Watch, watchEvents } from '../../../src/observe/watch/watch-events.ts';
import { type FakeClock, fakeClock } from '../../helpers/clock.ts';
import { COMMITTED } from '../../helpers/progress.ts';

const REQUESTS: readonly WatchKind[] = ['attempt_started', 'request_finished'];

interface Rig {
  readonly progress: Progress;
  readonly clock: FakeClock;
  readonly iterator: AsyncIterator<WatchedEvent>;
  /** Publishes so many events; their `n` counts all of them from 1. */
  publish(many: number, own?: Partial<AttemptStarted>): void;
  /** Everything that the reader gets until it has to wait, or at most so many. */
  read(most?: number): Promise<WatchedEvent[]>;
}

function startRig(own: Partial<Watch> = {}): Rig {
  const progress = createProgress();
  const clock = fakeClock();
  const watch: Watch = {
    kinds: new Set(REQUESTS),
    sees: () => true,
    messages: false,
    rows: rowsOf([]),
    signal: new AbortController().signal,
    ...own,
  };
  const iterator = watchEvents({ progress, clock }, watch)[Symbol.asyncIterator]();
  let n = 0;
  let pending: Promise<IteratorResult<WatchedEvent>> | undefined;
  return {
    progress,
    clock,
    iterator,
    publish(many, parts = {}) {
      for (let count = 0; count < many; count++)
        progress.publish({
          kind: 'attempt_started',
          requestId: 'req_1',
          clientRequestId: undefined,
          chain: 'default',
          tenant: '',
          n: ++n,
          provider: 'a',
          model: 'm',
          key: undefined,
          hedge: false,
          ...parts,
        });
    },
    async read(most = Infinity) {
      const events: WatchedEvent[] = [];
      while (events.length < most) {
        pending ??= iterator.next();
        const next = await Promise.race([pending, settled()]);
        if (next === undefined || next.done === true) break;
        pending = undefined;
        events.push(next.value);
      }
      return events;
    },
  };
}

/** Resolves with nothing once everything that is ready has run. */
async function settled(): Promise<undefined> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Rows with these ids, and then none until the signal aborts. */
function rowsOf(ids: readonly string[], onEnd?: () => void): Watch['rows'] {
  return async function* (signal) {
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing here reads the other members
      for (const id of ids) yield { id } as LimitStatus;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw new Error('aborted');
    } finally {
      onEnd?.();
    }
  };
}

const numbersOf = (events: readonly WatchedEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'attempt_started' ? [event.n] : []));
const lostIn = (events: readonly WatchedEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'lost' ? [event.count] : []));
const idsOf = (events: readonly WatchedEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'limit' ? [event.limit.id] : []));
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

test('a reader gets the events in their order, from the call on', async () => {
  const rig = startRig();
  rig.publish(3);
  const events = await rig.read();
  expect(numbersOf(events)).toEqual([1, 2, 3]);
  rig.publish(1);
  expect(numbersOf(await rig.read())).toEqual([4]);
  expect(events[0]).toEqual({
    kind: 'attempt_started',
    request_id: 'req_1',
    client_request_id: null,
    chain: 'default',
    tenant: null,
    n: 1,
    provider: 'a',
    model: 'm',
    key: null,
    hedge: false,
  });
});

test('an event wakes a reader that waits', async () => {
  const rig = startRig();
  const next = rig.iterator.next();
  await settled();
  rig.publish(1);
  expect(await next).toMatchObject({ done: false, value: { n: 1 } });
});

test('of more than 200 events in a second the others are lost, and reported together a second later', async () => {
  const rig = startRig();
  rig.publish(1000);
  const events = await rig.read();
  expect([numbersOf(events), lostIn(events)]).toEqual([numbers(1, 200), []]);
  rig.clock.advance(999);
  expect(await rig.read()).toEqual([]);
  rig.clock.advance(1);
  expect(await rig.read()).toEqual([{ kind: 'lost', count: 800 }]);
  expect(rig.progress.lost).toBe(800);
  rig.publish(1);
  expect(numbersOf(await rig.read())).toEqual([1001]);
});

test('a slow reader loses the oldest events, and gets their number before the 1,000 that were kept', async () => {
  const rig = startRig();
  for (let second = 0; second < 10; second++) {
    rig.publish(200);
    rig.clock.advance(1000);
  }
  const events = await rig.read();
  expect(events[0]).toEqual({ kind: 'lost', count: 1000 });
  expect(numbersOf(events)).toEqual(numbers(1001, 2000));
});

test('at any pace of events and reads, every event is received or counted as lost, in order', async () => {
  const step = fc.record({ publish: fc.nat(300), read: fc.nat(300), wait: fc.nat(1500) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const rig = startRig();
      const received: WatchedEvent[] = [];
      let published = 0;
      for (const each of steps) {
        rig.publish(each.publish);
        published += each.publish;
        received.push(...(await rig.read(each.read)));
        rig.clock.advance(each.wait);
      }
      rig.clock.advance(1000);
      received.push(...(await rig.read()));
      const got = numbersOf(received);
      const lost = lostIn(received).reduce((sum, count) => sum + count, 0);
      expect(got.length + lost).toBe(published);
      expect(got).toEqual(got.toSorted((a, b) => a - b));
    }),
    { numRuns: 30 },
  );
});

test('events that are not watched are neither sent nor counted', async () => {
  const rig = startRig({ sees: ({ chain, tenant }) => chain === 'default' && tenant === '' });
  rig.publish(500, { chain: 'other' });
  rig.publish(500, { tenant: 'acme' });
  rig.progress.publish(COMMITTED);
  rig.publish(1);
  rig.clock.advance(2000);
  expect(numbersOf(await rig.read())).toEqual([1001]);
});

test('readers do not take events from each other', async () => {
  const rig = startRig();
  const second = watchEvents(rig, {
    kinds: new Set(REQUESTS),
    sees: () => true,
    messages: false,
    rows: rowsOf([]),
    signal: new AbortController().signal,
  })[Symbol.asyncIterator]();
  rig.publish(1);
  expect(numbersOf(await rig.read())).toEqual([1]);
  expect(await second.next()).toMatchObject({ value: { n: 1 } });
});

test('rows of limits and events take turns, and of both at most 200 come in a second', async () => {
  const rig = startRig({ kinds: new Set(WATCH_KINDS), rows: rowsOf(numbers(1, 120).map(String)) });
  await settled();
  rig.publish(1000);
  const events = await rig.read();
  expect([numbersOf(events).length, idsOf(events).length, events.length]).toEqual([150, 50, 200]);
  expect(events.slice(0, 4).map(({ kind }) => kind)).toEqual(['attempt_started', 'limit', 'attempt_started', 'limit']);
});

test('rows are never lost: those above the rate come later', async () => {
  const rig = startRig({ kinds: new Set(['limit']), rows: rowsOf(numbers(1, 450).map(String)) });
  expect(idsOf(await rig.read())).toEqual(numbers(1, 200).map(String));
  rig.clock.advance(1000);
  expect(idsOf(await rig.read())).toEqual(numbers(201, 400).map(String));
  rig.clock.advance(1000);
  expect(await rig.read()).toHaveLength(50);
});

test('only what is watched is listened to', async () => {
  const rows = startRig({ kinds: new Set(['limit']), rows: rowsOf(['1']) });
  expect(rows.progress.listening).toBe(false);
  const requests = startRig({ rows: rowsOf(['1']) });
  expect([requests.progress.listening, await requests.read()]).toEqual([true, []]);
});

test.each(['that has events', 'that waits'])('a reader %s listens to nothing once it is returned', async (state) => {
  let ended = false;
  const rows = rowsOf(['1', '2'], () => (ended = true));
  const rig = startRig({ kinds: new Set(WATCH_KINDS), rows });
  await rig.read(state === 'that waits' ? undefined : 1);
  if (state === 'that has events') rig.publish(5);
  await rig.iterator.return?.();
  await settled();
  rig.publish(1);
  expect([rig.progress.listening, rig.clock.waiting(), ended]).toEqual([false, 0, true]);
  expect([await rig.read(), await rig.iterator.next()]).toEqual([[], { done: true, value: undefined }]);
});

test.each(['before', 'after'])('a reader gets the reason of an abort %s it begins', async (when) => {
  const scope = openAbortScope();
  if (when === 'before') scope.abort('shutdown');
  const rig = startRig({ kinds: new Set(WATCH_KINDS), signal: scope.signal });
  const next = rig.iterator.next();
  next.catch(() => undefined);
  await settled();
  scope.abort('shutdown');
  await expect(next).rejects.toMatchObject({ code: 'shutting_down' });
  expect(rig.progress.listening).toBe(false);
});

async function* failing(): AsyncGenerator<LimitStatus, void, undefined> {
  yield* [];
  throw new Error('a defect');
}

test('a reader gets the error with which the rows end', async () => {
  const rig = startRig({ kinds: new Set(['limit']), rows: failing });
  await expect(rig.iterator.next()).rejects.toThrow('a defect');
});
