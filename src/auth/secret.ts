import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { KeySecret } from '../domain/key-record.ts';
import { randomBase62, toBase62 } from '../lib/base62.ts';

const PREFIX = 'sp_';
/** 178 bits, so that a secret cannot be guessed, and a fast digest of it is enough. */
const RANDOM_DIGITS = 30;
/** Digits of a CRC-32. */
const CHECK_DIGITS = 6;
const SHAPE = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_DIGITS + CHECK_DIGITS}}$`);
/** Characters of a secret that are stored, for people: of its beginning and its end. */
const SHOWN = { first: 7, last: 4 } as const;

/**
 * Makes the secret of a key: `sp_`, 30 random digits and letters, and 6 that are the CRC-32 of what is before them. `fill` as in
 * `randomBase62`.
 */
export function newSecret(fill?: (bytes: Buffer) => unknown): string {
  const body = PREFIX + randomBase62(RANDOM_DIGITS, fill);
  return body + checkOf(body);
}

/** Whether a text has the shape of a secret and a wrong checksum: it is mistyped, and no secret of any gateway. */
export function isMistyped(key: string): boolean {
  return SHAPE.test(key) && checkOf(key.slice(0, -CHECK_DIGITS)) !== key.slice(-CHECK_DIGITS);
}

/** What is stored of a secret that was made at `createdAt`, in milliseconds since the epoch. */
export function storedSecret(secret: string, createdAt: number): KeySecret {
  const prefix = secret.slice(0, SHOWN.first);
  return { digest: hash('sha256', secret), prefix, suffix: secret.slice(-SHOWN.last), createdAt, endsAt: undefined };
}

function checkOf(body: string): string {
  return toBase62(crc32(body), CHECK_DIGITS);
}
