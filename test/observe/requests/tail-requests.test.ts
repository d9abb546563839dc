import { expect, test } from 'vitest';
import type { TailedRequest } from '../../../src/domain/request-list.ts';
import { idText } from '../../../src/lib/time-ids.ts';
import type { RowListener } from '../../../src/observe/requests/request-log.ts';
import { tailRequests } from '../../../src/observe/requests/tail-requests.ts';
import type { RowFilter } from '../../../src/store/request-log/stored-log.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { requestRow } from '../../helpers/request-rows.ts';

function rig(filter: RowFilter = {}) {
  const clock = fakeClock();
  const listeners = new Set<RowListener>();
  const abort = new AbortController();
  const log = {
    watch(listener: RowListener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  const tail = tailRequests({ log, clock, filter, messages: false, signal: abort.signal })[Symbol.asyncIterator]();
  const end = (n: number, members = {}): void => {
    for (const listener of listeners) listener(requestRow(n, members));
  };
  const next = async (): Promise<TailedRequest> => ((await tail.next()) as { value: TailedRequest }).value;
  return { clock, listeners, abort, tail, end, next };
}

test('a reader gets the rows that it wants, also while it waits', async () => {
  const { end, next } = rig({ failed: true });
  const waiting = next();
  end(1);
  end(2, { code: 'internal_error' });
  expect(await waiting).toMatchObject({ kind: 'request', request: { id: idText(requestRow(2).id) } });
});

test('rows beyond 200 in a second are lost, and the reader is told how many', async () => {
  const { clock, end, next } = rig();
  for (let n = 0; n < 1500; n++) end(n);
  for (let n = 0; n < 200; n++) expect((await next()).kind).toBe('request');
  const waiting = next();
  clock.advance(1000);
  expect(await waiting).toEqual({ kind: 'lost', count: 1300 });
});

test('a reader that reads nothing keeps the newest 1,000 rows', async () => {
  const { clock, end, next } = rig();
  for (let second = 0; second < 10; second++) {
    for (let n = 0; n < 200; n++) end(second * 200 + n);
    clock.advance(1000);
  }
  expect(await next()).toEqual({ kind: 'lost', count: 1000 });
  expect(await next()).toMatchObject({ request: { id: idText(requestRow(1000).id) } });
});

test('a tail that is returned or aborted does not listen any more', async () => {
  for (const how of ['return', 'abort'] as const) {
    const { listeners, tail, abort } = rig();
    expect(listeners.size).toBe(1);
    const waiting = tail.next().catch((error: unknown) => error);
    if (how === 'return') await tail.return?.();
    else abort.abort('client_closed');
    await waiting;
    expect(listeners.size).toBe(0);
  }
});
