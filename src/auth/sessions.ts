import { hash, randomBytes } from 'node:crypto';
import type { Authentication, Principal } from '../domain/principal.ts';
import { sessionEnd, type SessionRecord, type SessionRole } from '../domain/session-record.ts';

/** Bytes of a cookie's value: 256 bits, so that it cannot be guessed, and a fast digest of it is enough. */
const VALUE_BYTES = 32;
/** What a value looks like: these bytes in base64url. */
const VALUE = /^[\w-]{43}$/;

/** The roles, in ascending order. */
const ROLES: readonly Principal['role'][] = Object.freeze(['viewer', 'admin']);

/** A new session, and the value of its cookie, which is nowhere else. */
export interface NewSession {
  readonly value: string;
  readonly record: SessionRecord;
}

/** What a session is made of. */
export interface SessionOptions {
  /** Id and role of the key. */
  readonly keyId: string;
  readonly role: SessionRole;
  /** SHA-256 of the key's secret, in lower-case hexadecimal digits. */
  readonly keyDigest: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Makes a session. */
export function newSession({ keyId, role, keyDigest, now }: SessionOptions): NewSession {
  const value = randomBytes(VALUE_BYTES).toString('base64url');
  const maskedKey = masked(keyDigest, value);
  const record = { digest: hash('sha256', value), keyId, maskedKey, role, createdAt: now, usedAt: now };
  return { value, record: { ...record, endedAt: undefined } };
}

/** A session that is open. */
export interface OpenSession {
  readonly record: SessionRecord;
  /** The principal of its key. */
  readonly principal: Principal;
  readonly keyDigest: string;
}

/** Which sessions are open. */
export interface SessionRules {
  /** A session by its digest; undefined for an unknown one. */
  readonly find: (digest: string) => SessionRecord | undefined;
  readonly auth: Pick<Authentication, 'find'>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The open session of a cookie's value; undefined where there is none: it has ended, or its key is no longer accepted as it was. */
export function openSession(value: string, { find, auth, now }: SessionRules): OpenSession | undefined {
  if (!VALUE.test(value)) return undefined;
  const record = find(hash('sha256', value));
  if (record === undefined) return undefined;
  const keyDigest = masked(record.maskedKey, value);
  const principal = auth.find(keyDigest);
  return principal !== undefined && isOpen(record, principal, now) ? { record, principal, keyDigest } : undefined;
}

/** Whether a session is open at `now`, in milliseconds since the epoch, given the present principal of its key. */
export function isOpen(record: SessionRecord, principal: Principal, now: number): boolean {
  const { expiresAt = Infinity, secretEndsAt = Infinity, role } = principal;
  const end = Math.min(sessionEnd(record), expiresAt, secretEndsAt);
  return record.endedAt === undefined && now < end && rankOf(role) >= rankOf(record.role);
}

function rankOf(role: Principal['role']): number {
  return ROLES.indexOf(role);
}

/** Hides a digest by another one that only the cookie's value leads to; the same again reveals it. */
function masked(digest: string, value: string): string {
  const mask = hash('sha256', `key of ${value}`, 'buffer');
  const bytes = Buffer.from(digest, 'hex').map((byte, at) => byte ^ (mask[at] ?? 0));
  return Buffer.from(bytes).toString('hex');
}
