import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { KeyTable } from '../../src/auth/key-table.ts';
import { authenticate } from '../../src/auth/keys.ts';
import { newSecret, storedSecret } from '../../src/auth/secret.ts';
import type { KeyRecord } from '../../src/domain/key-record.ts';
import { authenticationOf } from '../../src/domain/principal.ts';
import { randomLetters } from '../../src/lib/base62.ts';
import { cpuTime } from '../helpers/cpu-time.ts';
import type { Store } from '../../src/store/store.ts';
import { auditEntry, keyRecord } from '../helpers/records.ts';
import { NOW, open, temporaryFolder } from '../helpers/store.ts';

/** A key with an id and a secret of its own, with the given members. */
function recordOf(members: Partial<KeyRecord> = {}): KeyRecord {
  return keyRecord(`key_${randomLetters(24)}`, { tenant: '', secrets: [storedSecret(newSecret(), NOW)], ...members });
}
const tableOf = (...keys: KeyRecord[]): KeyTable => {
  const table = new KeyTable();
  table.put({ keys, tenants: [] });
  return table;
};
const digestOf = (record: KeyRecord, index = 0): string => record.secrets[index]?.digest ?? '';

test.each([
  ['a plain key', {}],
  [
    'a key of a tenant with everything',
    {
      tenant: 'acme',
      role: 'admin' as const,
      chains: ['default'],
      models: ['a/*'],
      operations: ['embeddings'],
      bodies: true,
      expiresAt: NOW + 5,
      limits: { requestsPerMinute: 3 },
      note: 'note',
      metadata: { a: 'b' },
      version: 7,
    },
  ],
  ['a revoked key', { revokedAt: NOW, revokedStreams: 'finish' as const }],
  [
    'a key with two secrets',
    {
      secrets: [
        { ...storedSecret(newSecret(), NOW), endsAt: NOW + 9 },
        { ...storedSecret(newSecret(), NOW + 1), madeFor: 'x' },
      ],
    },
  ],
])('the record of %s comes back as it was put', (_, parts) => {
  const record = recordOf(parts);
  expect(tableOf(record).key(record.id)).toEqual(record);
});

test('a secret leads to one object, so that what is known of it is kept, until a key changes', () => {
  const record = recordOf({ name: 'before' });
  const table = tableOf(record);
  const found = table.find(digestOf(record));
  expect(table.find(digestOf(record))).toBe(found);
  table.put({ keys: [{ ...record, name: 'after', version: record.version + 1 }], tenants: [] });
  expect(table.find(digestOf(record))).toMatchObject({ id: record.id, name: 'after' });
  table.clear();
  expect(table.find(digestOf(record))).toBeUndefined();
});

test('a secret leads to its key, with the end of the key and its own', () => {
  const secrets = [newSecret(), newSecret()] as const;
  const [former, newest] = [{ ...storedSecret(secrets[0], NOW), endsAt: NOW + 10 }, storedSecret(secrets[1], NOW)];
  const record = recordOf({ expiresAt: NOW + 100, secrets: [former, newest] });
  const table = tableOf(record);
  expect(table.find(former.digest)).toMatchObject({ id: record.id, expiresAt: NOW + 100, secretEndsAt: NOW + 10 });
  expect(table.find(newest.digest)).toMatchObject({ id: record.id, expiresAt: NOW + 100, secretEndsAt: undefined });
  const auth = authenticationOf(new Map(), [{ hasKeys: true, find: (digest) => table.find(digest) }]);
  const refusedAt = (key: string): number | undefined =>
    [NOW + 9, NOW + 10, NOW + 99, NOW + 100].find((now) => {
      try {
        authenticate(auth, { 'x-api-key': key }, { onUnknown: () => undefined, now });
        return false;
      } catch {
        return true;
      }
    });
  expect([refusedAt(secrets[0]), refusedAt(secrets[1])]).toEqual([NOW + 10, NOW + 100]);
  expect(table.find(storedSecret(newSecret(), NOW).digest)).toBeUndefined();
});

/** A key whose secret's digest begins as that of the others. */
const alike = (end: string): KeyRecord =>
  recordOf({ secrets: [{ ...storedSecret(newSecret(), NOW), digest: 'abcdef0'.padEnd(63, '0') + end }] });

test('secrets whose digests begin alike are told apart, also once one of them is gone', () => {
  const [one, two, three] = [alike('1'), alike('2'), alike('3')];
  const table = tableOf(one, two, three);
  for (const record of [one, two, three]) expect(table.find(digestOf(record))?.id).toBe(record.id);
  table.put({ keys: [{ ...two, version: 2, secrets: [storedSecret(newSecret(), NOW)] }], tenants: [] });
  expect(table.find(digestOf(two))).toBeUndefined();
  expect([table.find(digestOf(one))?.id, table.find(digestOf(three))?.id]).toEqual([one.id, three.id]);
});

test('a revoked key is refused as revoked, and an older version never comes back', () => {
  const record = recordOf();
  const table = tableOf(record);
  table.put({ keys: [{ ...record, version: 2, revokedAt: NOW }], tenants: [] });
  table.put({ keys: [record], tenants: [] });
  expect([table.find(digestOf(record)), table.refusalOf(digestOf(record)), table.size, table.isEmpty]).toEqual([
    undefined,
    'revoked',
    0,
    false,
  ]);
});

test('only the newest 10,000 revoked keys are remembered', () => {
  const revoked = Array.from({ length: 10_002 }, (_, index) => recordOf({ revokedAt: NOW, createdAt: NOW + index }));
  const table = tableOf(...revoked, recordOf({ createdAt: NOW - 1 }));
  const [first, second, third] = revoked;
  expect([first, second, third].map((record) => record && table.refusalOf(digestOf(record)))).toEqual([
    undefined,
    undefined,
    'revoked',
  ]);
  expect(table.size).toBe(1);
});

test(
  '100,000 keys load from a file within two seconds of the event loop, and take at most 40 MB',
  { timeout: 120_000 },
  async () => {
    using folder = temporaryFolder();
    await using store = await open(folder.file);
    const keys = Array.from({ length: 100_000 }, (_, index) =>
      recordOf({
        name: `service-${index}`,
        tenant: `team-${index % 60}`,
        createdAt: NOW + index,
        createdBy: `key_${index % 50}`,
        secrets: [storedSecret(newSecret(), NOW + index)],
        budgets: [
          {
            amountNano: 50e9,
            period: 'month',
            timeZone: 'UTC',
            soft: 0.8,
            models: undefined,
            onUnknownPrice: 'skip',
            onOverrun: 'finish',
          },
        ],
      }),
    );
    for (let at = 0; at < keys.length; at += 5000)
      await store.directory.apply({ keys: keys.slice(at, at + 5000), audit: auditEntry() });
    const [first] = keys;
    keys.length = 0;
    const before = heap();
    const startedAt = cpuTime();
    const table = await loaded(store);
    const ms = cpuTime() - startedAt;
    const bytes = heap() - before;
    expect([table.size, first && table.find(digestOf(first))?.name]).toEqual([100_000, 'service-0']);
    expect(ms).toBeLessThan(2000);
    expect(Math.round(bytes / 1e6)).toBeLessThanOrEqual(40);
  },
);

/** A function of its own, so that nothing keeps what was loaded. */
async function loaded(store: Store): Promise<KeyTable> {
  const table = new KeyTable();
  table.put(await store.directory.load());
  return table;
}

function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('There is no function that collects garbage.');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
