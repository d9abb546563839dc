import { createHmac } from 'node:crypto';
import type { LogSettings } from '../../config/log-settings.ts';

/** What a hashed user begins with, so that a filter takes both a user and its hash. */
const PREFIX = 'user_';
/** Characters of a hash: 132 bits. */
const DIGITS = 22;

/** A user as the request log stores it: hashed with the store's secret, as it is, or not at all. */
export function storedUser(user: string, secret: string, form: LogSettings['user']): string | undefined {
  if (form === 'none') return undefined;
  return form === 'plain' ? user : hashedUser(user, secret);
}

/** Whether a text has the form of a user's hash. */
export function isHashedUser(text: string): boolean {
  return text.startsWith(PREFIX) && text.length === PREFIX.length + DIGITS;
}

/** The hash of a user, which is the same for all processes of a store. */
export function hashedUser(user: string, secret: string): string {
  return PREFIX + createHmac('sha256', secret).update(user).digest('base64url').slice(0, DIGITS);
}
