/** Roles of keys that may log in to the dashboard. */
export type SessionRole = 'viewer' | 'admin';

/** A session of a browser, as it is stored: neither its cookie nor its key can be found from it. Times in milliseconds since the epoch. */
export interface SessionRecord {
  /** SHA-256 of the cookie's value, in lower-case hexadecimal digits. */
  readonly digest: string;
  /** Id of the key that it was made with. */
  readonly keyId: string;
  /** SHA-256 of the key's secret, which only the cookie's value reveals: a key of the file may be short enough to be guessed from its digest. */
  readonly maskedKey: string;
  /** Role of the key at that time. */
  readonly role: SessionRole;
  readonly createdAt: number;
  /** When it was last used, to the minute. */
  readonly usedAt: number;
  /** When it was ended, other than by time; undefined before. */
  readonly endedAt: number | undefined;
}

/** A session's newest use, in milliseconds since the epoch. */
export type SessionUse = Pick<SessionRecord, 'digest' | 'usedAt'>;

/** How long a session lasts without being used, in milliseconds. */
export const SESSION_IDLE_MS = 12 * 3600_000;
/** How long a session lasts at most, in milliseconds. */
export const SESSION_MAX_MS = 7 * 24 * 3600_000;
/** Most sessions of one key that have not ended. The oldest one ends when another is made. */
export const MAX_SESSIONS_PER_KEY = 100;

/** When a session ends by time, unless it is used again: milliseconds since the epoch. */
export function sessionEnd({ createdAt, usedAt }: Pick<SessionRecord, 'createdAt' | 'usedAt'>): number {
  return Math.min(usedAt + SESSION_IDLE_MS, createdAt + SESSION_MAX_MS);
}
