import type { Budget } from './budget.ts';
import type { Limits } from './limits.ts';
import type { Priority } from './overload.ts';

/**
 * What a principal may call: `caller` the models, `viewer` also what operators see, `admin` everything. `internal` is the process itself.
 */
export type Role = 'caller' | 'viewer' | 'admin' | 'internal';

/** How a client was authenticated: as a local one of a gateway without keys, by its key, by a session of the dashboard, or by a proxy. */
export type SessionVia = 'local' | 'key' | 'session' | 'proxy';

/** An authenticated client. An absent list of chains, models or operations allows all of them. */
export interface Principal {
  /** Id of its key; unique. */
  readonly id: string;
  /** For people: as the key is named in records. */
  readonly name: string;
  readonly role: Role;
  /** Prefix of every state key that its requests touch. */
  readonly tenant: string;
  readonly chains: readonly string[] | undefined;
  /** Patterns over `provider/model`, in which `*` stands for any run of characters: other entries of a chain are skipped. */
  readonly models: readonly string[] | undefined;
  /** Names of operations. */
  readonly operations: readonly string[] | undefined;
  /** Whether an admin may read the bodies of requests; false unless given. */
  readonly bodies?: boolean | undefined;
  /** From when on it is refused, in milliseconds since the epoch; never unless given. */
  readonly expiresAt?: number | undefined;
  /** From when on the secret is refused by which it was known, in milliseconds since the epoch: a newer one replaces it. What it grants may last longer. */
  readonly secretEndsAt?: number | undefined;
  /** Whether its new requests are refused first while the gateway is overloaded; `normal` unless given. */
  readonly priority?: Priority | undefined;
  /** Its own limits, beside those of its tenant. */
  readonly limits?: Limits | undefined;
  /** Its own budgets, beside those of its tenant. */
  readonly budgets?: readonly Budget[] | undefined;
}

/** The process itself: calls in process, unless they are made for another principal. */
export const INTERNAL: Principal = principal('internal', 'internal');

/** A local client of a gateway without keys: everything is open to it. */
export const LOCAL: Principal = principal('local', 'admin');

/** A client that is not authenticated yet; it may use no chain. */
export const ANONYMOUS: Principal = principal('anonymous', 'caller', []);

/** Names of the gateway's own principals. A key must have another one, or two principals would share a name in every record. */
export const RESERVED_NAMES: readonly string[] = Object.freeze([INTERNAL.name, LOCAL.name, ANONYMOUS.name]);

/** Begins the ids of users that a proxy has authenticated, and no name of a key. */
export const PROXIED = 'proxy:';

function principal(name: string, role: Role, chains?: readonly string[]): Principal {
  const bodies = chains === undefined;
  return Object.freeze({ id: name, name, role, tenant: '', chains, models: undefined, operations: undefined, bodies });
}

/** Principals by the SHA-256 of their keys, in lower-case hexadecimal digits. */
export type KnownKeys = ReadonlyMap<string, Principal>;

/**
 * Why a key is refused that its place knows: it was revoked, or replaced; or it cannot be looked up at present, so that it may be a valid one.
 */
export type KeyRefusal = 'revoked' | 'unavailable';

/** A place that holds keys of clients beside the configuration, for example a database. All members are synchronous and must not throw. */
export interface KeySource {
  /** Whether it holds any key. Read once for each configuration that begins to be served. */
  readonly hasKeys: boolean;
  /** False while it could not be read yet: `hasKeys` is then true because it may hold keys. Absent where it can always be read. */
  readonly isLoaded?: boolean | undefined;
  /** Looks up a key, for every request, and every second while requests run under it: `digest` is the SHA-256 of the key in lower-case hexadecimal digits. Undefined for an unknown key. */
  find(digest: string): Principal | undefined;
  /** Why a key is refused that `find` does not return; undefined for an unknown key, and so for every key where there is no such function. */
  refusalOf?(digest: string): KeyRefusal | undefined;
}

/** A client as its request has identified it. */
export interface Identity {
  readonly principal: Principal;
  /** SHA-256 of its key in lower-case hexadecimal digits; undefined for a client without a key. */
  readonly keyDigest: string | undefined;
  /** Undefined for one that is not authenticated. */
  readonly via: SessionVia | undefined;
  /** Digest of its session; undefined without one. */
  readonly session?: string | undefined;
}

/** How a proxy in front of the gateway authenticates users of the dashboard. */
export interface ProxyAccess {
  /** The addresses and networks of the proxy. */
  readonly from: readonly string[];
  /** Whether an address is in one of them. */
  readonly includes: (address: string) => boolean;
  /** Name of the header that names the user, in lower case. */
  readonly header: string;
  /** Patterns over names of users, by role; `*` stands for any run of characters. */
  readonly roles: Readonly<Record<'admin' | 'viewer', readonly string[]>>;
}

/** How requests are authenticated while one configuration is served. */
export interface Authentication {
  /** Whether there was no key anywhere when the configuration began to be served. Every request is then the local caller's. */
  readonly keyless: boolean;
  /** The principal of a key, by its digest as in `KeySource`, also of an expired one; undefined for an unknown key. */
  find(digest: string): Principal | undefined;
  /** Why a key is refused that `find` does not return; undefined for an unknown key. */
  refusalOf(digest: string): KeyRefusal | undefined;
  /** Whether a known key can only be in a source, which may drop it at any time, and not in the configuration. */
  isFromSource(digest: string): boolean;
  /** Undefined where no proxy authenticates users. */
  readonly proxy: ProxyAccess | undefined;
}

/**
 * Decides whether a gateway is keyless: no key in its configuration, no source with keys, and no proxy that lets users in. Looks up keys in the
 * configuration first, then in the sources in their order.
 */
export function authenticationOf(keys: KnownKeys, sources: readonly KeySource[], proxy?: ProxyAccess): Authentication {
  return Object.freeze({
    proxy,
    keyless: keys.size === 0 && proxy === undefined && !sources.some(({ hasKeys }) => hasKeys),
    find(digest: string) {
      const known = keys.get(digest);
      if (known !== undefined) return known;
      for (const source of sources) {
        const found = source.find(digest);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    refusalOf(digest: string) {
      for (const source of sources) {
        const refusal = source.refusalOf?.(digest);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    },
    isFromSource: (digest: string) => sources.length > 0 && !keys.has(digest),
  });
}
