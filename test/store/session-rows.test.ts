import { afterAll, describe, expect, test } from 'vitest';
import { MAX_SESSIONS_PER_KEY, SESSION_MAX_MS, type SessionRecord } from '../../src/domain/session-record.ts';
import { ENDED_SESSION_MS } from '../../src/store/session-rows.ts';
import type { Store } from '../../src/store/store.ts';
import { ENGINES, SHARED_ENGINES, stopServer, titleOf } from '../helpers/engines.ts';
import { auditEntry, keyRecord } from '../helpers/records.ts';

afterAll(stopServer);

const NOW = 1_800_000_000_000;
const HOUR = 3600_000;

function session(digest: string, members: Partial<SessionRecord> = {}): SessionRecord {
  const times = { createdAt: NOW, usedAt: members.createdAt ?? NOW, endedAt: undefined };
  return { digest, keyId: 'key_a', maskedKey: `masked ${digest}`, role: 'viewer', ...times, ...members };
}

function write(store: Store, ...sessions: SessionRecord[]): Promise<number> {
  return store.directory.apply({ sessions, audit: auditEntry({ action: 'sessions.create' }) });
}

const digestsOf = (sessions: readonly SessionRecord[]): string[] => sessions.map(({ digest }) => digest).toSorted();

describe.each(ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))('sessions in $title', (engine) => {
  const it = test.skipIf(engine.missing !== undefined);

  it('are loaded as they were written until they end, and each change is read once', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    const admin = session('b', { role: 'admin', keyId: 'key_b', createdAt: NOW + 0.5 });
    expect(await write(store, session('a'), admin)).toBe(1);
    const { sessions } = await store.directory.load();
    expect(sessions.toSorted((one, other) => one.digest.localeCompare(other.digest))).toEqual([session('a'), admin]);
    const ended = session('a', { endedAt: NOW + 5 });
    expect(await write(store, ended)).toBe(2);
    expect((await store.directory.load()).sessions).toEqual([admin]);
    expect((await store.directory.changesAfter(1)).sessions).toEqual([ended]);
    expect(digestsOf((await store.directory.changesAfter(0)).sessions)).toEqual(['a', 'b']);
    expect((await store.directory.changesAfter(2)).sessions).toEqual([]);
    expect(await store.records.audit({ limit: 10 })).toHaveLength(2);
  });

  it('have their newest use, of which other processes read, and none after their end', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await write(store, session('a'), session('b'));
    await store.directory.noteUses([
      { digest: 'a', usedAt: NOW + 60_000 },
      { digest: 'unknown', usedAt: NOW + 60_000 },
    ]);
    const used = session('a', { usedAt: NOW + 60_000 });
    expect(await store.directory.changesAfter(1)).toMatchObject({ seq: 2, sessions: [used] });
    await store.directory.noteUses([{ digest: 'a', usedAt: NOW + 30_000 }]);
    await write(store, session('b', { endedAt: NOW }));
    await store.directory.noteUses([{ digest: 'b', usedAt: NOW + 90_000 }]);
    const { seq, sessions } = await store.directory.changesAfter(2);
    expect([seq, sessions]).toEqual([3, [session('b', { endedAt: NOW })]]);
    expect((await store.directory.load()).sessions).toEqual([used]);
  });

  it('of one key are a hundred at most: the oldest one ends with another login', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    const many = Array.from({ length: MAX_SESSIONS_PER_KEY }, (_, n) => session(`s${n}`, { createdAt: NOW + n }));
    await write(store, ...many, session('of another key', { keyId: 'key_b', createdAt: NOW - 1 }));
    const seq = await write(store, session('newest', { createdAt: NOW + 1000 }));
    const { sessions } = await store.directory.changesAfter(seq - 1);
    expect(sessions).toContainEqual(session('s0', { createdAt: NOW, endedAt: NOW + 1000 }));
    expect(digestsOf(sessions)).toEqual(['newest', 's0']);
    const open = digestsOf((await store.directory.load()).sessions);
    expect([open.length, open.includes('s0'), open.includes('of another key')]).toEqual([101, false, true]);
  });

  it('are deleted with their changes once no process needs them, and numbers of changes never fall', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await write(store, session('long', { usedAt: NOW + SESSION_MAX_MS }), session('idle'));
    await write(store, session('ended', { createdAt: NOW, usedAt: NOW + SESSION_MAX_MS, endedAt: NOW + HOUR }));
    expect(digestsOf((await store.directory.changesAfter(0)).sessions)).toEqual(['ended', 'idle', 'long']);
    await write(store, session('next', { createdAt: NOW + ENDED_SESSION_MS + 2 * HOUR + 1 }));
    expect(digestsOf((await store.directory.changesAfter(0)).sessions)).toEqual(['long', 'next']);
    const last = await write(store, session('later', { createdAt: NOW + 3 * SESSION_MAX_MS }));
    expect((await store.directory.load()).sessions).toEqual([
      session('later', { createdAt: NOW + 3 * SESSION_MAX_MS }),
    ]);
    const gone = await write(store, session('gone', { createdAt: NOW + 9 * SESSION_MAX_MS, usedAt: 0 }));
    expect([last, gone, (await store.directory.changesAfter(gone)).seq]).toEqual([4, 5, 5]);
    expect(await store.directory.apply({ keys: [keyRecord('key_new')], audit: auditEntry() })).toBe(6);
  });
});

describe.each(SHARED_ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))(
  'sessions of two processes on $title',
  (engine) => {
    test.skipIf(engine.missing !== undefined)('are read by the other one', async () => {
      await using database = await engine.create();
      await using one = await database.open();
      await using other = await database.open();
      await write(one, session('a'));
      expect((await other.directory.changesAfter(0)).sessions).toEqual([session('a')]);
      await other.directory.noteUses([{ digest: 'a', usedAt: NOW + 60_000 }]);
      expect((await one.directory.changesAfter(1)).sessions).toEqual([session('a', { usedAt: NOW + 60_000 })]);
    });
  },
);
