import type { Quirks } from '../../../domain/chain.ts';
import type { RequestBody } from '../../../domain/request-body.ts';
import type { ByteEdits } from '../../../lib/byte-edits.ts';
import type { JsonDocument, JsonNode, NodeMember } from '../../../lib/json-document.ts';
import { memberOf } from '../../../lib/record.ts';
import { editObject } from '../splice.ts';
import { callIdsFor, mendCalls } from './mend-calls.ts';

/** What the messages of one request are mended with. */
interface Mending {
  readonly document: JsonDocument;
  readonly quirks: Quirks;
  /** New ids of tool calls, by the ids that the server does not accept. */
  readonly ids: ReadonlyMap<string, string>;
  /** Whether `reasoning_content` is added where it is missing. */
  readonly fillsReasoning: boolean;
}

/**
 * Adds to `edits` what brings `messages` into the form that a server with these quirks accepts: the role `system` in place of `developer`, no
 * members of an answer that the server refuses, ids of tool calls that it accepts, and the reasoning that it wants back. Every other byte stays.
 */
export function mendMessages(edits: ByteEdits, body: RequestBody, quirks: Quirks): void {
  const messages = mayEdit(quirks) ? body.nodeOf('messages') : undefined;
  if (messages === undefined) return;
  const { document } = body;
  const ids = callIdsFor(document, messages, quirks);
  const fillsReasoning = quirks.fillsReasoning && memberOf(body.get('thinking'), 'type') !== 'disabled';
  for (const message of document.itemsOf(messages))
    mendMessage(edits, message, { document, quirks, ids, fillsReasoning });
}

function mayEdit({ developerRole, messageRejects, callRejects, callIds, fillsReasoning }: Quirks): boolean {
  return !developerRole || messageRejects.length > 0 || callRejects.length > 0 || callIds !== 'any' || fillsReasoning;
}

function mendMessage(edits: ByteEdits, message: JsonNode, mending: Mending): void {
  const { document } = mending;
  const members = document.membersOf(message);
  const values = valuesOf(members, mending);
  if (values !== undefined) editObject(edits, { document, node: message, members }, { values });
  const calls = members.findLast(({ key }) => key === 'tool_calls');
  // Members that are removed are not edited too.
  if (calls !== undefined && !(values !== undefined && Object.hasOwn(values, 'tool_calls')))
    mendCalls(edits, calls.node, mending);
}

/** The members of a message that change; undefined where none does. */
function valuesOf(members: readonly NodeMember[], mending: Mending): Record<string, string | undefined> | undefined {
  const { document, quirks, ids, fillsReasoning } = mending;
  const values = new Map<string, string | undefined>();
  let role: string | undefined;
  let lacksReasoning = fillsReasoning;
  for (const { key, node } of members) {
    const id = key === 'tool_call_id' ? ids.get(textOf(document, node) ?? '') : undefined;
    if (isRejected(document, { key, node }, quirks.messageRejects)) values.set(key, undefined);
    else if (id !== undefined) values.set(key, JSON.stringify(id));
    else values.delete(key);
    if (key === 'role') role = textOf(document, node);
    if (key === 'reasoning_content') lacksReasoning = fillsReasoning && !isFilledText(document, node);
  }
  if (!quirks.developerRole && role === 'developer') values.set('role', '"system"');
  if (lacksReasoning && role === 'assistant') values.set('reasoning_content', BLANK);
  return values.size === 0 ? undefined : Object.fromEntries(values);
}

/** DeepSeek refuses an empty text where its models have reasoned, and accepts a blank (NousResearch/hermes-agent#18263). */
const BLANK = '" "';

function isRejected(
  document: JsonDocument,
  { key, node }: Pick<NodeMember, 'key' | 'node'>,
  rejects: readonly string[],
): boolean {
  return rejects.includes(key) || (rejects.length > 0 && key !== 'content' && isEmpty(document, node));
}

/** Whether a value is null or an empty list. Answers hold such members, and a server that does not know a member refuses these too. */
function isEmpty(document: JsonDocument, node: JsonNode): boolean {
  return document.isNull(node) || (document.kindOf(node) === 'array' && document.countOf(node) === 0);
}

function isFilledText(document: JsonDocument, node: JsonNode): boolean {
  return document.kindOf(node) === 'string' && document.sizeOf(node) > EMPTY_TEXT;
}

function textOf(document: JsonDocument, node: JsonNode): string | undefined {
  return document.kindOf(node) === 'string' ? document.textOf(node) : undefined;
}

/** Bytes of two quotes. */
const EMPTY_TEXT = 2;
