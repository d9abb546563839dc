import type { KeyRecord, KeySecret, TenantRecord } from '../domain/key-record.ts';
import type { KeyRefusal, Principal } from '../domain/principal.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Directory } from '../store/store.ts';
import { createPack, headOf, type KeyEntry, type KeyHead, secretsOf, unpacked } from './key-entry.ts';

/** Most keys of a store that are not revoked. */
export const MAX_KEYS = 100_000;
/** Most revoked keys that are remembered. Older ones are unknown keys. */
const MAX_REVOKED = 10_000;
/** Most secrets whose principals are kept: unpacking one takes microseconds. */
const MOST_FOUND = 10_000;
/** Most different scopes that are compared for sharing. */
const MAX_SHARED = 1000;
/** Bits of a digest that lead to its keys. Numbers of so many bits need no memory of their own. */
const INDEX_DIGITS = 7;

/** All keys and tenants of the store, in memory. Changed only by what the store has. */
export class KeyTable {
  readonly #keys = new Map<string, KeyEntry>();
  /** The entries whose secrets begin with the same bits: nearly always one. */
  readonly #bySecret = new Map<number, KeyEntry | readonly KeyEntry[]>();
  readonly #tenants = new Map<string, TenantRecord>();
  /** The principals of secrets that were looked up, until a key changes. */
  readonly #found = new Map<string, Principal>();
  readonly #pack = createPack(MAX_SHARED);
  #revoked = 0;

  /** How many keys are not revoked. */
  get size(): number {
    return this.#keys.size - this.#revoked;
  }

  /** Whether there is or was a key. */
  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** Takes over keys and tenants; one whose version is not newer than what is known is left out. */
  put({ keys, tenants }: Pick<Directory, 'keys' | 'tenants'>): void {
    if (keys.length > 0) this.#found.clear();
    // Those of one load come in the order of their ids.
    for (const record of keys.length > 1 ? keys.toSorted((a, b) => a.createdAt - b.createdAt) : keys)
      this.#putKey(record);
    for (const tenant of tenants) {
      const known = this.#tenants.get(tenant.name);
      if (known === undefined || tenant.version > known.version || tenant.createdAt > known.createdAt)
        this.#tenants.set(tenant.name, Object.freeze(tenant));
    }
  }

  removeTenant(name: string): void {
    this.#tenants.delete(name);
  }

  /** Forgets everything. */
  clear(): void {
    this.#keys.clear();
    this.#bySecret.clear();
    this.#found.clear();
    this.#tenants.clear();
    this.#revoked = 0;
  }

  /** The principal of a secret, by its digest; undefined for an unknown or a revoked one. The same object until a key changes. */
  find(digest: string): Principal | undefined {
    const known = this.#found.get(digest);
    if (known !== undefined) return known;
    const found = this.#find(digest);
    if (found !== undefined) putBounded(this.#found, [digest, found], MOST_FOUND);
    return found;
  }

  #find(digest: string): Principal | undefined {
    const entry = this.#entryOf(digest);
    if (entry === undefined || isRevoked(entry)) return undefined;
    const secret = secretsOf(entry).find((each) => each.digest === digest);
    return principalOf(entry, secret);
  }

  /** Why a secret is refused that `find` does not return. */
  refusalOf(digest: string): KeyRefusal | undefined {
    const entry = this.#entryOf(digest);
    return entry !== undefined && isRevoked(entry) ? 'revoked' : undefined;
  }

  /** How the answers of a revoked key end, where its revocation says so. */
  revokedStreamsOf(digest: string): KeyRecord['revokedStreams'] {
    return this.#entryOf(digest)?.rare?.revokedStreams;
  }

  has(id: string): boolean {
    return this.#keys.has(id);
  }

  key(id: string): KeyRecord | undefined {
    const entry = this.#keys.get(id);
    return entry && unpacked(entry);
  }

  /** The wanted keys, the oldest first, from the one behind `after` on; of all keys where that is undefined or unknown. */
  *keysAfter(after: string | undefined, isWanted: (key: KeyHead) => boolean): Generator<KeyRecord> {
    let found = after === undefined || !this.#keys.has(after);
    for (const entry of this.#keys.values()) {
      if (!found) found = entry.id === after;
      else if (isWanted(headOf(entry))) yield unpacked(entry);
    }
  }

  tenant(name: string): TenantRecord | undefined {
    return this.#tenants.get(name);
  }

  tenants(): readonly TenantRecord[] {
    return [...this.#tenants.values()];
  }

  #putKey(record: KeyRecord): void {
    const known = this.#keys.get(record.id);
    if (known !== undefined) {
      if (known.version >= record.version) return;
      this.#unindex(known);
      if (isRevoked(known)) this.#revoked--;
    }
    const entry = this.#pack(record);
    this.#keys.set(record.id, entry);
    for (const { digest } of record.secrets) this.#index(digest, entry);
    if (isRevoked(entry) && ++this.#revoked > MAX_REVOKED) this.#forgetRevoked();
  }

  #index(digest: string, entry: KeyEntry): void {
    const at = placeOf(digest);
    const there = this.#bySecret.get(at);
    this.#bySecret.set(at, there === undefined ? entry : [...[there].flat(), entry]);
  }

  #unindex(entry: KeyEntry): void {
    for (const { digest } of secretsOf(entry)) {
      const at = placeOf(digest);
      const rest = [this.#bySecret.get(at) ?? []].flat().filter((each) => each !== entry);
      const [first, ...others] = rest;
      if (first === undefined) this.#bySecret.delete(at);
      else this.#bySecret.set(at, others.length === 0 ? first : rest);
    }
  }

  #forgetRevoked(): void {
    for (const entry of this.#keys.values()) {
      if (!isRevoked(entry)) continue;
      this.#unindex(entry);
      this.#keys.delete(entry.id);
      this.#revoked--;
      return;
    }
  }

  #entryOf(digest: string): KeyEntry | undefined {
    const there = this.#bySecret.get(placeOf(digest));
    if (there === undefined) return undefined;
    return [there].flat().find((entry) => secretsOf(entry).some((secret) => secret.digest === digest));
  }
}

function placeOf(digest: string): number {
  return Number.parseInt(digest.slice(0, INDEX_DIGITS), 16);
}

function isRevoked({ rare }: KeyEntry): boolean {
  return rare?.revokedAt !== undefined;
}

function principalOf({ id, name, shared, rare }: KeyEntry, secret: KeySecret | undefined): Principal {
  const { role, tenant, chains, models, operations, limits, budgets } = shared;
  const [expiresAt, secretEndsAt] = [rare?.expiresAt, secret?.endsAt];
  const bodies = rare?.bodies;
  const priority = rare?.priority;
  return {
    id,
    name,
    role,
    tenant,
    chains,
    models,
    operations,
    bodies,
    priority,
    expiresAt,
    secretEndsAt,
    limits,
    budgets,
  };
}
