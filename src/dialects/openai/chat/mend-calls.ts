import type { Quirks } from '../../../domain/chain.ts';
import type { ByteEdits } from '../../../lib/byte-edits.ts';
import type { JsonDocument, JsonNode, NodeMember } from '../../../lib/json-document.ts';
import { nineAlphanumericIds } from '../../call-ids.ts';
import { editObject } from '../splice.ts';

/** What the tool calls of one request are mended with. */
export interface CallMending {
  readonly document: JsonDocument;
  readonly quirks: Pick<Quirks, 'callRejects'>;
  /** New ids of tool calls, by the ids that the server does not accept. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Members of a tool call that are never removed, though they are null. */
const KNOWN: ReadonlySet<string> = new Set(['id', 'type', 'function']);
const NO_IDS: ReadonlyMap<string, string> = new Map();

/** The ids that replace those of a request's tool calls and results that a server with these quirks does not accept, by the original id. */
export function callIdsFor(
  document: JsonDocument,
  messages: JsonNode,
  { callIds }: Pick<Quirks, 'callIds'>,
): ReadonlyMap<string, string> {
  if (callIds === 'any') return NO_IDS;
  return nineAlphanumericIds(idsIn(document, messages));
}

function* idsIn(document: JsonDocument, messages: JsonNode): Generator<string> {
  for (const message of document.itemsOf(messages)) {
    const calls = document.memberOf(message, 'tool_calls');
    const ids = calls === undefined ? [] : [...document.itemsOf(calls)].map((call) => document.stringOf(call, 'id'));
    for (const id of [...ids, document.stringOf(message, 'tool_call_id')]) if (id !== undefined) yield id;
  }
}

/** Adds to `edits` what changes in the calls of a message's `tool_calls`; every other byte stays. */
export function mendCalls(edits: ByteEdits, calls: JsonNode, mending: CallMending): void {
  const { document, quirks } = mending;
  for (const call of document.itemsOf(calls)) {
    const members = document.membersOf(call);
    const values = valuesOf(members, mending);
    if (values.size > 0) editObject(edits, { document, node: call, members }, { values: Object.fromEntries(values) });
    const called = values.has('function') ? undefined : members.findLast(({ key }) => key === 'function');
    if (called !== undefined) removeFrom(edits, { document, node: called.node }, quirks.callRejects);
  }
}

function removeFrom(
  edits: ByteEdits,
  { document, node }: { readonly document: JsonDocument; readonly node: JsonNode },
  names: readonly string[],
): void {
  const members = document.membersOf(node);
  const removed = members.filter(({ key }) => names.includes(key)).map(({ key }) => [key, undefined] as const);
  if (removed.length > 0) editObject(edits, { document, node, members }, { values: Object.fromEntries(removed) });
}

function valuesOf(members: readonly NodeMember[], mending: CallMending): ReadonlyMap<string, string | undefined> {
  const { document, ids } = mending;
  const { callRejects } = mending.quirks;
  const values = new Map<string, string | undefined>();
  for (const { key, node } of members) {
    const id = key === 'id' && document.kindOf(node) === 'string' ? ids.get(document.textOf(node)) : undefined;
    if (callRejects.includes(key) || (callRejects.length > 0 && document.isNull(node) && !KNOWN.has(key)))
      values.set(key, undefined);
    else if (id !== undefined) values.set(key, JSON.stringify(id));
    else values.delete(key);
  }
  return values;
}
