import type { KeyReplica } from '../auth/key-replica.ts';
import type { KeyIdentity } from '../auth/keys.ts';
import { newSession, type NewSession } from '../auth/sessions.ts';
import { GatewayError } from '../domain/errors.ts';
import { sessionEnd, type SessionRecord } from '../domain/session-record.ts';
import { fromStore } from '../store/from-store.ts';
import type { Store } from '../store/store.ts';
import { type Actor, auditOf, type Deed } from './actor.ts';

/** The sessions of browsers. What changes one rejects with `store_unavailable`. */
export interface Sessions {
  /** Makes a session of an identified key, and ends the one that the browser had before. Rejects with `forbidden` for a key that may not log in, too. */
  create(actor: Omit<Actor, 'principal'>, identity: KeyIdentity, former: string | undefined): Promise<NewSession>;
  /** Ends a session, given its digest: here at once, whatever the store does. Does nothing for one that is unknown or has ended. */
  end(actor: Actor, digest: string): Promise<void>;
  /** Notes that a session is used now. It is written later, for each session at most once a minute. Never throws. */
  used(record: SessionRecord): void;
}

/** What sessions work with. */
export interface SessionsOptions {
  readonly store: Pick<Store, 'directory'>;
  readonly replica: Pick<KeyReplica, 'session' | 'sessions' | 'applied'>;
  /** Whole milliseconds since the epoch. */
  readonly now: () => number;
}

/** How much newer a use must be to be noted, in milliseconds. */
const USE_STEP_MS = 60_000;
/** Digits of a session's digest that name it in the audit trail: nobody finds its cookie by them. */
const ID_DIGITS = 16;

/** Makes the sessions of one gateway. */
export function createSessions({ store, replica, now }: SessionsOptions): Sessions {
  const uses = new Map<string, number>();
  let writing = false;

  async function writeUses(): Promise<void> {
    if (writing) return;
    writing = true;
    try {
      while (uses.size > 0) {
        const batch = [...uses].map(([digest, usedAt]) => ({ digest, usedAt }));
        await store.directory.noteUses(batch);
        for (const { digest, usedAt } of batch) if (uses.get(digest) === usedAt) uses.delete(digest);
      }
    } catch {
      // They are written with the next use. The replica reports that the store is away.
    } finally {
      writing = false;
    }
  }

  return {
    async create(actor, { principal, keyDigest }, former) {
      const { id: keyId, role } = principal;
      if (role !== 'viewer' && role !== 'admin')
        throw new GatewayError('forbidden', {
          message: `Log in with a key that has the role viewer or admin; this one has the role ${role}.`,
        });
      const made = newSession({ keyId, role, keyDigest, now: now() });
      const ended = former === undefined ? [] : endedNow(former);
      const deed: Deed = { ...aboutSession('sessions.create', made.record), tenant: principal.tenant };
      const sessions = [made.record, ...ended];
      await fromStore(store.directory.apply({ sessions, audit: auditOf({ ...actor, principal }, deed, now()) }));
      replica.applied({ sessions });
      return made;
    },
    async end(actor, digest) {
      const sessions = endedNow(digest);
      const [record] = sessions;
      if (record === undefined) return;
      replica.applied({ sessions });
      const deed: Deed = { ...aboutSession('sessions.delete', record), tenant: actor.principal.tenant };
      await fromStore(store.directory.apply({ sessions, audit: auditOf(actor, deed, now()) }));
    },
    used(record) {
      const usedAt = now();
      if (usedAt - record.usedAt < USE_STEP_MS) return;
      replica.sessions.put([{ ...record, usedAt }], usedAt);
      uses.set(record.digest, usedAt);
      void writeUses();
    },
  };

  /** A session as it ends now; none where it is unknown or has ended. */
  function endedNow(digest: string): readonly SessionRecord[] {
    const record = replica.session(digest);
    return record === undefined || record.endedAt !== undefined ? [] : [{ ...record, endedAt: now() }];
  }
}

function aboutSession(action: string, record: SessionRecord): Omit<Deed, 'tenant'> {
  const shown = {
    object: 'session',
    id: record.digest.slice(0, ID_DIGITS),
    role: record.role,
    created_at: record.createdAt,
    expires_at: record.endedAt ?? sessionEnd(record),
  };
  const isEnd = record.endedAt !== undefined;
  return { action, target: record.keyId, before: isEnd ? shown : undefined, after: isEnd ? undefined : shown };
}
