import type { RequestBody } from '../../../domain/request-body.ts';
import type { ByteEdits } from '../../../lib/byte-edits.ts';
import type { JsonDocument, JsonNode } from '../../../lib/json-document.ts';
import { unwrapOpaque, WRAPPED } from '../../neutral/opaque.ts';
import { removeItems } from '../../remove-items.ts';

/** Which reasoning of the conversation so far is sent. */
export interface HistoryRules {
  /** Whether all of it is left out. */
  readonly dropsAll: boolean;
}

/** The member with the opaque value, by the type of the block. */
const OPAQUE_MEMBERS: Readonly<Record<string, string>> = Object.freeze({
  thinking: 'signature',
  redacted_thinking: 'data',
});

/**
 * Adds to `edits` what makes the reasoning in `messages` Anthropic's own: blocks that another issuer has signed are removed, with their turns where nothing
 * else is in them, and wrapped values of Anthropic's are unwrapped. Every other byte stays.
 */
export function editHistory(edits: ByteEdits, body: RequestBody, { dropsAll }: HistoryRules): void {
  const messages = body.nodeOf('messages');
  if (messages === undefined) return;
  const { document } = body;
  if (!dropsAll && !document.bytesOf(messages).includes(WRAPPED)) return;
  const change = (block: JsonNode): Change =>
    dropsAll && isReasoning(document, block) ? 'remove' : changeOf(document, block);
  removeItems(edits, { document, array: messages }, (turn) => {
    const content = document.memberOf(turn, 'content');
    if (content === undefined || document.stringOf(turn, 'role') !== 'assistant') return false;
    return editContent(edits, { document, content }, change);
  });
}

/** What becomes of a block: nothing, its removal, or another text of its opaque value. */
type Change = 'keep' | 'remove' | { readonly value: JsonNode; readonly text: string };

/** Edits the blocks of a turn. Returns whether the turn has none left. */
function editContent(
  edits: ByteEdits,
  { document, content }: { readonly document: JsonDocument; readonly content: JsonNode },
  change: (block: JsonNode) => Change,
): boolean {
  const changes = new Map<JsonNode, Change>();
  let blocks = 0;
  for (const block of document.itemsOf(content)) {
    blocks++;
    const each = change(block);
    if (each !== 'keep') changes.set(block, each);
  }
  // Content with numbers or nulls in it is the provider's to refuse.
  if (blocks !== document.countOf(content)) return false;
  const removed = [...changes.values()].filter((each) => each === 'remove').length;
  if (removed > 0 && removed === blocks) return true;
  for (const each of changes.values())
    if (typeof each === 'object')
      edits.replace(document.startOf(each.value), document.endOf(each.value), JSON.stringify(each.text));
  if (removed > 0) removeItems(edits, { document, array: content }, (block) => changes.get(block) === 'remove');
  return false;
}

function isReasoning(document: JsonDocument, block: JsonNode): boolean {
  return Object.hasOwn(OPAQUE_MEMBERS, document.stringOf(block, 'type') ?? '');
}

function changeOf(document: JsonDocument, block: JsonNode): Change {
  const type = document.stringOf(block, 'type') ?? '';
  const name = Object.hasOwn(OPAQUE_MEMBERS, type) ? OPAQUE_MEMBERS[type] : undefined;
  const value = name === undefined ? undefined : document.memberOf(block, name);
  if (value === undefined || document.kindOf(value) !== 'string') return 'keep';
  const text = document.textOf(value);
  if (!text.startsWith(WRAPPED)) return 'keep';
  const { issuer, value: own } = unwrapOpaque(text, 'anthropic');
  if (issuer !== 'anthropic') return 'remove';
  return own === text ? 'keep' : { value, text: own };
}
