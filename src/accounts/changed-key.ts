import type { KeyHead } from '../auth/key-entry.ts';
import type { CheckedScope, Key } from '../domain/account.ts';
import { GatewayError } from '../domain/errors.ts';
import type { KeyRecord } from '../domain/key-record.ts';
import type { AccountTools } from './account-tools.ts';
import type { Actor } from './actor.ts';
import { isVisible, recordOf } from './key-readings.ts';
import { digestOf } from './repeats.ts';
import { showKey } from './show.ts';

/** A key that an actor wants to change. */
interface Wanted {
  readonly id: string;
  /** The version that it must have; undefined for any. */
  readonly if_version?: number | undefined;
}

/** Shows a key as it is now known. Throws `not_found`. */
export function currentKey({ replica, standings, now }: AccountTools, id: string): Key {
  const record = replica.table.key(id);
  if (record === undefined) throw new GatewayError('not_found', { message: 'The key is gone.' });
  return showKey(record, { standings, now: now() });
}

/** Reads a key again where another process may have changed it before its version is refused. Rejects as `recordOf`. */
export async function readAgain(tools: AccountTools, actor: Actor, { id, if_version: version }: Wanted): Promise<void> {
  const { version: known } = await recordOf(tools, actor, id);
  if (version !== undefined && known !== version) await tools.ledger.refresh();
}

/** The record of a key that may be changed. Throws `not_found`, or `conflict` for a revoked key or another version. */
export function changeableKey({ replica }: AccountTools, actor: Actor, { id, if_version: version }: Wanted): KeyRecord {
  const record = replica.table.key(id);
  if (record === undefined || !isVisible(actor, record.tenant))
    throw new GatewayError('not_found', { message: 'The key is gone.' });
  if (version !== undefined && record.version !== version)
    throw new GatewayError('conflict', {
      message: `if_version: the key has version ${record.version}.`,
      param: 'if_version',
    });
  if (record.revokedAt !== undefined)
    throw new GatewayError('conflict', { message: 'The key is revoked; make another one.' });
  return record;
}

/** When a key expires that an input describes, in milliseconds since the epoch; null where it says never, undefined where it says nothing. */
export function expiryOf({ expires_at: at, expires_in: after }: CheckedScope, now: number): number | null | undefined {
  return after === undefined ? at : now + after;
}

/** Throws `already_rotated` where a secret of the key was made for a request with this idempotency key, by its digest. */
export function refuseRotated(record: KeyRecord, madeFor: string): void {
  const made = record.secrets.find((secret) => secret.madeFor === madeFor);
  if (made === undefined) return;
  const message = `The secret ${made.prefix}...${made.suffix} was made for this request before, and is no longer in memory.`;
  throw new GatewayError('already_rotated', { message, param: 'idempotency_key', shouldRetry: false });
}

/** Throws `conflict` where another key has the name, or `already_rotated` where this request has made it before. */
export function refuseTaken(
  { snapshot, replica }: AccountTools,
  record: KeyRecord,
  idempotencyKey: string | undefined,
): void {
  const { name, tenant, id } = record;
  const message = `name: there is a key ${JSON.stringify(name)} of this tenant already.`;
  if (snapshot().keys.some((key) => key.name === name && key.tenant === tenant))
    throw new GatewayError('conflict', { message, param: 'name' });
  if (idempotencyKey === undefined) return;
  const isOther = (other: KeyHead): boolean =>
    other.name === name && other.tenant === tenant && other.id !== id && other.revokedAt === undefined;
  for (const other of replica.table.keysAfter(undefined, isOther)) refuseRotated(other, digestOf(idempotencyKey));
}
