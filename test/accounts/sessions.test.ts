import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import { createSessions } from '../../src/accounts/sessions.ts';
import { SessionTable } from '../../src/auth/session-table.ts';
import { SESSION_IDLE_MS, type SessionUse } from '../../src/domain/session-record.ts';
import type { DirectoryChange, StoredDirectory } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { fakeClock } from '../helpers/clock.ts';
import { principalOf } from '../helpers/principal.ts';

const NOW = 1_800_000_000_000;
const ADMIN = principalOf('boss', { role: 'admin', tenant: 'acme' });
const ACTOR: Actor = { principal: ADMIN, via: 'api', requestId: 'req_1', remote: '192.0.2.1' };
const IDENTITY = { principal: ADMIN, keyDigest: createHash('sha256').update('key').digest('hex'), via: 'key' } as const;

/** Sessions on a store that can be taken away. */
function openSessions() {
  const changes: DirectoryChange[] = [];
  const uses: (readonly SessionUse[])[] = [];
  const clock = fakeClock(NOW);
  const state = { isAway: false };
  const answer = (written: () => void): Promise<void> => {
    if (state.isAway) return Promise.reject(new StoreError('unreachable', 'db.example'));
    written();
    return Promise.resolve();
  };
  const directory: StoredDirectory = {
    load: () => Promise.reject(new Error('Nothing is read here.')),
    changesAfter: () => Promise.reject(new Error('Nothing is read here.')),
    apply: (change) => answer(() => void changes.push(change)).then(() => changes.length),
    noteUses: (written) => answer(() => void uses.push(written)),
    watch: () => ({ [Symbol.dispose]: () => undefined }),
  };
  const table = new SessionTable();
  const sessions = createSessions({
    store: { directory },
    replica: {
      sessions: table,
      session: (digest) => table.get(digest),
      applied: ({ sessions: put = [] }) => table.put(put, clock.now()),
    },
    clock,
  });
  return { sessions, table, changes, uses, state, clock };
}

