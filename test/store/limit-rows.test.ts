import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WINDOW_NAMES } from '../../src/domain/limits.ts';
import type { Lasting } from '../../src/state/limit-state.ts';
import { LASTING, NOTHING, NOW, open, openRaw, temporaryFolder } from '../helpers/store.ts';

type CooldownView = Lasting['cooldowns'][number];
type WindowView = Lasting['windows'][number];

const until = fc.double({ min: NOW + 1, max: 8.64e15, noNaN: true });
const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }).map((text) => text.replaceAll('\0', ' '));
const window = fc.constantFrom(...WINDOW_NAMES);
const limit = fc.option(fc.integer({ min: 1 }), { nil: undefined });
/** Few keys and times, so that two views often have rows in common. */
const few = { key: fc.constantFrom('a', 'b'), until: fc.constantFrom(NOW + 1, NOW + 2, NOW + 3.5) };

/** Any view in which the rows of one window have one limit, as those of a process have. */
function anyView(from: { readonly key: fc.Arbitrary<string>; readonly until: fc.Arbitrary<number> }) {
  const lasting = fc.boolean();
  const reason = fc.constantFrom('exhausted' as const, 'unauthorised' as const);
  const part = fc.record({ until: from.until, used: fc.nat() });
  const parts = fc.uniqueArray(part, { selector: (row) => row.until, minLength: 1, maxLength: 5 });
  return fc
    .record({
      cooldowns: fc.uniqueArray(fc.record({ key: from.key, retryAt: from.until, lasting, reason }), {
        selector: (row) => row.key,
      }),
      days: fc.uniqueArray(fc.record({ key: from.key, window, limit, parts }), {
        selector: (day) => `${day.key} ${day.window}`,
      }),
    })
    .map(({ cooldowns, days }): Lasting => {
      const windows = days.flatMap(({ parts: rows, ...day }) => rows.map((row) => ({ ...day, ...row })));
      return { cooldowns, windows };
    });
}

/** Any view with keys that only this process uses. */
function viewOf(name: string) {
  return anyView(few).map(({ cooldowns, windows }) => ({
    cooldowns: cooldowns.map((row) => ({ ...row, key: `${name}/${row.key}` })),
    windows: windows.map((row) => ({ ...row, key: `${name}/${row.key}` })),
  }));
}

/** Rows have no order of their own. */
function sorted({ cooldowns, windows }: Lasting): string[] {
  return [
    ...cooldowns.map((row) => JSON.stringify([row.key, row.reason, row.retryAt, row.lasting])),
    ...windows.map((row) => JSON.stringify([row.key, row.window, row.used, row.until, row.limit])),
  ].toSorted();
}

function cooldown(own: Partial<CooldownView> = {}): CooldownView {
  return { key: 'acc', reason: 'unauthorised', retryAt: NOW + 1000, lasting: true, ...own };
}

function spent(own: Partial<WindowView> = {}): WindowView {
  return { key: 'acc/m', window: 'requestsPerDay', used: 1, until: NOW + 1000, limit: undefined, ...own };
}

function view(...rows: readonly (CooldownView | WindowView)[]): Lasting {
  return {
    cooldowns: rows.filter((row) => 'reason' in row),
    windows: rows.filter((row) => 'window' in row),
  };
}

