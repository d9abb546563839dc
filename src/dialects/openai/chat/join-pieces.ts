import { isRecord, memberOf } from '../../../lib/record.ts';

/** How the pieces of a member are joined. */
export interface JoinOptions {
  readonly name: string;
  /** Strings are pieces of a text, but for those that only name something. */
  readonly texts: boolean;
}

/**
 * LinkedSet that are said whole, and by some again with each piece. Everything else that is a string in a delta is a piece of a text: vendors
 * find new names for their models' thoughts, and half a thought would be lost where two labels run together at the worst.
 */
const LABEL = /(?:^|_)(?:id|role|type|name|format|model|object|status|channel|recipient|language|url)$|signature$/i;

/** Kinds of parts that go on in the next one of their kind. */
const GOING_ON: ReadonlySet<unknown> = new Set(['text', 'thinking']);

/** Whether a value leaves what was said before it as it was. */
export function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/**
 * Takes another piece of an object into it: `join` gives each member's new value. Only own members count, and `__proto__`, which JSON may
 * hold, is none that could be set.
 */
export function takeIn(
  into: Record<string, unknown>,
  more: Readonly<Record<string, unknown>>,
  join: (before: unknown, piece: unknown, name: string) => unknown,
): void {
  for (const [name, piece] of Object.entries(more))
    if (name !== '__proto__') into[name] = join(memberOf(into, name), piece, name);
}

/** A member's value with one more piece of it, in place where that is an object or a list. */
export function joinPiece(before: unknown, piece: unknown, options: JoinOptions): unknown {
  if (before === undefined || before === null) return piece ?? before;
  if (saysNothing(piece)) return before;
  if (Array.isArray(before)) return append(before, partsOf(piece), options);
  if (Array.isArray(piece)) return append(partsOf(before), piece, options);
  if (isRecord(before) && isRecord(piece)) {
    takeIn(before, piece, (own, more, name) => joinPiece(own, more, { ...options, name }));
    return before;
  }
  const text = typeof before === 'string' && typeof piece === 'string' && options.texts && !LABEL.test(options.name);
  return text ? before + piece : piece;
}

/** What a text is in a list: Mistral begins with a list of thoughts and goes on with bare text, or cites in the middle of one. */
function partsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? (value === '' ? [] : [{ type: 'text', text: value }]) : [value];
}

function append(list: unknown[], parts: readonly unknown[], options: JoinOptions): unknown[] {
  for (const part of parts) {
    const last = list.at(-1);
    if (options.texts && goesOn(last, part)) joinPiece(last, part, options);
    else list.push(part);
  }
  return list;
}

function goesOn(last: unknown, part: unknown): boolean {
  return isRecord(last) && isRecord(part) && last['type'] === part['type'] && GOING_ON.has(part['type']);
}
