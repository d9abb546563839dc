import type { NodePlaces } from './node-places.ts';
import { OPEN_BRACE, OPEN_BRACKET, QUOTE, SMALL_N } from './json-codes.ts';

/** A value in a document: its place in the document's list of nodes. */
export type JsonNode = number;

/** The range of one member in the bytes of a JSON object: `[keyStart, valueEnd)`; its value is `[valueStart, valueEnd)`. */
export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A member and its value's node. */
export interface NodeMember extends JsonMember {
  readonly node: JsonNode;
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'literal';

const KINDS: Readonly<Record<string, JsonKind>> = {
  '{': 'object',
  '[': 'array',
  '"': 'string',
  t: 'literal',
  f: 'literal',
  n: 'literal',
};

/**
 * A JSON text in its bytes, with the places of its values: each is found without parsing another one. Made by a `JsonScanner`, which has checked
 * the text. Immutable.
 *
 * Nodes are numbered in the order of the text. An object or array is followed by what it holds and by the node of its closing bracket. Of an
 * object each name is a node, followed by its value's. Numbers and literals in arrays have no nodes.
 */
export class JsonDocument {
  /** The bytes in which all offsets are. A document within another one is only a part of them. */
  readonly bytes: Buffer;
  /** The whole text's value. */
  readonly root: JsonNode;
  /**
   * The link of a string, number or literal is its end, negative where it is a string with escapes; of an object or array it is the node of its closing
   * bracket; of a bracket the number of values in it.
   */
  readonly #places: NodePlaces;

  /** `root`: the node of the text's value. */
  constructor(bytes: Buffer, places: NodePlaces, root: JsonNode = 0) {
    this.bytes = bytes;
    this.root = root;
    this.#places = places;
  }

