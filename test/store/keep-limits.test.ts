import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import type { Lasting } from '../../src/state/limit-state.ts';
import { keepLimits } from '../../src/store/keep-limits.ts';
import type { LimitsSave } from '../../src/store/limit-changes.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { LASTING, NOTHING, NOW, open, openRaw, temporaryFolder } from '../helpers/store.ts';

/** The same with windows that do not expire while a test waits for retries. */
const LONG: Lasting = { ...LASTING, windows: LASTING.windows.map((row) => ({ ...row, until: NOW + 3_600_000 })) };

/** A limit state, as far as `keepLimits` uses it. */
class State {
  current: Lasting = NOTHING;
  readonly restored: Lasting[] = [];
  readonly #listeners = new Set<(key: string) => void>();

  readonly lasting = (): Lasting => this.current;

  readonly restore = (lasting: Lasting): void => {
    this.restored.push(lasting);
    this.change({ ...this.current, cooldowns: [...lasting.cooldowns, ...this.current.cooldowns] });
  };

  readonly watch = (listener: (key: string) => void): Disposable => {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  };

  get watchers(): number {
    return this.#listeners.size;
  }

  change(lasting: Lasting): void {
    this.current = lasting;
    for (const listener of this.#listeners) listener('key');
  }
}

interface Kept extends AsyncDisposable {
  readonly state: State;
  readonly clock: FakeClock;
  readonly problems: string[];
  /** The views of all saves that began, and how many of them succeeded. */
  readonly saves: Lasting[];
  readonly succeeded: () => number;
}

async function keep(store: Store): Promise<Kept> {
  const state = new State();
  const clock = fakeClock(NOW);
  const problems: string[] = [];
  const saves: Lasting[] = [];
  let succeeded = 0;
  const counted = {
    persistent: store.persistent,
    limits: {
      load: (now: number) => store.limits.load(now),
      async save(save: LimitsSave) {
        saves.push(save.after);
        await store.limits.save(save);
        succeeded++;
      },
    },
  };
  const keeping = await keepLimits({ store: counted, state, clock, onProblem: (message) => problems.push(message) });
  return {
    state,
    clock,
    problems,
    saves,
    succeeded: () => succeeded,
    [Symbol.asyncDispose]: () => keeping[Symbol.asyncDispose](),
  };
}

/** Fires the pending retry timer and waits for its result. */
async function afterRetry(kept: Kept, done: () => void): Promise<void> {
  await vi.waitFor(() => expect(kept.clock.waiting()).toBe(1));
  kept.clock.advance(10_000);
  await vi.waitFor(done);
}

test('the rows of one process are restored in the next before it serves', async () => {
  using folder = temporaryFolder();
  {
    await using store = await open(folder.file);
    await using kept = await keep(store);
    expect(kept.state.restored).toEqual([NOTHING]);
    kept.state.change(LASTING);
  }
  await using store = await open(folder.file);
  await using kept = await keep(store);
  expect(kept.state.restored).toEqual([LASTING]);
});

test('changes are saved together, a second after the first, and only if lasting rows changed', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  await using kept = await keep(store);
  const { state, clock, saves } = kept;
  expect(clock.waiting()).toBe(0);
  state.change({ ...LASTING, windows: [] });
  clock.advance(999);
  state.change(LASTING);
  expect(saves).toEqual([]);
  clock.advance(1);
  expect(await store.limits.load(NOW)).toEqual(LASTING);
  expect(saves).toEqual([LASTING]);
  await vi.waitFor(() => expect(clock.waiting()).toBe(0));
  state.change({ cooldowns: LASTING.cooldowns.toReversed(), windows: LASTING.windows.toReversed() });
  clock.advance(1000);
  await store.limits.load(NOW);
  expect(saves).toHaveLength(1);
});

test('a change during a save is saved a second later', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  await using kept = await keep(store);
  kept.state.change(LASTING);
  kept.clock.advance(1000);
  kept.state.change(NOTHING);
  expect(kept.clock.waiting()).toBe(0);
  await vi.waitFor(() => expect(kept.clock.waiting()).toBe(1));
  kept.clock.advance(1000);
  expect(await store.limits.load(NOW)).toEqual(NOTHING);
  expect(kept.saves).toEqual([LASTING, NOTHING]);
});

test('disposal saves pending changes once, even if disposed twice, and stops watching', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  const kept = await keep(store);
  kept.state.change(LASTING);
  await Promise.all([kept[Symbol.asyncDispose](), kept[Symbol.asyncDispose]()]);
  expect([kept.saves.length, kept.clock.waiting(), kept.state.watchers]).toEqual([1, 0, 0]);
  expect(await store.limits.load(NOW)).toEqual(LASTING);
});

test('memory: needs no watcher, timer or save', async () => {
  await using store = await openStore('memory:', { clock: fakeClock(), signal: new AbortController().signal });
  await using kept = await keep(store);
  kept.state.change(LASTING);
  expect([kept.state.watchers, kept.clock.waiting(), kept.state.restored]).toEqual([0, 0, []]);
  await kept[Symbol.asyncDispose]();
  expect(kept.saves).toEqual([]);
});