/** Lets what was begun in the background end. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a use is written at most once a minute, with the uses of all sessions', async () => {
  const { sessions, table, uses, clock } = openSessions();
  const digests: string[] = [];
  for (let n = 0; n < 2; n++) digests.push((await sessions.create(ACTOR, IDENTITY, undefined)).record.digest);
  const use = (): void => {
    for (const digest of digests) sessions.used(table.get(digest)!);
  };
  for (const ms of [0, 59_999]) {
    clock.advance(ms);
    use();
  }
  await settled();
  expect(uses).toEqual([]);
  clock.advance(1);
  use();
  use();
  await settled();
  expect(uses.flat().map(({ digest, usedAt }) => [digest, usedAt])).toEqual(
    digests.map((each) => [each, NOW + 60_000]),
  );
  expect(table.get(digests[0]!)?.usedAt).toBe(NOW + 60_000);
});

test('a use that cannot be written is written with the next one, in its newest form', async () => {
  const { sessions, table, uses, state, clock } = openSessions();
  const [one, two] = [
    await sessions.create(ACTOR, IDENTITY, undefined),
    await sessions.create(ACTOR, IDENTITY, undefined),
  ];
  state.isAway = true;
  for (let minutes = 1; minutes <= 2; minutes++) {
    clock.advance(60_000);
    sessions.used(table.get(one.record.digest)!);
    await settled();
  }
  state.isAway = false;
  sessions.used(table.get(two.record.digest)!);
  await settled();
  expect(uses).toEqual([[one, two].map(({ record: { digest } }) => ({ digest, usedAt: NOW + 120_000 }))]);
});

test('no session is made while the store is away, and one ends here at once all the same', async () => {
  const { sessions, table, changes, state } = openSessions();
  const { record } = await sessions.create(ACTOR, IDENTITY, undefined);
  state.isAway = true;
  await expect(sessions.create(ACTOR, IDENTITY, undefined)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect([table.size, changes.length]).toEqual([1, 1]);
  await expect(sessions.end(ACTOR, record.digest)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(table.get(record.digest)?.endedAt).toBe(NOW);
});

test('making and ending are audited under the key, and show no digest that is stored', async () => {
  const { sessions, changes } = openSessions();
  const { value, record } = await sessions.create(ACTOR, IDENTITY, undefined);
  await sessions.end(ACTOR, record.digest);
  await sessions.end(ACTOR, record.digest);
  await sessions.end(ACTOR, 'unknown');
  const entries = changes.map(({ audit }) => audit);
  const about = {
    target: 'boss',
    tenant: 'acme',
    actorId: 'boss',
    via: 'api',
    requestId: 'req_1',
    remote: '192.0.2.1',
  };
  expect(entries).toMatchObject([
    { ...about, action: 'sessions.create', before: undefined, after: { object: 'session', role: 'admin' } },
    { ...about, action: 'sessions.delete', before: { object: 'session', created_at: NOW }, after: undefined },
  ]);
  for (const secret of [value, record.digest, record.maskedKey, IDENTITY.keyDigest])
    expect(JSON.stringify(entries)).not.toContain(secret);
});

test('an end that cannot be written is written once as soon as the store is back', async () => {
  const { sessions, changes, state, clock } = openSessions();
  const made = [];
  for (let n = 0; n < 2; n++) made.push((await sessions.create(ACTOR, IDENTITY, undefined)).record);
  state.isAway = true;
  for (const { digest } of made)
    await expect(sessions.end(ACTOR, digest)).rejects.toMatchObject({ code: 'store_unavailable' });
  // The second deletion of a browser has no session any more.
  await sessions.end(ACTOR, made[0]!.digest);
  clock.advance(1000);
  await settled();
  state.isAway = false;
  expect(changes).toHaveLength(2);
  clock.advance(1000);
  await settled();
  expect(changes.slice(2)).toMatchObject(
    made.map((each) => ({ sessions: [{ ...each, endedAt: NOW }], audit: { action: 'sessions.delete', at: NOW } })),
  );
  clock.advance(1000);
  await settled();
  expect([changes.length, clock.waiting()]).toEqual([4, 0]);
});

test('an end is not written any more once the session has ended by time, nor after the disposal', async () => {
  for (const stop of ['time', 'disposal']) {
    const { sessions, changes, state, clock } = openSessions();
    const { record } = await sessions.create(ACTOR, IDENTITY, undefined);
    state.isAway = true;
    await expect(sessions.end(ACTOR, record.digest)).rejects.toMatchObject({ code: 'store_unavailable' });
    if (stop === 'disposal') sessions[Symbol.dispose]();
    else {
      clock.advance(1000);
      await settled();
      clock.advance(SESSION_IDLE_MS);
      await settled();
    }
    state.isAway = false;
    clock.advance(1000);
    await settled();
    expect([stop, changes.length, clock.waiting()]).toEqual([stop, 1, 0]);
  }
});

test('a key may log in 30 times within a minute, whatever other keys do', async () => {
  const { sessions, table, clock } = openSessions();
  const logIns = (count: number, identity = IDENTITY) =>
    Promise.allSettled(Array.from({ length: count }, () => sessions.create(ACTOR, identity, undefined)));
  const first = await logIns(31);
  expect(first.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'rate_limit_exceeded', details: { retryAfter: 60 } } },
  ]);
  const other = { ...IDENTITY, principal: principalOf('other', { role: 'viewer' }) };
  expect(await logIns(1, other)).toMatchObject([{ status: 'fulfilled' }]);
  clock.advance(59_999);
  expect(await logIns(1)).toMatchObject([{ status: 'rejected' }]);
  clock.advance(1);
  expect(await logIns(1)).toMatchObject([{ status: 'fulfilled' }]);
  expect(table.size).toBe(32);
});
