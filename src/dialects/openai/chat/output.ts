import { fieldsOf, isRecord } from '../../../lib/record.ts';

/**
 * Members that describe output and are none: its role, which piece it is, what state it is in, what made it, and how it is signed and rated.
 * Any other member is output when it is not empty, because providers invent new names for reasoning, images and more.
 */
const METADATA =
  /^(?:role|name|index|id|uuid|type|object|status|state|event|model|provider|created|timestamp|format|channel|recipient|language|phase|effort|(?:native_)?finish_reason|stop_reason|logprobs|usage|system_fingerprint|service_tier|obfuscation|padding|mime_type|container|safety_ratings)$|_(?:id|ids|type)$|signature$|^content_filter/i;
/** Members that hold tool calls. The name of a function is output there, and so are its arguments of any kind. */
const CALLS: ReadonlySet<string> = new Set(['tool_calls', 'function_call']);
/** Characters by whose bytes those of a longer text are estimated: to count 50 MB takes 30 ms. */
const SAMPLE = 1024 * 1024;
/** A value that nests deeper counts as output, without a look at the rest. */
const MAX_DEPTH = 16;
/** Members whose texts are counted within a list or an object. */
const TEXTS = ['name', 'arguments', 'text', 'thinking'] as const;

/**
 * Bytes of output in a message or delta, in UTF-8; undefined when it holds no output at all. Texts and the names and arguments of tool calls
 * count, a text of more than a million characters by its beginning. Every other kind of output counts as 0 bytes.
 */
export function outputBytesOf(delta: unknown): number | undefined {
  let bytes: number | undefined;
  const fields = fieldsOf(delta);
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    // Most members are a text, or empty.
    if (value === null || value === '' || isMetadata(name)) continue;
    if (typeof value === 'string') bytes = (bytes ?? 0) + utf8BytesOf(value);
    else if (holdsOutput(value, { inCall: CALLS.has(name), depth: 1 })) bytes = (bytes ?? 0) + textBytes(value);
  }
  return bytes;
}

/** Whether a member of a delta describes output and is none. */
export function isMetadata(name: string): boolean {
  return name !== 'content' && METADATA.test(name);
}

interface Place {
  /** Whether the value is a tool call or a part of one. */
  readonly inCall: boolean;
  readonly depth: number;
}

/**
 * Whether there is a text in it that is not empty. Within a list or an object it must hold more than white space: some providers send blank
 * tool calls and parts. Numbers and booleans are no output.
 */
function holdsOutput(value: unknown, { inCall, depth }: Place): boolean {
  if (typeof value === 'string') return (depth === 1 ? value : value.trim()) !== '';
  if (depth > MAX_DEPTH) return true;
  const inside = { inCall, depth: depth + 1 };
  if (Array.isArray(value)) return value.some((each: unknown) => holdsOutput(each, inside));
  return Object.entries(fieldsOf(value)).some(([name, member]) => {
    if (inCall && name === 'arguments' && isRecord(member)) return Object.keys(member).length > 0;
    return ((inCall && name === 'name') || !METADATA.test(name)) && holdsOutput(member, inside);
  });
}

function textBytes(value: unknown): number {
  if (typeof value === 'string') return utf8BytesOf(value);
  if (!Array.isArray(value)) return partBytes(value);
  return value.reduce((sum: number, each: unknown) => sum + partBytes(each), 0);
}

/** Bytes of a tool call, a function call, or a part of a message. The text of a reasoning part may be a list of parts itself. */
function partBytes(value: unknown): number {
  const fields = fieldsOf(value);
  const all = { ...fields, ...fieldsOf(fields['function']) };
  return TEXTS.reduce((sum, name) => sum + memberBytes(all[name]), 0);
}

function memberBytes(value: unknown): number {
  if (typeof value === 'string') return utf8BytesOf(value);
  if (!Array.isArray(value)) return 0;
  return value.reduce((sum: number, each: unknown) => {
    const { text } = fieldsOf(each);
    return sum + (typeof text === 'string' ? utf8BytesOf(text) : 0);
  }, 0);
}

function utf8BytesOf(text: string): number {
  if (text.length <= SAMPLE) return Buffer.byteLength(text);
  return Math.round((Buffer.byteLength(text.slice(0, SAMPLE)) * text.length) / SAMPLE);
}
