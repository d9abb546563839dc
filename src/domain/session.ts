import type { Role, SessionVia } from './principal.ts';

/** Input of `sessions.create`. */
export interface SessionInput {
  /** The secret of a key with the role viewer or admin. */
  readonly key: string;
}

/** Whether a browser could log in from where it is. */
export interface LoginStatus {
  readonly possible: boolean;
  /** Why not, and how to change that; null where it can. */
  readonly problem: string | null;
}

/** The state of the gateway's store. `none`: there is none that outlives the process. */
export type StoreStatus = 'none' | 'up' | 'down';

/** The identity of a request's client. Members are null where the client is not authenticated, or where they are unknown. */
export interface Session {
  readonly object: 'session';
  readonly authenticated: boolean;
  readonly via: SessionVia | null;
  readonly role: Role | null;
  /** Of the key; for a user of a proxy the name that the proxy gives, and otherwise `local`. */
  readonly name: string | null;
  readonly key_id: string | null;
  readonly tenant: string | null;
  /** When the session ends unless it is used again, in milliseconds since the epoch; of a key its own end. */
  readonly expires_at: number | null;
  readonly login: LoginStatus;
  /** This and what follows: for viewers and admins only. */
  readonly version: string | null;
  readonly store: StoreStatus | null;
  /** URL of a trace, with `{trace_id}` in place of its id; null where `traces.link` is not configured. */
  readonly trace_link: string | null;
}

/** A session that was ended. */
export interface SessionDeleted {
  readonly object: 'session.deleted';
  readonly deleted: true;
}
