import type { ErrorExtras } from '../domain/provider-error.ts';
import { isRecord } from '../lib/record.ts';
import { parseWait, plausibleWait } from './wait.ts';
import { MEMBER_UNITS, RESET_MEMBER, RETRY_MEMBER, UNREAD_MEMBER } from './wordings/retry-wait.ts';

type WaitMember = ErrorExtras['waits'][number];

/** Only so many objects and lists of a body are read, and only so deep: Google's `quotaResetDelay` is in the fifth. */
const MAX_VALUES = 64;
const MAX_DEPTH = 6;
const MAX_NAME = 40;
/** No wait is written in more characters. */
const MAX_TEXT = 64;

/**
 * The members of an error body that say when to retry or when a limit resets, by their names: `retry_after_ms`, `resetsAt`,
 * `quotaResetTimeStamp`. They are searched in the body and in the objects and lists inside it, nearest first, apart from those that may
 * repeat the request.
 */
export function waitMembersIn(body: unknown): readonly WaitMember[] {
  const found: WaitMember[] = [];
  let level: readonly unknown[] = [body];
  let read = 0;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0 && read < MAX_VALUES; depth++) {
    const next: unknown[] = [];
    for (const value of level.slice(0, MAX_VALUES - read)) {
      read++;
      if (Array.isArray(value)) next.push(...value.slice(0, MAX_VALUES).filter(isNested));
      else if (isRecord(value)) readMembers(value, { found, next });
    }
    level = next;
  }
  return found;
}

function readMembers(
  fields: Readonly<Record<string, unknown>>,
  { found, next }: { readonly found: WaitMember[]; readonly next: unknown[] },
): void {
  for (const [name, value] of Object.entries(fields).slice(0, MAX_VALUES)) {
    if (isNested(value)) {
      if (!UNREAD_MEMBER.test(name)) next.push(value);
    } else if ((typeof value === 'number' || typeof value === 'string') && kindOf(name) !== undefined) {
      const text = String(value).trim();
      if (text.length <= MAX_TEXT) found.push({ name, value: text });
    }
  }
}

/** The wait that the first of these members with a plausible one gives, in milliseconds; undefined if none has one. */
export function waitInMembers(
  members: readonly WaitMember[],
  kind: 'retry' | 'reset',
  now: number,
): number | undefined {
  for (const member of members) {
    const wait = kindOf(member.name) === kind ? waitOf(member, now) : undefined;
    if (wait !== undefined) return wait;
  }
  return undefined;
}

/**
 * A number is of the unit in the name, of seconds without one. If that is more than 31 days, it is of seconds or milliseconds since the
 * epoch, whichever is plausible.
 */
function waitOf({ name, value }: WaitMember, now: number): number | undefined {
  const number = value === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) return parseWait(value, now);
  const unit = unitOf(name);
  return plausibleWait(number * unit) ?? plausibleWait(number * 1000 - now) ?? plausibleWait(number - now);
}

function kindOf(name: string): 'retry' | 'reset' | undefined {
  const plain = plainName(name);
  if (RETRY_MEMBER.test(plain)) return 'retry';
  return RESET_MEMBER.test(plain) ? 'reset' : undefined;
}

function unitOf(name: string): number {
  const plain = plainName(name);
  const { unit, unitBefore } = (RETRY_MEMBER.exec(plain) ?? RESET_MEMBER.exec(plain))?.groups ?? {};
  const written = unit ?? unitBefore ?? '';
  return MEMBER_UNITS.find(([pattern]) => pattern.test(written))?.[1] ?? 1000;
}

/** A name in lower case without separators; the empty text for one that is too long. */
function plainName(name: string): string {
  return name.length > MAX_NAME ? '' : name.toLowerCase().replaceAll(/[^a-z]/g, '');
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