test('a locked or missing store is reported once per problem and retried until it is back', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file, { lockTimeoutMs: 50 });
  await using kept = await keep(store);
  using raw = openRaw(folder.file);
  raw.exec('begin immediate');
  kept.state.change(LONG);
  kept.clock.advance(1000);
  await vi.waitFor(() => expect(kept.saves).toHaveLength(1));
  await afterRetry(kept, () => expect(kept.saves).toHaveLength(2));
  await vi.waitFor(() => expect(kept.clock.waiting()).toBe(1));
  expect(kept.problems).toEqual([expect.stringMatching(/spillway\.db': locked/)]);
  raw.exec('rollback');
  raw.close();
  renameSync(folder.path, `${folder.path}-gone`);
  await afterRetry(kept, () => expect(kept.problems).toHaveLength(2));
  expect(kept.problems[1]).toMatch(/the folder does not exist/);
  rmSync(`${folder.path}-gone`, { recursive: true });
  mkdirSync(folder.path);
  await afterRetry(kept, () => expect(kept.saves).toHaveLength(4));
  expect(await store.limits.load(NOW)).toEqual(LONG);
  expect([kept.clock.waiting(), kept.problems.length]).toEqual([0, 2]);
  rmSync(folder.path, { recursive: true });
  kept.state.change(NOTHING);
  kept.clock.advance(1000);
  await vi.waitFor(() => expect(kept.problems).toHaveLength(3));
});

test('a new file at the path gets the whole view, not only the latest changes', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  await using kept = await keep(store);
  kept.state.change(LASTING);
  kept.clock.advance(1000);
  expect(await store.limits.load(NOW)).toEqual(LASTING);
  rmSync(folder.path, { recursive: true });
  mkdirSync(folder.path);
  const more = { key: 'own', window: 'tokensPerDay', used: 3, until: NOW + 5000, limit: undefined } as const;
  for (const [index, windows] of [[...LASTING.windows, more], LASTING.windows].entries()) {
    kept.state.change({ ...LASTING, windows });
    kept.clock.advance(1000);
    await vi.waitFor(() => expect(kept.succeeded()).toBe(index + 2));
    await using other = await open(folder.file);
    expect(await other.limits.load(NOW)).toEqual({ ...LASTING, windows });
  }
});

test('rows of a file that was put at the path before the first load are not added twice', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  renameSync(folder.path, `${folder.path}-gone`);
  mkdirSync(folder.path);
  {
    await using other = await open(folder.file);
    await other.limits.save({ after: LASTING, now: NOW });
  }
  await using kept = await keep(store);
  expect(kept.state.restored).toEqual([LASTING]);
  const windows = LASTING.windows.map((row) => ({ ...row, used: row.used + 1 }));
  kept.state.change({ ...LASTING, windows });
  kept.clock.advance(1000);
  expect(await store.limits.load(NOW)).toEqual({ ...LASTING, windows });
  rmSync(`${folder.path}-gone`, { recursive: true });
});

test('rows that cannot be loaded at the start are not overwritten', async () => {
  using folder = temporaryFolder();
  {
    await using store = await open(folder.file);
    await store.limits.save({ after: { ...LASTING, windows: [] }, now: NOW });
  }
  await using store = await open(folder.file);
  let readable = false;
  const failing: Store = {
    ...store,
    limits: {
      load: (now) => (readable ? store.limits.load(now) : Promise.reject(new Error('not yet'))),
      save: (save) => store.limits.save(save),
    },
  };
  await using kept = await keep(failing);
  expect(kept.problems).toEqual(['not yet']);
  const own = { key: 'own', window: 'tokensPerDay', used: 3, until: NOW + 50_000, limit: undefined } as const;
  kept.state.change({ cooldowns: [], windows: [own] });
  readable = true;
  await afterRetry(kept, () => expect(kept.saves).toHaveLength(1));
  expect(await store.limits.load(NOW)).toEqual({ cooldowns: LASTING.cooldowns, windows: [own] });
});

test('processes that end at the same time all save their rows', async () => {
  using folder = temporaryFolder();
  await using one = await open(folder.file);
  await using two = await open(folder.file);
  // Enough batches that the second save has to wait more than once.
  const many = 50_000;
  const ended = [one, two].map(async (store, index) => {
    const kept = await keep(store);
    const until = NOW + 3_600_000;
    const cooldowns = Array.from(
      { length: many },
      (_, n) => ({ key: `${index}/${n}`, reason: 'exhausted', retryAt: until, lasting: true }) as const,
    );
    kept.state.change({ cooldowns, windows: [] });
    await kept[Symbol.asyncDispose]();
    return kept.problems;
  });
  expect(await Promise.all(ended)).toEqual([[], []]);
  expect((await one.limits.load(NOW)).cooldowns).toHaveLength(2 * many);
});

test('a file that stays locked during the last save is reported', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file, { lockTimeoutMs: 50 });
  const kept = await keep(store);
  kept.state.change(LASTING);
  using raw = openRaw(folder.file);
  raw.exec('begin immediate');
  await kept[Symbol.asyncDispose]();
  expect(kept.problems).toEqual([expect.stringMatching(/locked by another/)]);
});

test('a store that fails during the last save is reported, and disposal does not reject', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  const kept = await keep(store);
  kept.state.change(LASTING);
  rmSync(folder.path, { recursive: true });
  await kept[Symbol.asyncDispose]();
  expect([kept.saves.length, kept.problems.length, kept.clock.waiting()]).toEqual([1, 1, 0]);
});
