import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/domain/key-record.ts';
import { packRows } from '../../../src/store/request-log/packed-rows.ts';
import type { StoredBody } from '../../../src/store/request-log/stored-body.ts';
import type { Store } from '../../../src/store/store.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { type EmptyDatabase, ENGINES, SHARED_ENGINES, stopServer, titleOf } from '../../helpers/engines.ts';
import { requestRow } from '../../helpers/request-rows.ts';
import { NOW } from '../../helpers/store.ts';
import { openMemoryStore } from '../../../src/store/sqlite-store.ts';

const DAY = 86_400_000;
const AUDIT: AuditEntry = {
  at: NOW,
  actorId: 'key_admin',
  actorName: 'admin',
  via: 'api',
  action: 'requests.body',
  target: 'r_1',
  tenant: 'acme',
  before: undefined,
  after: undefined,
  requestId: undefined,
  remote: undefined,
};

/** Bytes of every value, which are no text. */
const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

/** The bodies of the n-th row. */
function bodyOf(n: number, members: Partial<StoredBody> = {}): StoredBody {
  return { id: requestRow(n).id, request: BYTES, answer: BYTES.subarray(10, 20), facts: '{"a":1}', ...members };
}

afterAll(stopServer);

describe.each(ENGINES)('$name', (engine) => {
  describe.skipIf(engine.missing !== undefined)(titleOf(engine), () => {
    let database: EmptyDatabase;
    let store: Store;
    const clock = fakeClock(NOW);
    const log = (): Store['requestLog'] => store.requestLog;
    const has = async (n: number): Promise<boolean> => (await log().readBody(requestRow(n).id, AUDIT)) !== undefined;

    beforeEach(async () => {
      database = await engine.create();
      store = await database.open({ clock });
      await log().open('p');
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    });

    test('bodies are read as they were written, each reading with its audit entry', async () => {
      await log().write(packRows([requestRow(1), requestRow(2)]));
      expect(await log().writeBodies([bodyOf(1), bodyOf(2, { answer: null })])).toBe(2);
      const found = await log().readBody(requestRow(1).id, AUDIT);
      expect([Buffer.from(found?.request ?? []), Buffer.from(found?.answer ?? [])]).toEqual([
        Buffer.from(BYTES),
        Buffer.from(BYTES.subarray(10, 20)),
      ]);
      expect(found?.facts).toBe('{"a":1}');
      expect((await log().readBody(requestRow(2).id, AUDIT))?.answer).toBeNull();
      const audit = await store.records.audit({ action: 'requests.body', limit: 10 });
      expect(audit.map(({ actorId, target }) => [actorId, target])).toEqual([
        ['key_admin', 'r_1'],
        ['key_admin', 'r_1'],
      ]);
    });

    test('a reading that finds nothing is no reading', async () => {
      await log().write(packRows([requestRow(1)]));
      expect(await has(1)).toBe(false);
      expect(await store.records.audit({ limit: 10 })).toEqual([]);
    });

    test('bodies without a row are left out, and those that are there stay', async () => {
      await log().write(packRows([requestRow(1)]));
      expect(await log().writeBodies([bodyOf(1), bodyOf(2)])).toBe(1);
      expect(await log().writeBodies([bodyOf(1, { facts: '{}' })])).toBe(1);
      expect((await log().readBody(requestRow(1).id, AUDIT))?.facts).toBe('{"a":1}');
      await log().write(packRows([requestRow(2)]));
      expect(await has(2)).toBe(false);
    });

    test('what forgets rows forgets their bodies', async () => {
      await log().write(packRows([requestRow(1, { user: 'ann' }), requestRow(2, { user: 'bob' })]));
      await log().writeBodies([bodyOf(1), bodyOf(2)]);
      await log().forget({ filter: { user: 'ann' }, below: requestRow(9).id, audit: undefined });
      expect([await has(1), await has(2)]).toEqual([false, true]);
    });

    test('bodies older than their own retention are deleted, and those of rows that are deleted', async () => {
      const days = [-2, -1, 0].map((day) => day * DAY);
      clock.advance(-3 * DAY);
      await log().open('p');
      clock.advance(3 * DAY);
      await log().open('p');
      await log().write(packRows(days.map((n) => requestRow(n))));
      await log().writeBodies(days.map((n) => bodyOf(n)));
      const bounds = { retention: 30 * DAY, maxRows: 1e6, bodyRetention: 1.5 * DAY };
      while (await log().maintain(bounds));
      expect(await Promise.all(days.map(has))).toEqual([false, true, true]);
      while (await log().maintain({ retention: DAY / 4, maxRows: 1e6 }));
      expect(await Promise.all(days.map(has))).toEqual([false, false, true]);
      expect((await log().page({ filter: {}, towards: 'older', limit: 9 })).rows).toHaveLength(1);
    });
  });
});

describe.each(SHARED_ENGINES)('without the audit trail, in $name', (engine) => {
  test.skipIf(engine.missing !== undefined)(titleOf(engine), async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock: fakeClock(NOW) });
    await store.requestLog.open('p');
    await store.requestLog.write(packRows([requestRow(1)]));
    await store.requestLog.writeBodies([bodyOf(1)]);
    await database.execute('drop table audit');
    await expect(store.requestLog.readBody(requestRow(1).id, AUDIT)).rejects.toThrow('audit');
  });
});

test('a store in memory keeps the bodies of the newest 500 requests', async () => {
  await using store = openMemoryStore({ clock: fakeClock(NOW) });
  const numbers = Array.from({ length: 510 }, (_, index) => index);
  await store.requestLog.write(packRows(numbers.map((n) => requestRow(n))));
  expect(await store.requestLog.writeBodies(numbers.map((n) => bodyOf(n)))).toBe(510);
  const kept = await Promise.all([9, 10, 509].map((n) => store.requestLog.readBody(requestRow(n).id, AUDIT)));
  expect(kept.map((body) => body !== undefined)).toEqual([false, true, true]);
});
