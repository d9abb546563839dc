import { type JsonMember, topLevelMembers } from '../../lib/json-members.ts';

/** What is to become of top-level members, by their keys. */
export interface Edits {
  /** A JSON text sets the value, undefined takes the member out. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** New keys; a member whose new key is there already, and says more than null, is taken out instead. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
}

/**
 * Edits top-level members of a JSON object in its own bytes; every other byte stays as it is. A member with a value that is not there is
 * added at the end. `body` must be a valid JSON object.
 */
export function splice(body: Buffer, { values, keys }: Edits): Buffer {
  const members = topLevelMembers(body);
  const renames = renamesIn(body, members, keys);
  const parts: Buffer[] = [];
  const edited: string[] = [];
  /** How far the bytes are in the parts, or left out. */
  let done = 0;
  let kept: JsonMember | undefined;
  /** The first of those that are being taken out. */
  let out: JsonMember | undefined;

  function copyTo(end: number): void {
    if (end > done) parts.push(body.subarray(done, end));
    done = end;
  }

  for (const member of members) {
    const { key, keyStart, valueStart, valueEnd } = member;
    const value = Object.hasOwn(values, key) ? values[key] : KEEP;
    if (value === undefined || renames.out.has(member)) {
      out ??= member;
      continue;
    }
    if (out !== undefined) {
      copyTo(out.keyStart);
      done = keyStart;
      out = undefined;
    }
    kept = member;
    const renamed = renames.keys.get(member);
    if (renamed !== undefined) {
      copyTo(keyStart);
      parts.push(Buffer.from(`${JSON.stringify(renamed)}:`));
      done = valueStart;
    }
    if (value === KEEP) continue;
    edited.push(key);
    copyTo(valueStart);
    parts.push(Buffer.from(value));
    done = valueEnd;
  }
  if (out !== undefined) {
    // Nobody follows, so the comma before them goes too.
    copyTo(kept?.valueEnd ?? out.keyStart);
    done = members.at(-1)?.valueEnd ?? done;
  }
  const added = Object.entries(values).filter(([key, value]) => value !== undefined && !edited.includes(key));
  if (added.length > 0) {
    copyTo(body.lastIndexOf(CLOSE_BRACE));
    const texts = added.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
    parts.push(Buffer.from(kept === undefined ? texts : `,${texts}`));
  }
  copyTo(body.length);
  return Buffer.concat(parts);
}

/** Stands for a value that stays; no JSON text is empty. */
const KEEP = '';
const CLOSE_BRACE = 0x7d;

interface Renames {
  /** The new keys of those that get one. */
  readonly keys: ReadonlyMap<JsonMember, string>;
  readonly out: ReadonlySet<JsonMember>;
}

const NO_RENAMES: Renames = { keys: new Map(), out: new Set() };

function renamesIn(body: Buffer, members: readonly JsonMember[], keys: Edits['keys'] = {}): Renames {
  const due = members.filter(({ key }) => Object.hasOwn(keys, key));
  if (due.length === 0) return NO_RENAMES;
  const saying = new Set(members.filter((member) => !isNull(body, member)).map(({ key }) => key));
  const given = new Map(due.map((member) => [member, keys[member.key] ?? member.key]));
  const taken = [...given].filter(([, key]) => saying.has(key)).map(([member]) => member);
  for (const member of taken) given.delete(member);
  const replaced = new Set(given.values());
  return { keys: given, out: new Set([...taken, ...members.filter(({ key }) => replaced.has(key))]) };
}

function isNull(body: Buffer, { valueStart, valueEnd }: JsonMember): boolean {
  return valueEnd - valueStart === 4 && body.toString('latin1', valueStart, valueEnd) === 'null';
}
