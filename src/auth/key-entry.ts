import type { KeyRecord, KeySecret } from '../domain/key-record.ts';

/** What many keys have in common. Keys with equal values share one object. */
type Shared = Pick<
  KeyRecord,
  'role' | 'tenant' | 'chains' | 'models' | 'operations' | 'limits' | 'budgets' | 'createdBy'
>;
/** What few keys have. */
type Rare = Pick<KeyRecord, 'bodies' | 'priority' | 'expiresAt' | 'note' | 'metadata' | 'revokedAt' | 'revokedStreams'>;

/** A key in memory, in about 300 bytes: a hundred thousand of them are held. */
export interface KeyEntry {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly version: number;
  readonly shared: Shared;
  readonly rare: Rare | undefined;
  /** Of a key with one secret, which is as old as the key: its digest as 32 characters, its prefix and its suffix. */
  readonly secrets: string | readonly KeySecret[];
}

/** What keys are searched by. Secrets are there only where a key may have several that are accepted. */
export type KeyHead = Pick<KeyRecord, 'id' | 'name' | 'tenant' | 'expiresAt' | 'revokedAt' | 'secrets'>;

const DIGEST_CHARACTERS = 32;
const SUFFIX_CHARACTERS = 4;

/** Makes the function that packs records. Equal parts are shared among the records that it packs, the newest `most` of them. */
export function createPack(most: number): (record: KeyRecord) => KeyEntry {
  const known = new Map<string, Shared>();
  return (record) => {
    const { id, name, createdAt, version } = record;
    return { id, name, createdAt, version, shared: sharedOf(record), rare: rareOf(record), secrets: packed(record) };
  };

  function sharedOf({ role, tenant, chains, models, operations, limits, budgets, createdBy }: KeyRecord): Shared {
    const shared: Shared = { role, tenant, chains, models, operations, limits, budgets, createdBy };
    const text = JSON.stringify(shared);
    const same = known.get(text);
    if (same !== undefined) return same;
    if (known.size >= most) known.clear();
    known.set(text, Object.freeze(shared));
    return shared;
  }
}

function rareOf(record: KeyRecord): Rare | undefined {
  const { bodies, priority, expiresAt, note, metadata, revokedAt, revokedStreams } = record;
  const rare: Rare = { bodies, priority, expiresAt, note, metadata, revokedAt, revokedStreams };
  return Object.values(rare).some((value) => value !== undefined) ? rare : undefined;
}

function packed({ secrets, createdAt }: KeyRecord): KeyEntry['secrets'] {
  const [only, another] = secrets;
  if (only === undefined || another !== undefined || only.createdAt !== createdAt) return secrets;
  if (only.endsAt !== undefined || only.madeFor !== undefined || only.suffix.length !== SUFFIX_CHARACTERS)
    return secrets;
  // One flat text: a sum of texts would keep its parts.
  return Buffer.concat([Buffer.from(only.digest, 'hex'), Buffer.from(only.prefix + only.suffix, 'latin1')]).toString(
    'latin1',
  );
}

/** The secrets of a key, the newest one last. */
export function secretsOf({ secrets, createdAt }: KeyEntry): readonly KeySecret[] {
  if (typeof secrets !== 'string') return secrets;
  const digest = Buffer.from(secrets.slice(0, DIGEST_CHARACTERS), 'latin1').toString('hex');
  const prefix = secrets.slice(DIGEST_CHARACTERS, -SUFFIX_CHARACTERS);
  return [{ digest, prefix, suffix: secrets.slice(-SUFFIX_CHARACTERS), createdAt, endsAt: undefined }];
}

/** What an entry is searched by: a tenth of the work of its record. */
export function headOf({ id, name, shared, rare, secrets }: KeyEntry): KeyHead {
  const several = typeof secrets === 'string' ? NO_SECRETS : secrets;
  return { id, name, tenant: shared.tenant, expiresAt: rare?.expiresAt, revokedAt: rare?.revokedAt, secrets: several };
}

const NO_SECRETS: readonly KeySecret[] = Object.freeze([]);

/** The record of which an entry was made. */
export function unpacked(entry: KeyEntry): KeyRecord {
  const { id, name, createdAt, version, shared, rare = NOTHING_RARE } = entry;
  return { id, name, createdAt, version, ...shared, ...rare, secrets: secretsOf(entry) };
}

const NOTHING_RARE: Rare = Object.freeze({
  expiresAt: undefined,
  note: undefined,
  metadata: undefined,
  revokedAt: undefined,
});
