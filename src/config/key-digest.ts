import { hash } from 'node:crypto';

const DIGEST = /^sha256:([0-9a-f]{64})$/i;

/**
 * The SHA-256 of a gateway key, in lower-case hexadecimal digits. Accepts what the configuration may contain: the key itself, or its digest
 * as `sha256:` and 64 hexadecimal digits.
 */
export function keyDigest(key: string): string {
  return DIGEST.exec(key)?.[1]?.toLowerCase() ?? hash('sha256', key);
}

/** Whether a text begins as a digest but is not a valid one. As a plain key it would match no request. */
export function isMalformedDigest(key: string): boolean {
  return /^sha256:/i.test(key) && !DIGEST.test(key);
}

/** Fewest characters of a key that cannot be guessed: 20 random letters and digits have more than 100 bits. */
export const SHORTEST_KEY = 20;

/** Whether a key is short enough to be guessed. A digest says nothing of its key's length. */
export function isShortKey(key: string): boolean {
  return key.length < SHORTEST_KEY && !DIGEST.test(key);
}
