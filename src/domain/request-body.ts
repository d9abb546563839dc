import { type JsonDocument, type JsonNode, type NodeMember } from '../lib/json-document.ts';
import { outlineOf } from '../lib/json-outline.ts';
import { documentSteps } from '../lib/json-document-steps.ts';
import { documentOf } from '../lib/json-scanner.ts';
import { parseJsonSteps } from '../lib/json-steps.ts';
import { jsonTextSteps } from '../lib/json-text.ts';
import { isRecord } from '../lib/record.ts';
import type { Steps } from '../lib/steps.ts';
import { GatewayError } from './errors.ts';

/** New values of top-level members as JSON texts, by name; undefined removes one. */
export type BodyEdits = ReadonlyMap<string, string | undefined>;

const NO_EDITS: BodyEdits = new Map();

/**
 * The body of a request: the client's own bytes, with the top-level members that the gateway gives other values. It is not parsed: only the members that
 * are read are, and large ones never are. Immutable.
 */
export class RequestBody {
  readonly document: JsonDocument;
  readonly edits: BodyEdits;
  #members: readonly NodeMember[] | undefined;
  /** The last member of each name. */
  #nodes: ReadonlyMap<string, JsonNode> | undefined;

  /** `document` must be an object. */
  constructor(document: JsonDocument, edits = NO_EDITS) {
    this.document = document;
    this.edits = edits;
  }

  /** The body of an input in process. Throws `invalid_request` for what has no JSON form, or is no object. */
  static of(input: unknown): RequestBody {
    if (!isRecord(input)) throw new GatewayError('invalid_request', { message: 'The input must be an object.' });
    return new RequestBody(written(input));
  }

  /** The body of an input that JSON can write, a large one in steps. */
  static *ofSteps(input: object): Steps<RequestBody> {
    const document = yield* documentSteps(yield* jsonTextSteps(input));
    return document === undefined ? RequestBody.of(input) : new RequestBody(document);
  }

  /** The client's bytes, without the edits. */
  get bytes(): Buffer {
    return this.document.bytes.subarray(...this.document.range);
  }

  /** The members that the client sent, with all that have the same name. */
  get members(): readonly NodeMember[] {
    return (this.#members ??= this.document.membersOf(this.document.root));
  }

  /** The names of all members, each once. */
  get names(): readonly string[] {
    const names = new Set(this.members.map(({ key }) => key));
    for (const [name, value] of this.edits)
      if (value === undefined) names.delete(name);
      else names.add(name);
    return [...names];
  }

  /** Where the value of a member is; undefined for a member that is missing or edited. Among members of one name the last one counts. */
  nodeOf(name: string): JsonNode | undefined {
    if (this.edits.has(name)) return undefined;
    return (this.#nodes ??= new Map(this.members.map(({ key, node }) => [key, node]))).get(name);
  }

  /** Whether there is such a member. */
  includes(name: string): boolean {
    return this.edits.has(name) ? this.edits.get(name) !== undefined : this.nodeOf(name) !== undefined;
  }

  /** Whether a member has a value other than null. */
  has(name: string): boolean {
    if (this.edits.has(name)) return (this.edits.get(name) ?? 'null') !== 'null';
    const node = this.nodeOf(name);
    return node !== undefined && !this.document.isNull(node);
  }

  /** The value of a member, cut as `outlineOf` does; undefined where it is missing. */
  get(name: string): unknown {
    if (this.edits.has(name)) return parsed(this.edits.get(name));
    const node = this.nodeOf(name);
    return node === undefined ? undefined : outlineOf(this.document, node);
  }

  /** The JSON text of a member's value; undefined where it is missing. Shares memory with the body. */
  jsonOf(name: string): Buffer | undefined {
    const edit = this.edits.get(name);
    if (edit !== undefined) return Buffer.from(edit);
    const node = this.nodeOf(name);
    return node === undefined ? undefined : this.document.bytesOf(node);
  }

  /** The body with further edits. Costs nothing: the bytes are edited when they are sent. */
  edited(edits: BodyEdits): RequestBody {
    if (edits.size === 0) return this;
    const body = new RequestBody(this.document, new Map([...this.edits, ...edits]));
    body.#members = this.#members;
    body.#nodes = this.#nodes;
    return body;
  }

  /** The same, with the values in place of their texts. */
  with(values: ReadonlyMap<string, unknown>): RequestBody {
    return this.edited(new Map([...values].map(([name, value]) => [name, JSON.stringify(value)])));
  }

  /** The whole body, parsed. For large bodies this is slow. */
  parse(): Record<string, unknown> {
    return this.#edited(this.document.valueOf(this.document.root));
  }

  /** The same, a large body in steps. Undefined for one with more members or levels than `parseJsonSteps` takes. */
  *parseSteps(): Steps<Record<string, unknown> | undefined> {
    const value = yield* parseJsonSteps(this.bytes);
    return value === undefined ? undefined : this.#edited(value);
  }

  #edited(value: unknown): Record<string, unknown> {
    const fields = new Map(Object.entries(isRecord(value) ? value : {}));
    for (const [name, edit] of this.edits)
      if (edit === undefined) fields.delete(name);
      else fields.set(name, parsed(edit));
    return Object.fromEntries(fields);
  }
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function written(input: object): JsonDocument {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(input);
  } catch (thrown) {
    cause = thrown;
  }
  const document = text === undefined ? undefined : documentOf(Buffer.from(text));
  if (document === undefined)
    throw new GatewayError('invalid_request', { message: 'The input cannot be written as JSON.', cause });
  return document;
}
