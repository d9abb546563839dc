import { expect, test } from 'vitest';
import { openKeyReplica } from '../../src/auth/key-replica.ts';
import { authenticate } from '../../src/auth/keys.ts';
import { newSecret, storedSecret } from '../../src/auth/secret.ts';
import type { KeyRecord } from '../../src/domain/key-record.ts';
import { authenticationOf } from '../../src/domain/principal.ts';
import type { Directory, StoredDirectory } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { fakeClock } from '../helpers/clock.ts';
import { keyRecord } from '../helpers/records.ts';

const SECRET = newSecret();
const RECORD = keyRecord('key_abcdefghijklmnopqrstuvwx', { tenant: '', secrets: [storedSecret(SECRET, 0)] });

/** A store that can be taken away. */
function storeOf(keys: KeyRecord[]) {
  let problem: StoreError['problem'] | undefined;
  let seq = 1;
  const reads: string[] = [];
  const listeners: (() => void)[] = [];
  const read = async (name: string): Promise<Directory> => {
    reads.push(name);
    if (problem !== undefined) throw new StoreError(problem, 'db.example');
    return { seq, keys: [...keys], tenants: [], sessions: [] };
  };
  const directory: StoredDirectory = {
    load: () => read('load'),
    changesAfter: async () => ({ ...(await read('changes')), removedTenants: [] }),
    noteUses: () => Promise.resolve(),
    apply: () => Promise.reject(new Error('Nothing is written here.')),
    watch(listener) {
      listeners.push(listener);
      return { [Symbol.dispose]: () => void listeners.splice(listeners.indexOf(listener), 1) };
    },
  };
  return {
    directory,
    reads,
    listeners,
    fail: (kind: StoreError['problem'] | undefined) => void (problem = kind),
    change(record: KeyRecord) {
      seq++;
      keys.push(record);
    },
  };
}

function openOn({ directory }: Pick<ReturnType<typeof storeOf>, 'directory'>) {
  const clock = fakeClock();
  const problems: string[] = [];
  const changes = { count: 0 };
  const settings = { sync: 1000, maxStale: 60_000 };
  const opened = openKeyReplica({
    directory,
    clock,
    settings: () => settings,
    onChange: () => void changes.count++,
    onProblem: (message) => void problems.push(message),
  });
  return { clock, problems, changes, opened };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('a store that cannot be reached at the start is tried every second, and its keys are unavailable until then', async () => {
  const store = storeOf([RECORD]);
  store.fail('unreachable');
  const { clock, problems, changes, opened } = openOn(store);
  using replica = await opened;
  const auth = authenticationOf(new Map(), [replica]);
  const send = (key: string): unknown =>
    authenticate(auth, { 'x-api-key': key }, { onUnknown: () => undefined, now: clock.now() }).principal.id;
  expect([auth.keyless, replica.isLoaded]).toEqual([false, false]);
  expect(() => send(SECRET)).toThrow(
    expect.objectContaining({ code: 'store_unavailable', details: expect.objectContaining({ retryAfter: 1 }) }),
  );
  // A mistyped secret is unknown, whatever the store holds.
  const mistyped = SECRET.slice(0, -1) + (SECRET.endsWith('a') ? 'b' : 'a');
  expect(() => send(mistyped)).toThrow(expect.objectContaining({ code: 'invalid_api_key' }));
  for (let second = 0; second < 3; second++) {
    clock.advance(1000);
    await settled();
  }
  expect([store.reads.length, problems.length, changes.count, replica.isFailing]).toEqual([4, 1, 0, true]);
  store.fail(undefined);
  clock.advance(1000);
  await settled();
  expect([replica.isLoaded, send(SECRET), problems.length, changes.count]).toEqual([true, RECORD.id, 2, 1]);
  expect(replica.isFailing).toBe(false);
});

test('keys are served from memory while the store is away, and not after maxStale', async () => {
  const store = storeOf([RECORD]);
  const { clock, opened } = openOn(store);
  using replica = await opened;
  const digest = RECORD.secrets[0]?.digest ?? '';
  store.fail('unreachable');
  for (let second = 0; second < 60; second++) {
    clock.advance(1000);
    await settled();
    expect([replica.find(digest)?.id, replica.refusalOf?.('another')]).toEqual([RECORD.id, undefined]);
  }
  clock.advance(1000);
  await settled();
  expect([replica.find(digest), replica.refusalOf?.(digest)]).toEqual([undefined, 'unavailable']);
  store.fail(undefined);
  clock.advance(1000);
  await settled();
  expect(replica.find(digest)?.id).toBe(RECORD.id);
});

test('a key that is known to be revoked stays revoked while the store is away', async () => {
  const store = storeOf([{ ...RECORD, revokedAt: 5 }]);
  const { clock, opened } = openOn(store);
  using replica = await opened;
  store.fail('unreachable');
  clock.advance(120_000);
  await settled();
  const digest = RECORD.secrets[0]?.digest ?? '';
  expect([replica.refusalOf?.(digest), replica.refusalOf?.('another')]).toEqual(['revoked', 'unavailable']);
});

test('a change is read after each interval, and at once where the store reports it', async () => {
  const store = storeOf([RECORD]);
  const { clock, changes, opened } = openOn(store);
  const replica = await opened;
  clock.advance(999);
  await settled();
  expect(store.reads).toEqual(['load']);
  clock.advance(1);
  await settled();
  expect([store.reads, changes.count]).toEqual([['load', 'changes'], 1]);
  const other = { ...RECORD, id: 'key_other', name: 'other', secrets: [storedSecret(newSecret(), 0)] };
  store.change(other);
  // A burst of reports is one read, and one more for what came meanwhile.
  for (let n = 0; n < 20; n++) for (const listener of store.listeners) listener();
  await settled();
  expect([replica.table.size, store.reads.length, changes.count]).toEqual([2, 4, 2]);
  replica[Symbol.dispose]();
  clock.advance(10_000);
  await settled();
  expect([store.listeners.length, store.reads.length]).toEqual([0, 4]);
});

test.each(['damaged', 'newer', 'foreign'] as const)('a store that is %s stops the start', async (problem) => {
  const store = storeOf([]);
  store.fail(problem);
  const { opened } = openOn(store);
  await expect(opened).rejects.toThrow(expect.objectContaining({ problem }));
  expect(store.listeners).toEqual([]);
});
