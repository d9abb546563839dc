import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { firstIdAt } from '../../../src/lib/time-ids.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { packRows } from '../../../src/store/request-log/packed-rows.ts';
import { requestRow } from '../../helpers/request-rows.ts';
import { NOW, open, openRaw, temporaryFolder } from '../../helpers/store.ts';

test('a file becomes smaller when old rows are deleted', async () => {
  using folder = temporaryFolder();
  const clock = fakeClock(NOW);
  const pages = (): unknown => {
    using raw = openRaw(folder.file);
    return raw.prepare('pragma page_count').get()?.['page_count'];
  };
  await using store = await open(folder.file, { clock });
  await store.requestLog.write(packRows(Array.from({ length: 3000 }, (_, n) => requestRow(n))));
  const before = Number(pages());
  clock.advance(3_600_001);
  while (await store.requestLog.maintain({ retention: 3_600_000 - 2999, maxRows: 1e6 }));
  expect(Number(pages())).toBeLessThan(before / 3);
  await store[Symbol.asyncDispose]();
  expect(statSync(folder.file).size).toBeLessThan((before / 3) * 4096);
});

test('the log is read while another process holds the file, and a row of it is not', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file, { lockTimeoutMs: 50 });
  await store.requestLog.write(packRows([requestRow(1)]));
  using raw = openRaw(folder.file);
  raw.exec('begin immediate');
  await expect(store.requestLog.write(packRows([requestRow(2)]))).rejects.toMatchObject({ problem: 'locked' });
  const query = { filter: {}, towards: 'older', limit: 5 } as const;
  expect((await store.requestLog.page(query)).rows).toHaveLength(1);
  raw.exec('rollback');
  await store.requestLog.write(packRows([requestRow(2)]));
  expect((await store.requestLog.page(query)).rows.map(({ id }) => id)).toEqual([2, 1].map((n) => firstIdAt(NOW + n)));
});

test('a row that the database refuses is told from a database that does not work', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  using raw = openRaw(folder.file);
  raw.exec(
    "create trigger refuse before insert on request when new.request_id = 'bad' begin select raise(abort, 'no'); end",
  );
  const bad = store.requestLog.write(packRows([requestRow(1, { requestId: 'bad' })]));
  await expect(bad).rejects.toMatchObject({ problem: 'refused' });
  raw.exec('drop table request');
  await expect(store.requestLog.write(packRows([requestRow(1)]))).rejects.toMatchObject({ problem: 'unusable' });
});
