import type { Budget } from './budget.ts';
import type { Limits } from './limits.ts';
import type { Priority } from './overload.ts';
import type { Role } from './principal.ts';

/** Roles that a key can have. */
export type KeyRole = Exclude<Role, 'internal'>;

/** A secret of a key, as it is stored: what a client sends is not in it. Times in milliseconds since the epoch. */
export interface KeySecret {
  /** SHA-256 of the secret, in lower-case hexadecimal digits. */
  readonly digest: string;
  /** Its first 7 and its last 4 characters, for people. */
  readonly prefix: string;
  readonly suffix: string;
  readonly createdAt: number;
  /** From when on it is refused, after a rotation; undefined for the newest one. */
  readonly endsAt: number | undefined;
  /** SHA-256 of the `idempotency_key` of the request that it was made for; undefined without one. */
  readonly madeFor?: string | undefined;
}

/** A key of the store. An absent list of chains, models or operations allows all of them. Times in milliseconds since the epoch. */
export interface KeyRecord {
  /** `key_` and letters; never changes. */
  readonly id: string;
  /** Unique among the keys of its tenant that are not revoked. */
  readonly name: string;
  readonly role: KeyRole;
  /** Name of its tenant; empty without one. */
  readonly tenant: string;
  readonly chains: readonly string[] | undefined;
  /** Patterns over `provider/model`. */
  readonly models: readonly string[] | undefined;
  /** Names of operations. */
  readonly operations: readonly string[] | undefined;
  /** Whether it may read the bodies of requests; for admins only. */
  readonly bodies?: boolean | undefined;
  /** `normal` unless given. */
  readonly priority?: Priority | undefined;
  readonly expiresAt: number | undefined;
  readonly limits: Limits | undefined;
  readonly budgets: readonly Budget[] | undefined;
  readonly note: string | undefined;
  /** At most 16 pairs. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly createdAt: number;
  /** Id of the key that made it, or `cli` with the name of the machine's user. */
  readonly createdBy: string;
  readonly revokedAt: number | undefined;
  /** What its revocation does to running answers, in place of `auth.revokedStreams`. */
  readonly revokedStreams?: 'cut' | 'finish' | undefined;
  /** Counts its changes, from 1. */
  readonly version: number;
  /** The newest one last. */
  readonly secrets: readonly KeySecret[];
}

/** A tenant: the level above keys, a team or a customer. Its limits and budgets count for all its keys together. */
export interface Tenant {
  readonly name: string;
  readonly limits: Limits | undefined;
  readonly budgets: readonly Budget[] | undefined;
  readonly defaults: TenantDefaults | undefined;
}

/** A tenant of the store. */
export interface TenantRecord extends Tenant {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Counts its changes, from 1. */
  readonly version: number;
}

/** What a new key of a tenant gets unless it is given. */
export interface TenantDefaults {
  readonly keyBudget: Budget | undefined;
}

/** One change by an operator, in the audit trail. It holds no secret. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Id and name of the principal; `cli` and the name of the machine's user for a command on the store. */
  readonly actorId: string;
  readonly actorName: string;
  readonly via: 'api' | 'cli' | 'gateway';
  /** For example `keys.create`. */
  readonly action: string;
  /** Id of the key, or name of the tenant, that it concerns. */
  readonly target: string;
  /** Tenant of the target; empty without one. */
  readonly tenant: string;
  /** What was changed, before and after, as JSON objects; undefined where there is none. */
  readonly before: object | undefined;
  readonly after: object | undefined;
  readonly requestId: string | undefined;
  /** The client's address. */
  readonly remote: string | undefined;
}
