import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../lib/record.ts';
import { Secret } from './secret.ts';

/** Whether two parts of configurations say the same, secrets included: to `isDeepStrictEqual` all secrets are equal, since what they hold is private. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof Secret && other instanceof Secret) return one.reveal() === other.reveal();
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  if (isRecord(one) && isRecord(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => isSame(one[name], other[name]));
  }
  return isDeepStrictEqual(one, other);
}