  /** A document of one of its values alone. It shares the bytes. */
  within(node: JsonNode): JsonDocument {
    return new JsonDocument(this.bytes, this.#places, node);
  }

  /** Where its own text is in the bytes. */
  get range(): readonly [start: number, end: number] {
    return this.root === 0 ? [0, this.bytes.length] : [this.startOf(this.root), this.endOf(this.root)];
  }

  kindOf(node: JsonNode): JsonKind {
    return KINDS[String.fromCharCode(this.bytes[this.startOf(node)] ?? 0)] ?? 'number';
  }

  /** Whether the node is a null. */
  isNull(node: JsonNode): boolean {
    return this.bytes[this.startOf(node)] === SMALL_N;
  }

  /** Offset of its first byte. */
  startOf(node: JsonNode): number {
    return this.#places.startOf(node);
  }

  /** Offset after its last byte. */
  endOf(node: JsonNode): number {
    const link = this.#places.linkOf(node);
    return this.#isContainer(node) ? this.startOf(link) + 1 : Math.abs(link);
  }

  /** Length of its text, in bytes. */
  sizeOf(node: JsonNode): number {
    return this.endOf(node) - this.startOf(node);
  }

  /** Number of values that an object or array holds, one level deep; 0 for other values. */
  countOf(node: JsonNode): number {
    return this.#isContainer(node) ? this.#places.linkOf(this.#places.linkOf(node)) : 0;
  }

  /** The strings, objects and arrays in an array, in order; none for another value. */
  *itemsOf(node: JsonNode): Generator<JsonNode> {
    if (this.kindOf(node) !== 'array') return;
    const end = this.#places.linkOf(node);
    for (let item = node + 1; item < end; item = this.#after(item)) yield item;
  }

  /** The members of an object, in order, with all that have the same name; none for another value. */
  membersOf(node: JsonNode): readonly NodeMember[] {
    const members: NodeMember[] = [];
    if (this.kindOf(node) !== 'object') return members;
    const end = this.#places.linkOf(node);
    for (let key = node + 1; key < end; key = this.#after(key + 1)) {
      const value = key + 1;
      members.push({
        key: this.textOf(key),
        keyStart: this.startOf(key),
        valueStart: this.startOf(value),
        valueEnd: this.endOf(value),
        node: value,
      });
    }
    return members;
  }

  /** The value of an object's member; of several with that name the last one, as for JSON.parse. Undefined where there is none. */
  memberOf(node: JsonNode, name: string): JsonNode | undefined {
    if (this.kindOf(node) !== 'object') return undefined;
    const end = this.#places.linkOf(node);
    let found: JsonNode | undefined;
    for (let key = node + 1; key < end; key = this.#after(key + 1)) if (this.#isKey(key, name)) found = key + 1;
    return found;
  }

  /**
   * Visits a value and all values that it holds, in the order of the text. What an object or array holds is left out where `enter` returns false
   * for it. Not recursive.
   */
  walk(node: JsonNode, enter: (value: JsonNode) => boolean): void {
    const last = this.#after(node);
    const open: JsonNode[] = [];
    const close: JsonNode[] = [];
    for (let at = node; at < last;) {
      if (at === close.at(-1)) {
        close.pop();
        open.pop();
        at++;
        continue;
      }
      const holder = open.at(-1);
      const value = holder !== undefined && this.kindOf(holder) === 'object' ? at + 1 : at;
      if (enter(value) && this.#isContainer(value)) {
        open.push(value);
        close.push(this.#places.linkOf(value));
        at = value + 1;
      } else at = this.#after(value);
    }
  }

  /** Calls back with each string at any depth below a node, names of members included, until a call returns true. Returns whether one did. */
  someString(node: JsonNode, holds: (string: JsonNode) => boolean): boolean {
    const end = this.#after(node);
    for (let each = node; each < end; each++) if (this.bytes[this.startOf(each)] === QUOTE && holds(each)) return true;
    return false;
  }

  /** The bytes of its text. */
  bytesOf(node: JsonNode): Buffer {
    return this.bytes.subarray(this.startOf(node), this.endOf(node));
  }

  /** Whether a string has escapes. Names may have them too (`"mod\u0065l"`), which providers decode. */
  isEscaped(string: JsonNode): boolean {
    return this.#places.linkOf(string) < 0;
  }

  /** A string without its quotes and escapes. */
  textOf(string: JsonNode): string {
    if (this.isEscaped(string)) return String(this.valueOf(string));
    return this.bytes.toString('utf8', this.startOf(string) + 1, this.endOf(string) - 1);
  }

  /** The text of an object's member; undefined where the member is missing or no string. */
  stringOf(object: JsonNode, name: string): string | undefined {
    const member = this.memberOf(object, name);
    return member !== undefined && this.kindOf(member) === 'string' ? this.textOf(member) : undefined;
  }

  /** The first characters of a string, at most so many, without quotes and escapes; an escape that is cut is left out. */
  beginningOf(string: JsonNode, characters: number): string {
    const start = this.startOf(string) + 1;
    const end = Math.min(this.endOf(string) - 1, start + characters * LONGEST_ESCAPE);
    const text = this.bytes.toString('utf8', start, end);
    if (!this.isEscaped(string)) return text.slice(0, characters);
    return String(JSON.parse(`"${text.replace(CUT_ESCAPE, '$1')}"`)).slice(0, characters);
  }

  /** Its parsed value. */
  valueOf(node: JsonNode): unknown {
    return JSON.parse(this.bytes.toString('utf8', this.startOf(node), this.endOf(node)));
  }

  #isKey(key: JsonNode, name: string): boolean {
    const size = this.sizeOf(key) - 2;
    return (
      (size === name.length || this.isEscaped(key)) && size <= name.length * LONGEST_ESCAPE && this.textOf(key) === name
    );
  }

  #isContainer(node: JsonNode): boolean {
    const byte = this.bytes[this.startOf(node)];
    return byte === OPEN_BRACE || byte === OPEN_BRACKET;
  }

  /** The node after a value and all that it holds. */
  #after(node: JsonNode): JsonNode {
    return this.#isContainer(node) ? this.#places.linkOf(node) + 1 : node + 1;
  }
}

/** An escape at the end of a text that lacks characters, behind any number of whole backslashes. */
const CUT_ESCAPE = /((?:^|[^\\])(?:\\\\)*)\\(?:u[\da-fA-F]{0,3})?$/;
/** Bytes of `\u0061`, which stands for one. */
const LONGEST_ESCAPE = 6;
