import { ByteEdits } from '../../lib/byte-edits.ts';
import type { JsonDocument, JsonMember, JsonNode } from '../../lib/json-document.ts';
import { topLevelMembers } from '../../lib/json-members.ts';
import { CLOSE_BRACE } from '../../lib/json-codes.ts';

/** Edits of the members of an object, by key. */
export interface Edits {
  /** A JSON text sets the member's value, adding the member where it is missing. Undefined removes the member. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** New keys by old keys. Where a member with the new key exists and is not null, the member with the old key is removed instead. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
}

/** An object in bytes. */
interface EditedObject {
  readonly bytes: Buffer;
  readonly members: readonly JsonMember[];
  /** Offset of its closing brace. */
  readonly close: number;
}

/**
 * Edits top-level members of a JSON object in its own bytes; every other byte stays as it is. Missing members are added at the end. `body`
 * must be a valid JSON object.
 */
export function splice(body: Buffer, changes: Edits): Buffer {
  const edits = new ByteEdits();
  const object = { bytes: body, members: topLevelMembers(body), close: body.lastIndexOf(CLOSE_BRACE) };
  new ObjectEditor(edits, object, changes).run();
  return edits.apply(body);
}

/** An object in a document. */
export interface ObjectNode {
  readonly document: JsonDocument;
  readonly node: JsonNode;
  /** The members of `node`. */
  readonly members: readonly JsonMember[];
}

/** Adds to `edits` the changes of the members of an object in a document. */
export function editObject(edits: ByteEdits, { document, node, members }: ObjectNode, changes: Edits): void {
  const object = { bytes: document.bytes, members, close: document.endOf(node) - 1 };
  new ObjectEditor(edits, object, changes).run();
}

/** In place of a new value: the member keeps its own. No JSON text is empty. */
const KEEP = '';

class ObjectEditor {
  readonly #edits: ByteEdits;
  readonly #object: EditedObject;
  readonly #changes: Edits;
  readonly #edited: string[] = [];
  #lastKept: JsonMember | undefined;
  /** The first member of a run that is being removed. */
  #firstRemoved: JsonMember | undefined;

  constructor(edits: ByteEdits, object: EditedObject, changes: Edits) {
    this.#edits = edits;
    this.#object = object;
    this.#changes = changes;
  }

  run(): void {
    const { bytes, members, close } = this.#object;
    const { values, keys } = this.#changes;
    const renames = renamesIn(bytes, members, keys);
    for (const member of members) {
      const value = Object.hasOwn(values, member.key) ? values[member.key] : KEEP;
      if (value === undefined || renames.removed.has(member)) this.#firstRemoved ??= member;
      else this.#keep(member, value, renames.keys.get(member));
    }
    const last = members.at(-1);
    if (this.#firstRemoved !== undefined && last !== undefined) {
      // No member follows, so the comma before the run is removed too.
      this.#edits.replace(this.#lastKept?.valueEnd ?? this.#firstRemoved.keyStart, last.valueEnd, '');
    }
    const added = Object.entries(values).filter(([key, value]) => value !== undefined && !this.#edited.includes(key));
    if (added.length === 0) return;
    const texts = added.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
    this.#edits.replace(close, close, this.#lastKept === undefined ? texts : `,${texts}`);
  }

  #keep(member: JsonMember, value: string, newKey: string | undefined): void {
    const { key, keyStart, valueStart, valueEnd } = member;
    if (this.#firstRemoved !== undefined) this.#edits.replace(this.#firstRemoved.keyStart, keyStart, '');
    this.#firstRemoved = undefined;
    this.#lastKept = member;
    if (newKey !== undefined) this.#edits.replace(keyStart, valueStart, `${JSON.stringify(newKey)}:`);
    if (value === KEEP) return;
    this.#edited.push(key);
    this.#edits.replace(valueStart, valueEnd, value);
  }
}

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
