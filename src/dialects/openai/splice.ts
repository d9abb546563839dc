import { type JsonMember, topLevelMembers } from '../../lib/json-members.ts';

/** Edits of top-level members, by key. */
export interface Edits {
  /** A JSON text sets the member's value, adding the member where it is missing. Undefined removes the member. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** New keys by old keys. Where a member with the new key exists and is not null, the member with the old key is removed instead. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
}

/**
 * Edits top-level members of a JSON object in its own bytes; every other byte stays as it is. Missing members are added at the end. `body`
 * must be a valid JSON object.
 */
export function splice(body: Buffer, { values, keys }: Edits): Buffer {
  const members = topLevelMembers(body);
  const renames = renamesIn(body, members, keys);
  const parts: Buffer[] = [];
  const edited: string[] = [];
  /** Everything before this offset is in `parts` or removed. */
  let done = 0;
  let lastKept: JsonMember | undefined;
  /** The first member of a run that is being removed. */
  let firstRemoved: JsonMember | undefined;

  function copyTo(end: number): void {
    if (end > done) parts.push(body.subarray(done, end));
    done = end;
  }

  for (const member of members) {
    const { key, keyStart, valueStart, valueEnd } = member;
    const value = Object.hasOwn(values, key) ? values[key] : KEEP;
    if (value === undefined || renames.removed.has(member)) {
      firstRemoved ??= member;
      continue;
    }
    if (firstRemoved !== undefined) {
      copyTo(firstRemoved.keyStart);
      done = keyStart;
      firstRemoved = undefined;
    }
    lastKept = member;
    const newKey = renames.keys.get(member);
    if (newKey !== undefined) {
      copyTo(keyStart);
      parts.push(Buffer.from(`${JSON.stringify(newKey)}:`));
      done = valueStart;
    }
    if (value === KEEP) continue;
    edited.push(key);
    copyTo(valueStart);
    parts.push(Buffer.from(value));
    done = valueEnd;
  }
  if (firstRemoved !== undefined) {
    // No member follows, so the comma before the run is removed too.
    copyTo(lastKept?.valueEnd ?? firstRemoved.keyStart);
    done = members.at(-1)?.valueEnd ?? done;
  }
  const added = Object.entries(values).filter(([key, value]) => value !== undefined && !edited.includes(key));
  if (added.length > 0) {
    copyTo(body.lastIndexOf(CLOSE_BRACE));
    const texts = added.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
    parts.push(Buffer.from(lastKept === undefined ? texts : `,${texts}`));
  }
  copyTo(body.length);
  return Buffer.concat(parts);
}

/** In place of a new value: the member keeps its own. No JSON text is empty. */
const KEEP = '';
const CLOSE_BRACE = 0x7d;

interface Renames {
  /** The new keys of the members that get one. */
  readonly keys: ReadonlyMap<JsonMember, string>;
  /** Members that are removed because two would have one key. */
  readonly removed: ReadonlySet<JsonMember>;
}

const NO_RENAMES: Renames = { keys: new Map(), removed: new Set() };

function renamesIn(body: Buffer, members: readonly JsonMember[], keys: Edits['keys'] = {}): Renames {
  if (Object.keys(keys).length === 0) return NO_RENAMES;
  const renamed = members.filter(({ key }) => Object.hasOwn(keys, key));
  if (renamed.length === 0) return NO_RENAMES;
  const nonNullKeys = new Set(members.filter((member) => !isNull(body, member)).map(({ key }) => key));
  const newKeys = new Map(renamed.map((member) => [member, keys[member.key] ?? member.key]));
  const superseded = [...newKeys].filter(([, key]) => nonNullKeys.has(key)).map(([member]) => member);
  for (const member of superseded) newKeys.delete(member);
  const replaced = new Set(newKeys.values());
  return { keys: newKeys, removed: new Set([...superseded, ...members.filter(({ key }) => replaced.has(key))]) };
}

function isNull(body: Buffer, { valueStart, valueEnd }: JsonMember): boolean {
  return valueEnd - valueStart === 4 && body.toString('latin1', valueStart, valueEnd) === 'null';
}
