import type { Call } from '../domain/call.ts';
import type { Usage } from '../domain/usage.ts';
import type { JsonDocument, JsonNode } from '../lib/json-document.ts';
import { BACKSLASH, SMALL_U } from '../lib/json-codes.ts';

/** UTF-8 bytes of mixed text that make one token, averaged over the providers' tokenizers. */
export const BYTES_PER_TOKEN = 3.3;
/** Tokens of an image, a sound or a file, whatever its size: about what providers count for a large image. */
const TOKENS_PER_ATTACHMENT = 1000;
/** The types of content parts that are estimated as attachments, whatever their size: those of chat, of responses, of messages. */
const ATTACHMENTS: ReadonlySet<string> = new Set([
  'image_url',
  'input_audio',
  'file',
  'input_image',
  'input_file',
  'image',
  'document',
]);
/** Bytes of a string by whose escapes those of the whole are estimated. */
const SAMPLE = 1024;

/** Usage of an answer whose provider reported none: the prompt by its operation's estimate, the output by its bytes. */
export function estimateUsage({ content }: Pick<Call, 'content'>, outputBytes: number): Usage {
  return { input: content.inputTokens, output: Math.ceil(outputBytes / BYTES_PER_TOKEN), source: 'estimated' };
}

/**
 * Estimated tokens of all text in a value, and of its attachments: objects of certain types. Linear in the values, and not recursive. It does not read
 * the texts, but for a sample of those with escapes.
 */
export function tokensOf(document: JsonDocument, node: JsonNode): number {
  let bytes = 0;
  let attached = 0;
  document.walk(node, (value) => {
    const kind = document.kindOf(value);
    if (kind === 'string') bytes += textBytesOf(document, value);
    if (kind !== 'object' || !ATTACHMENTS.has(typeOf(document, value) ?? '')) return true;
    attached++;
    return false;
  });
  return Math.ceil(bytes / BYTES_PER_TOKEN) + attached * TOKENS_PER_ATTACHMENT;
}

/** The `type` of an object; undefined where it has none, or one that is longer than any that is known. */
export function typeOf(document: JsonDocument, object: JsonNode): string | undefined {
  const type = document.memberOf(object, 'type');
  if (type === undefined || document.kindOf(type) !== 'string' || document.sizeOf(type) > SAMPLE) return undefined;
  return document.textOf(type);
}

/** About the UTF-8 bytes of a string without its escapes. */
function textBytesOf(document: JsonDocument, string: JsonNode): number {
  const size = document.sizeOf(string) - 2;
  if (!document.isEscaped(string)) return size;
  const start = document.startOf(string) + 1;
  const sample = Math.min(size, SAMPLE);
  let saved = 0;
  for (let at = document.bytes.indexOf(BACKSLASH, start); at >= start && at < start + sample;) {
    const unicode = document.bytes[at + 1] === SMALL_U;
    saved += unicode ? savedBy(document.bytes, at) : 1;
    at = document.bytes.indexOf(BACKSLASH, at + (unicode ? 6 : 2));
  }
  return Math.max(0, Math.round(size - (saved * size) / sample));
}

/** How many bytes fewer a character has than its escape. */
function savedBy(bytes: Buffer, escape: number): number {
  const code = Number.parseInt(bytes.toString('latin1', escape + 2, escape + 6), 16);
  if (code < 0x80) return 5;
  // Half of a pair stands for two of the four bytes of its character.
  return code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 4 : 3;
}
