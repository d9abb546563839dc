import { fieldsOf } from '../../../lib/record.ts';
import { unwrapOpaque } from '../../neutral/opaque.ts';
import type { Block, CallBlock, Loss, Turn } from '../../neutral/request.ts';
import { blocksOf, outputBlocksOf } from './decode-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Items of tools that the client runs by a schema that only OpenAI's models know, and those of compacted conversations. */
const ONLY_HERE =
  /^(?:computer|shell|local_shell|apply_patch)_call(?:_output)?$|^(?:compaction|compaction_trigger|mcp_approval_response)$/;

/** The turns of an input, and the tools that its items add. */
export interface DecodedInput {
  readonly turns: readonly Turn[];
  readonly addedTools: readonly unknown[];
  /** Indexes of items that refer to others, which only the vendor may keep. */
  readonly references: readonly number[];
}

/** Decodes an input: a text, or a list of items. */
export function decodeInput(input: unknown): DecodedInput {
  if (typeof input === 'string')
    return { turns: [{ role: 'user', blocks: blocksOf(input) }], addedTools: [], references: [] };
  const items: readonly unknown[] = Array.isArray(input) ? input : [];
  const turns: Turn[] = [];
  const addedTools: unknown[] = [];
  const references: number[] = [];
  for (const [index, each] of items.entries()) {
    const item = fieldsOf(each);
    const { type, tools } = item;
    if (type === 'item_reference') references.push(index);
    else if (type === 'additional_tools') addedTools.push(...(Array.isArray(tools) ? tools : []));
    else if (!signsLastCall(item, turns)) turns.push(...turnOf(item));
  }
  return { turns, addedTools, references };
}

function turnOf(item: Fields): readonly Turn[] {
  const { type = 'message', call_id: id, output } = item;
  switch (type) {
    case 'message':
      return [{ role: roleOf(item['role']), blocks: blocksOf(item['content']) }];
    case 'function_call':
    case 'custom_tool_call':
      return [{ role: 'assistant', blocks: [callOf(item, type === 'custom_tool_call')] }];
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const parts = outputBlocksOf(output);
      return [{ role: 'user', blocks: [{ kind: 'result', id: textOf(id), parts, error: false }] }];
    }
    case 'reasoning':
      return reasoningOf(item);
    default:
      return [{ role: 'assistant', blocks: [foreignItem(item)] }];
  }
}

function roleOf(role: unknown): Turn['role'] {
  if (role === 'assistant') return 'assistant';
  return role === 'system' || role === 'developer' ? 'system' : 'user';
}

function callOf(item: Fields, freeform: boolean): CallBlock {
  const { call_id: id, name, namespace } = item;
  const input = item[freeform ? 'input' : 'arguments'];
  return {
    kind: 'call',
    id: textOf(id),
    name: textOf(name),
    ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
    input: typeof input === 'string' ? input : JSON.stringify(input ?? ''),
    freeform,
  };
}

/** A summary, even of an empty text, makes it reasoning that can be read; without one it is only opaque. */
function reasoningOf(item: Fields): readonly Turn[] {
  const { encrypted_content: content, summary } = item;
  const opaque = typeof content === 'string' && content !== '' ? unwrapOpaque(content, 'openai') : undefined;
  const text = reasoningText(item);
  const isReadable = text !== '' || (Array.isArray(summary) && summary.length > 0);
  if (opaque === undefined && text === '') return [];
  const block: Block =
    opaque === undefined || isReadable ? { kind: 'reasoning', text, opaque } : { kind: 'redacted', opaque };
  return [{ role: 'assistant', blocks: [block] }];
}

function reasoningText({ summary, content }: Fields): string {
  const texts = [summary, content].map((parts) =>
    blocksOf(parts)
      .flatMap((block) => (block.kind === 'text' ? [block.text] : []))
      .join('\n\n'),
  );
  return texts.find((text) => text !== '') ?? '';
}

/** Google signs calls. Its signature has no place in a call here, so that the answer holds it in an item behind the call. */
function signsLastCall(item: Fields, turns: Turn[]): boolean {
  const { type, encrypted_content: content, summary } = item;
  if (type !== 'reasoning' || typeof content !== 'string' || (Array.isArray(summary) && summary.length > 0))
    return false;
  const opaque = unwrapOpaque(content, 'openai');
  const call = turns.at(-1)?.blocks[0];
  if (opaque.issuer !== 'google' || call?.kind !== 'call') return false;
  turns[turns.length - 1] = { role: 'assistant', blocks: [{ ...call, opaque }] };
  return true;
}

function foreignItem(item: Fields): Block {
  const type = textOf(item['type']);
  const loss: Loss = ONLY_HERE.test(type) ? 'unsuited' : 'reported';
  return { kind: 'foreign', family: 'openai', value: item, field: `input.${type}`, loss };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
