import type { KeyState } from '../domain/account.ts';
import type { KeyRecord, KeySecret } from '../domain/key-record.ts';

/** The state of a key at `now`, in milliseconds since the epoch. */
export function stateOf(record: Pick<KeyRecord, 'revokedAt' | 'expiresAt' | 'secrets'>, now: number): KeyState {
  if (record.revokedAt !== undefined) return 'revoked';
  if (record.expiresAt !== undefined && record.expiresAt <= now) return 'expired';
  return secretsAt(record, now).former === undefined ? 'active' : 'rotating';
}

/** The newest secret of a key, and the one before it where it is still accepted at `now`. */
export function secretsAt(
  { secrets }: Pick<KeyRecord, 'secrets'>,
  now: number,
): { readonly newest: KeySecret | undefined; readonly former: KeySecret | undefined } {
  const former = secrets.slice(0, -1).findLast(({ endsAt }) => endsAt !== undefined && endsAt > now);
  return { newest: secrets.at(-1), former };
}
