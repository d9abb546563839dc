import { fieldsOf } from '../../../lib/record.ts';

/** Members of a message or delta that are output when they are not empty. */
const OUTPUT = [
  'content',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
] as const;

/**
 * Bytes of output in a message or delta, in UTF-8; undefined when it holds no output at all. Texts and the names and arguments of tool calls
 * count. Every other kind of output counts as 0 bytes.
 */
export function outputBytesOf(delta: unknown): number | undefined {
  const fields = fieldsOf(delta);
  let bytes: number | undefined;
  for (const name of OUTPUT) {
    const value = fields[name];
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    bytes = (bytes ?? 0) + textBytes(value);
  }
  return bytes;
}

function textBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (!Array.isArray(value)) return callBytes(value);
  return value.reduce((sum: number, each: unknown) => sum + callBytes(each), 0);
}

/** Bytes of a tool call, a function call, or a part of a message. */
function callBytes(value: unknown): number {
  const fields = fieldsOf(value);
  const { name, arguments: args, text } = { ...fields, ...fieldsOf(fields['function']) };
  return [name, args, text].reduce<number>(
    (sum, each) => sum + (typeof each === 'string' ? Buffer.byteLength(each) : 0),
    0,
  );
}
