import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isOpen, newSession, openSession } from '../../src/auth/sessions.ts';
import { SessionTable } from '../../src/auth/session-table.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { SESSION_IDLE_MS, SESSION_MAX_MS, type SessionRecord } from '../../src/domain/session-record.ts';
import { principalOf } from '../helpers/principal.ts';

const NOW = 1_800_000_000_000;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const KEY = sha256('a weak key');
const ADMIN = principalOf('boss', { role: 'admin' });
const options = { keyId: 'boss', role: 'admin', keyDigest: KEY, now: NOW } as const;

function opened(record: SessionRecord, value: string, principal: Principal | undefined = ADMIN, now = NOW) {
  const find = (digest: string) => (digest === record.digest ? record : undefined);
  return openSession(value, { find, auth: { find: (digest) => (digest === KEY ? principal : undefined) }, now });
}

test('the value of a cookie leads to its session and its key, and nothing that is stored leads to either', () => {
  const { value, record } = newSession(options);
  expect(opened(record, value)).toEqual({ record, principal: ADMIN, keyDigest: KEY });
  expect(record.digest).toBe(sha256(value));
  // Known words could be tried against a digest of the key.
  for (const known of [value, KEY, sha256(KEY)]) expect(JSON.stringify(record)).not.toContain(known);
  const another = newSession(options);
  expect([another.value === value, another.record.maskedKey === record.maskedKey]).toEqual([false, false]);
  expect(opened(record, another.value)).toBeUndefined();
  expect(opened({ ...record, maskedKey: another.record.maskedKey }, value)).toBeUndefined();
});

test('a session is open until its idle end, its longest time, and the ends of its key', () => {
  const { value, record } = newSession(options);
  const openAt = (now: number, principal = ADMIN, own = record) => opened(own, value, principal, now) !== undefined;
  expect([openAt(NOW + SESSION_IDLE_MS - 1), openAt(NOW + SESSION_IDLE_MS)]).toEqual([true, false]);
  const used = { ...record, usedAt: NOW + SESSION_MAX_MS - 5 };
  expect([SESSION_MAX_MS - 1, SESSION_MAX_MS].map((ms) => openAt(NOW + ms, ADMIN, used))).toEqual([true, false]);
  for (const member of ['expiresAt', 'secretEndsAt'] as const) {
    const ends = { ...ADMIN, [member]: NOW + 10 };
    expect([openAt(NOW + 9, ends), openAt(NOW + 10, ends)]).toEqual([true, false]);
  }
  expect(openAt(NOW, ADMIN, { ...record, endedAt: NOW })).toBe(false);
  expect(opened(record, value, undefined)).toBeDefined();
  expect(openSession(value, { find: () => record, auth: { find: () => undefined }, now: NOW })).toBeUndefined();
});

test('a session ends where its key has a lower role than when it was made, and gains nothing from a higher one', () => {
  const roles = ['caller', 'viewer', 'admin'] as const;
  const open = (made: 'viewer' | 'admin') =>
    roles.map((role) => isOpen(newSession({ ...options, role: made }).record, { ...ADMIN, role }, NOW));
  expect([open('viewer'), open('admin')]).toEqual([
    [false, true, true],
    [false, false, true],
  ]);
});

test('the table keeps the newest use and every end, whichever comes first, and forgets what time has ended', () => {
  const table = new SessionTable();
  const { record } = newSession(options);
  table.put([record, newSession(options).record], NOW);
  table.put([{ ...record, usedAt: NOW + 50 }], NOW);
  table.put([{ ...record, usedAt: NOW + 20 }], NOW);
  expect(table.get(record.digest)?.usedAt).toBe(NOW + 50);
  table.put([{ ...record, endedAt: NOW + 60 }], NOW);
  table.put([record], NOW);
  expect(table.get(record.digest)).toEqual({ ...record, usedAt: NOW + 50, endedAt: NOW + 60 });
  const minutes = NOW + 60 + 600_000;
  const sizeAt = (now: number, ...put: SessionRecord[]): number => {
    table.put(put, now);
    return table.size;
  };
  expect([sizeAt(minutes - 1), sizeAt(minutes)]).toEqual([2, 1]);
  expect([sizeAt(NOW + 2 * SESSION_IDLE_MS - 1), sizeAt(NOW + 2 * SESSION_IDLE_MS)]).toEqual([1, 0]);
  const used = { ...record, usedAt: NOW + SESSION_MAX_MS };
  expect([sizeAt(NOW + SESSION_MAX_MS - 1, used), sizeAt(NOW + SESSION_MAX_MS)]).toEqual([1, 0]);
});
