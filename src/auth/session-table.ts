import { SESSION_IDLE_MS, SESSION_MAX_MS, type SessionRecord } from '../domain/session-record.ts';

/** How long an ended session is remembered, in milliseconds: longer than any read of the store that may have begun before. */
const ENDED_MS = 600_000;

/** All sessions of the store, in memory, until a while after their ends. Changed only by what the store has, and by the uses that it is about to get. */
export class SessionTable {
  readonly #sessions = new Map<string, SessionRecord>();

  /** How many sessions are known. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The session of a cookie, by the digest of its value, also one that has ended; undefined for an unknown one. */
  get(digest: string): SessionRecord | undefined {
    return this.#sessions.get(digest);
  }

  /** Takes over sessions, and forgets those that ended a while before `now`, in milliseconds since the epoch. What has ended stays ended. */
  put(sessions: readonly SessionRecord[], now: number): void {
    for (const session of sessions) {
      const known = this.#sessions.get(session.digest);
      const merged = known === undefined ? session : newest(known, session);
      this.#sessions.set(session.digest, Object.freeze(merged));
    }
    for (const session of this.#sessions.values()) if (isForgotten(session, now)) this.#sessions.delete(session.digest);
  }
}

function isForgotten({ createdAt, usedAt, endedAt = Infinity }: SessionRecord, now: number): boolean {
  // Another process may have noted a later use that is not read yet.
  return createdAt + SESSION_MAX_MS <= now || usedAt + 2 * SESSION_IDLE_MS <= now || endedAt + ENDED_MS <= now;
}

/** One session of two: a read of the store may have begun before what this process has noted. */
function newest(one: SessionRecord, other: SessionRecord): SessionRecord {
  return { ...one, usedAt: Math.max(one.usedAt, other.usedAt), endedAt: one.endedAt ?? other.endedAt };
}
