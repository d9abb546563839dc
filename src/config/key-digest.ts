import { hash } from 'node:crypto';

const GIVEN = /^sha256:([0-9a-f]{64})$/i;

/** The SHA-256, in hexadecimal digits, by which a gateway key is known. The file may hold the key itself or already `sha256:<64 hexadecimal digits>`. */
export function keyDigest(key: string): string {
  return GIVEN.exec(key)?.[1]?.toLowerCase() ?? hash('sha256', key);
}

/** Whether a text means to be a digest and is none. Taken as a plain key it would let nobody in. */
export function isBrokenDigest(key: string): boolean {
  return /^sha256:/i.test(key) && !GIVEN.test(key);
}
