import { fieldsOf, memberOf } from '../../../lib/record.ts';

/** Items that are calls of the client's own tools. */
const CLIENT_CALLS: ReadonlySet<string> = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'shell_call',
  'local_shell_call',
  'apply_patch_call',
]);
/** Members of an item or of a part of it that hold output. */
const TEXTS = ['text', 'refusal', 'arguments', 'input', 'result', 'code'] as const;
/** Lists of an item's parts. */
const LISTS = ['content', 'summary'] as const;

/** Whether an item is a call of a tool that the client runs. */
export function isClientCall(item: unknown): boolean {
  const type = memberOf(item, 'type');
  return typeof type === 'string' && CLIENT_CALLS.has(type);
}

/**
 * Bytes of output in an item, or in a part of one, in UTF-8; undefined where it holds no output. Generated images, calls and compacted conversations are
 * output, and do not count as text.
 */
export function outputBytesOf(item: unknown): number | undefined {
  const fields = fieldsOf(item);
  let bytes: number | undefined = isClientCall(item) || isCompaction(fields) ? 0 : undefined;
  for (const name of TEXTS) {
    const text = fields[name];
    if (typeof text === 'string' && text !== '')
      bytes = (bytes ?? 0) + (name === 'result' ? 0 : Buffer.byteLength(text));
  }
  for (const name of LISTS) {
    const parts: unknown = fields[name];
    if (!Array.isArray(parts)) continue;
    for (const part of parts.map(fieldsOf)) {
      const text = part['text'] ?? part['refusal'];
      if (typeof text === 'string' && text !== '') bytes = (bytes ?? 0) + Buffer.byteLength(text);
    }
  }
  return bytes;
}

/** The same of all items of a response. */
export function outputBytesOfAll(output: unknown): number | undefined {
  if (!Array.isArray(output)) return undefined;
  let sum: number | undefined;
  for (const item of output) {
    const bytes = outputBytesOf(item);
    if (bytes !== undefined) sum = (sum ?? 0) + bytes;
  }
  return sum;
}

function isCompaction({ type, encrypted_content: content }: Readonly<Record<string, unknown>>): boolean {
  return type === 'compaction' && typeof content === 'string' && content !== '';
}
