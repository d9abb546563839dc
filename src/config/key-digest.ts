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
