import type { KeyReplica } from '../auth/key-replica.ts';
import type { KeyIdentity } from '../auth/keys.ts';
import { newSession, type NewSession } from '../auth/sessions.ts';
import { GatewayError } from '../domain/errors.ts';
import { sessionEnd, type SessionRecord } from '../domain/session-record.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import { createSlidingRate, type SlidingRate } from '../lib/sliding-rate.ts';
import { fromStore } from '../store/from-store.ts';
import type { Store } from '../store/store.ts';
import { type Actor, auditOf, type Deed } from './actor.ts';
import { createSessionWrites } from './session-writes.ts';

/** The sessions of browsers. What changes one rejects with `store_unavailable`. Disposing it stops what waits for the store. */
export interface Sessions extends Disposable {
  /**
   * Makes a session of an identified key, and ends the one that the browser had before. Rejects with `forbidden` for a key that may not log in, and with
   * `rate_limit_exceeded` for one that has logged in 30 times within a minute, too.
   */
  create(actor: Omit<Actor, 'principal'>, identity: KeyIdentity, former: string | undefined): Promise<NewSession>;
  /** Ends a session, given its digest: here at once, and elsewhere as soon as the store can be used. Does nothing for one that is unknown or has ended. */
  end(actor: Actor, digest: string): Promise<void>;
  /** Notes that a session is used now. It is written later, for each session at most once a minute. Never throws. */
  used(record: SessionRecord): void;
}

/** What sessions work with. */
export interface SessionsOptions {
  readonly store: Pick<Store, 'directory'>;
  readonly replica: Pick<KeyReplica, 'session' | 'sessions' | 'applied'>;
  readonly clock: Clock;
}

/** How much newer a use must be to be noted, in milliseconds. */
const USE_STEP_MS = 60_000;
/** Most logins of one key within a minute: each leaves rows in the store for a day, and an entry in memory for ten minutes. */
const MAX_LOGINS = 30;
const MINUTE_MS = 60_000;
/** Most keys whose logins are counted. The one that was counted first is forgotten first. */
const MAX_RATES = 10_000;
/** Digits of a session's digest that name it in the audit trail. Its cookie cannot be found by them. */
const ID_DIGITS = 16;

/** Makes the sessions of one gateway. */
export function createSessions({ store, replica, clock }: SessionsOptions): Sessions {
  const writes = createSessionWrites(store.directory, clock);
  const rates = new Map<string, SlidingRate>();
  const now = (): number => Math.floor(clock.now());

  /** Throws where a key has logged in too often. */
  function admit(keyId: string): void {
    const rate = rates.get(keyId) ?? createSlidingRate(MAX_LOGINS, MINUTE_MS);
    putBounded(rates, [keyId, rate], MAX_RATES);
    if (rate.admit(clock.now())) return;
    const retryAfter = Math.max(1, Math.ceil((rate.nextAt() - clock.now()) / 1000));
    const message = `This key has logged in ${MAX_LOGINS} times within a minute; try again in ${retryAfter} s.`;
    throw new GatewayError('rate_limit_exceeded', { message, retryAfter });
  }

  return {
    async create(actor, { principal, keyDigest }, former) {
      const { id: keyId, role } = principal;
      if (role !== 'viewer' && role !== 'admin')
        throw new GatewayError('forbidden', {
          message: `Log in with a key that has the role viewer or admin; this one has the role ${role}.`,
        });
      admit(keyId);
      const made = newSession({ keyId, role, keyDigest, now: now() });
      const ended = former === undefined ? [] : endedNow(former);
      const deed: Deed = { ...aboutSession('sessions.create', made.record), tenant: principal.tenant };
      const sessions = [made.record, ...ended];
      await fromStore(store.directory.apply({ sessions, audit: auditOf({ ...actor, principal }, deed, now()) }));
      replica.applied({ sessions });
      return made;
    },
    async end(actor, digest) {
      const [record] = endedNow(digest);
      if (record === undefined) return;
      replica.applied({ sessions: [record] });
      const deed: Deed = { ...aboutSession('sessions.delete', record), tenant: actor.principal.tenant };
      await writes.end({ session: record, audit: auditOf(actor, deed, now()) });
    },
    used(record) {
      const usedAt = now();
      if (usedAt - record.usedAt < USE_STEP_MS) return;
      replica.sessions.put([{ ...record, usedAt }], usedAt);
      writes.use({ digest: record.digest, usedAt });
    },
    [Symbol.dispose]: () => writes[Symbol.dispose](),
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
