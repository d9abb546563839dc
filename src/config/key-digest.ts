import { createHash } from 'node:crypto';

const GIVEN = /^sha256:([0-9a-f]{64})$/i;

/** The SHA-256 by which a gateway key is known. The file may hold the key itself or already `sha256:<64 hexadecimal digits>`. */
export function keyDigest(key: string): Buffer {
  const given = GIVEN.exec(key)?.[1];
  return given === undefined ? createHash('sha256').update(key).digest() : Buffer.from(given, 'hex');
}

/** Whether a text means to be a digest and is none. Taken as a plain key it would let nobody in. */
export function isBrokenDigest(key: string): boolean {
  return /^sha256:/i.test(key) && !GIVEN.test(key);
}