/** A store in which named processes save one view after another. */
async function history() {
  const folder = temporaryFolder();
  const store = await open(folder.file);
  const views = new Map<string, Lasting>();
  return {
    folder,
    store,
    async save(process: string, after: Lasting, now = NOW) {
      await store.limits.save({ before: views.get(process), after, now });
      views.set(process, after);
    },
    /** The process starts and restores the stored rows. */
    async start(process: string) {
      views.set(process, await store.limits.load(NOW));
    },
    load: (now = NOW) => store.limits.load(now),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test.each([
  ['with rows of any kind', anyView({ key, until })],
  ['with rows that change', anyView(few)],
])('the last view that one process saved is loaded again, %s', async (_, views) => {
  await using file = await history();
  await fc.assert(
    fc.asyncProperty(views, async (after) => {
      await file.save('one', after);
      expect(sorted(await file.load())).toEqual(sorted(after));
    }),
    { numRuns: 100 },
  );
});

test('a process changes no row of another process', async () => {
  await using file = await history();
  await fc.assert(
    fc.asyncProperty(viewOf('one'), viewOf('two'), async (one, two) => {
      await file.save('one', one);
      await file.save('two', two);
      const both = { cooldowns: [...one.cooldowns, ...two.cooldowns], windows: [...one.windows, ...two.windows] };
      expect(sorted(await file.load())).toEqual(sorted(both));
    }),
    { numRuns: 60 },
  );
});

test('more rows than one statement binds are saved, changed and deleted, and the next process loads them', async () => {
  using folder = temporaryFolder();
  const count = 17_000;
  const cooldowns = Array.from({ length: count }, (_, n) => cooldown({ key: `key/${n}`, retryAt: NOW + 1 + n }));
  const windows = Array.from({ length: count }, (_, n) => spent({ key: `key/${n}`, used: n, until: NOW + 1 + n }));
  const reported = Array.from({ length: count }, (_, n) => spent({ key: `reported/${n}`, used: n, limit: count }));
  const full = { cooldowns, windows: [...windows, ...reported] };
  {
    await using store = await open(folder.file);
    await store.limits.save({ after: full, now: NOW });
  }
  expect(readdirSync(folder.path)).toEqual(['spillway.db']);
  await using again = await open(folder.file);
  expect(sorted(await again.limits.load(NOW))).toEqual(sorted(full));
  await again.limits.save({ before: full, after: NOTHING, now: NOW });
  expect(await again.limits.load(NOW)).toEqual(NOTHING);
});

test('rows that have expired are not loaded, nor are rows with words that this version does not know', async () => {
  await using file = await history();
  await file.save('one', LASTING);
  expect(await file.load(NOW + 5000)).toEqual({ ...LASTING, windows: [] });
  expect(await file.load(NOW + 3600_000)).toEqual(NOTHING);
  using raw = openRaw(file.folder.file);
  raw.exec(
    "update limit_cooldown set reason = 'eclipsed' where key = 'aaaa'; update limit_window set window = 'year'||used",
  );
  expect(await file.load()).toEqual({ cooldowns: [LASTING.cooldowns[1]], windows: [] });
});

test('characters that SQLite cannot store are replaced, and keys that become equal share a row', async () => {
  await using file = await history();
  const keys = ['a/\ud800', 'a/\udc00', 'a/\ud801', 'a/m\0x'];
  const untils = [NOW + 1, NOW + 3, NOW + 2, NOW + 4];
  await file.save('one', {
    cooldowns: keys.map((each, n) => cooldown({ key: each, retryAt: untils[n] ?? 0 })),
    windows: keys.map((each, n) => spent({ key: each, used: n + 1 })),
  });
  expect(await file.load()).toEqual({
    cooldowns: [cooldown({ key: 'a/m\ufffdx', retryAt: NOW + 4 }), cooldown({ key: 'a/\ufffd', retryAt: NOW + 3 })],
    windows: [spent({ key: 'a/m\ufffdx', used: 4 }), spent({ key: 'a/\ufffd', used: 3 })],
  });
  const [one, other] = ['b/\ud800', 'b/\ud801'].map((each) => cooldown({ key: each }));
  if (one === undefined || other === undefined) throw new Error('no row');
  await file.save('two', view(one, other));
  await file.save('two', view(one));
  expect((await file.load()).cooldowns).toContainEqual({ ...one, key: 'b/\ufffd' });
});

test('the longer of two cooldowns of one key stays, whichever was saved first', async () => {
  await using file = await history();
  await file.save('one', view(cooldown({ retryAt: NOW + 10 })));
  await file.save('two', view(cooldown({ retryAt: NOW + 20, reason: 'exhausted', lasting: false })));
  const longer = cooldown({ retryAt: NOW + 20, reason: 'exhausted', lasting: false });
  expect(await file.load()).toEqual(view(longer));
  await file.save('three', view(cooldown({ retryAt: NOW + 15 })));
  expect(await file.load()).toEqual(view(longer));
});

test('an ended cooldown is deleted, loaded or saved, unless another process has made it longer', async () => {
  await using file = await history();
  await file.save('one', view(cooldown({ retryAt: NOW + 10 })));
  await file.start('two');
  await file.save('two', NOTHING);
  expect(await file.load()).toEqual(NOTHING);
  await file.save('two', view(cooldown({ retryAt: NOW + 10 })));
  await file.save('three', view(cooldown({ retryAt: NOW + 20 })));
  await file.save('two', NOTHING);
  expect(await file.load()).toEqual(view(cooldown({ retryAt: NOW + 20 })));
  await file.save('three', NOTHING);
  expect(await file.load()).toEqual(NOTHING);
});

test('a cooldown that another process ended is not written again while it does not change', async () => {
  await using file = await history();
  await file.save('one', view(cooldown()));
  await file.start('two');
  await file.save('one', NOTHING);
  await file.save('two', view(cooldown(), spent()));
  expect(await file.load()).toEqual(view(spent()));
});

test('a process can shorten its own cooldown and change its reason', async () => {
  await using file = await history();
  for (const row of [
    cooldown({ retryAt: NOW + 20 }),
    cooldown({ retryAt: NOW + 10 }),
    cooldown({ retryAt: NOW + 10, reason: 'exhausted' }),
    cooldown({ retryAt: NOW + 10, reason: 'exhausted', lasting: false }),
  ]) {
    await file.save('one', view(row));
    expect(await file.load()).toEqual(view(row));
  }
});

test('the amounts that two processes count in one window add up', async () => {
  await using file = await history();
  await file.save('one', view(spent({ used: 5 })));
  await file.start('two');
  await file.save('two', view(spent({ used: 7 })));
  await file.save('one', view(spent({ used: 8 })));
  await file.save('three', view(spent({ used: 4 }), spent({ used: 1, until: NOW + 2000 })));
  expect(await file.load()).toEqual(view(spent({ used: 14 }), spent({ used: 1, until: NOW + 2000 })));
});

test('a row that ends in one process stays while another process counts in it', async () => {
  await using file = await history();
  await file.save('one', view(spent({ used: 5 })));
  await file.save('two', view(spent({ used: 2 })));
  await file.save('one', NOTHING);
  expect(await file.load()).toEqual(view(spent({ used: 2 })));
  await file.save('two', NOTHING);
  using raw = openRaw(file.folder.file);
  expect(raw.prepare('select count(*) as many from limit_window').get()).toEqual({ many: 0 });
});

test('an amount that two processes loaded and both moved counts once', async () => {
  await using file = await history();
  const other = { key: 'acc/z', until: NOW + 1 };
  await file.save('one', view(spent({ used: 5 }), spent(other)));
  await file.start('two');
  await file.start('three');
  await file.save('one', view(spent({ used: 6, until: NOW + 1100 }), spent(other)));
  await file.save('two', view(spent({ used: 7, until: NOW + 1200 }), spent(other)));
  await file.save('three', view(spent({ used: 5 }), spent({ used: 1, until: NOW + 1300 }), spent(other)));
  const loaded = await file.load();
  expect(loaded.windows.reduce((sum, row) => sum + row.used, 0)).toBe(1 + 5 + 1 + 2 + 1);
  expect(loaded.windows.every((row) => row.used > 0)).toBe(true);
});

test('a row below 0 is subtracted from later rows of its own window only', async () => {
  await using file = await history();
  using raw = openRaw(file.folder.file);
  const insert = raw.prepare('insert into limit_window values (?, ?, ?, ?, null)');
  insert.run('a', 'requestsPerDay', -3, NOW + 1);
  insert.run('a', 'requestsPerDay', 2, NOW + 2);
  insert.run('a', 'tokensPerDay', 6, NOW + 1);
  insert.run('a', 'tokensPerDay', -4, NOW + 2);
  insert.run('b', 'tokensPerDay', 9, NOW + 1);
  insert.run('b', 'tokensPerDay', -1, NOW + 2);
  insert.run('b', 'tokensPerDay', 3, NOW + 3);
  insert.run('b', 'tokensPerDay', 3, NOW + 4);
  const row = { key: 'b', window: 'tokensPerDay' as const };
  expect(await file.load()).toEqual(
    view(
      spent({ ...row, key: 'a', used: 6, until: NOW + 1 }),
      spent({ ...row, used: 9, until: NOW + 1 }),
      spent({ ...row, used: 2, until: NOW + 3 }),
      spent({ ...row, used: 3, until: NOW + 4 }),
    ),
  );
});

test('of a window whose limit the provider reported the view that changed last replaces the others', async () => {
  await using file = await history();
  const minutes = spent({ window: 'tokensPerDay', used: 2 });
  await file.save('one', view(spent({ used: 5, limit: 10 }), minutes));
  await file.save('two', view(spent({ used: 7, until: NOW + 2000, limit: 10 }), spent({ key: 'acc/n' })));
  expect(await file.load()).toEqual(
    view(spent({ used: 7, until: NOW + 2000, limit: 10 }), minutes, spent({ key: 'acc/n' })),
  );
  // The first process saves other rows. Its older view of this window did not change and is not written.
  await file.save('one', view(spent({ used: 5, limit: 10 }), { ...minutes, used: 3 }));
  expect((await file.load()).windows[0]).toEqual(spent({ used: 7, until: NOW + 2000, limit: 10 }));
  await file.save('one', view(spent({ used: 5, limit: 12 }), { ...minutes, used: 3 }));
  expect((await file.load()).windows[0]).toEqual(spent({ used: 5, limit: 12 }));
});

test('another process adds to a row without changing its reported limit, and a forgotten limit is cleared', async () => {
  await using file = await history();
  await file.save('one', view(spent({ used: 5, limit: 10 })));
  await file.save('two', view(spent({ used: 2 })));
  expect(await file.load()).toEqual(view(spent({ used: 7, limit: 10 })));
  await file.save('one', view(spent({ used: 5 })));
  expect(await file.load()).toEqual(view(spent({ used: 5 })));
});

test('a save deletes the expired rows of every process and no other rows', async () => {
  await using file = await history();
  await file.save('dead', {
    cooldowns: [cooldown({ retryAt: NOW + 10 }), cooldown({ key: 'b', retryAt: NOW + 11 })],
    windows: [spent({ until: NOW + 10 }), spent({ until: NOW + 11 })],
  });
  await file.save('one', view(spent({ key: 'own' })), NOW + 10);
  using raw = openRaw(file.folder.file);
  expect(raw.prepare('select key from limit_cooldown').all()).toEqual([{ key: 'b' }]);
  expect(raw.prepare('select key, until from limit_window order by key').all()).toEqual([
    { key: 'acc/m', until: NOW + 11 },
    { key: 'own', until: NOW + 1000 },
  ]);
});

test('a reported window that expires in one process keeps the rows of its next day from another process', async () => {
  await using file = await history();
  await file.save('one', view(spent({ until: NOW + 10, limit: 10 })));
  await file.start('two');
  await file.save('one', view(spent({ until: NOW + 99, limit: 10 })), NOW + 10);
  await file.save('two', view(spent({ key: 'own' })), NOW + 11);
  expect(await file.load()).toEqual(view(spent({ until: NOW + 99, limit: 10 }), spent({ key: 'own' })));
});

test('rows that have expired are not saved', async () => {
  await using file = await history();
  await file.save('one', view(cooldown({ retryAt: NOW }), spent({ until: NOW }), spent({ limit: 3 })));
  using raw = openRaw(file.folder.file);
  expect(raw.prepare('select count(*) as many from limit_cooldown').get()).toEqual({ many: 0 });
  expect(raw.prepare('select count(*) as many from limit_window').get()).toEqual({ many: 1 });
});

test('rows with words that this version does not know survive a save', async () => {
  await using file = await history();
  await file.save('one', LASTING);
  using raw = openRaw(file.folder.file);
  raw.exec("update limit_cooldown set reason = 'eclipsed'; update limit_window set window = 'year'||used");
  await file.start('two');
  await file.save('two', view(spent()));
  expect(raw.prepare('select count(*) as many from limit_cooldown').get()).toEqual({ many: 2 });
  expect(raw.prepare('select count(*) as many from limit_window').get()).toEqual({ many: 3 });
});
