import { isRecord, memberOf } from '../../../lib/record.ts';

/** How the pieces of a member are joined. */
export interface JoinOptions {
  /** Name of the member. */
  readonly name: string;
  /** Whether strings are pieces of a text. Strings of members that are labels never are. */
  readonly texts: boolean;
}

/**
 * Members that are sent whole, and by some providers again with each piece. Every other string of a delta is a piece of a text: providers
 * invent new names for reasoning text. A member wrongly taken for a label would lose text; one wrongly taken for a text only repeats a label.
 */
const LABEL = /(?:^|_)(?:id|role|type|name|format|model|object|status|channel|recipient|language|url)$|signature$/i;

/** Types of content parts that the next part of the same type continues. */
const CONTINUED_TYPES: ReadonlySet<unknown> = new Set(['text', 'thinking']);

/** Whether a value changes nothing about the value before it. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/**
 * Merges another piece of an object into it; `join` gives each member's new value. Only own members count. `__proto__`, which JSON may hold,
 * is skipped, because assigning it would change the prototype.
 */
export function mergeInto(
  target: Record<string, unknown>,
  piece: Readonly<Record<string, unknown>>,
  join: (before: unknown, piece: unknown, name: string) => unknown,
): void {
  for (const [name, value] of Object.entries(piece))
    if (name !== '__proto__') target[name] = join(memberOf(target, name), value, name);
}

/** A member's value joined with its next piece; changes objects and lists in place. */
export function joinPiece(before: unknown, piece: unknown, options: JoinOptions): unknown {
  if (before === undefined || before === null) return piece ?? before;
  if (isBlank(piece)) return before;
  if (Array.isArray(before)) return append(before, partsOf(piece), options);
  if (Array.isArray(piece)) return append(partsOf(before), piece, options);
  if (isRecord(before) && isRecord(piece)) {
    mergeInto(before, piece, (own, more, name) => joinPiece(own, more, { ...options, name }));
    return before;
  }
  const isText = typeof before === 'string' && typeof piece === 'string' && options.texts && !LABEL.test(options.name);
  return isText ? before + piece : piece;
}

/** A value as content parts. Mistral begins with a list of reasoning parts and continues with bare text, or cites in the middle of a text. */
function partsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? (value === '' ? [] : [{ type: 'text', text: value }]) : [value];
}

function append(list: unknown[], parts: readonly unknown[], options: JoinOptions): unknown[] {
  for (const part of parts) {
    const last = list.at(-1);
    if (options.texts && continues(last, part)) joinPiece(last, part, options);
    else list.push(part);
  }
  return list;
}

function continues(last: unknown, part: unknown): boolean {
  return isRecord(last) && isRecord(part) && last['type'] === part['type'] && CONTINUED_TYPES.has(part['type']);
}
