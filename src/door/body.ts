import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../domain/errors.ts';
import { jsonFault } from '../lib/json-fault.ts';
import { nestsDeeper, topLevelMembers } from '../lib/json-members.ts';
import { isRecord } from '../lib/record.ts';

/** LinkedSet that are read or edited here, and so must not stand twice: the vendor might read the other one. */
const SINGLE: readonly string[] = Object.freeze(['model', 'messages', 'stream', 'stream_options']);
/** More levels than any schema of a tool has; parsers behind us give up at a thousand. */
const MOST_LEVELS = 512;
/** Up to here a fault is looked for; in characters. In more than that it would hold up everyone else. */
const LONGEST_EXPLAINED = 1024 * 1024;

/** Parses a body into an object. Throws `invalid_json` saying where and why, never what it holds, or `duplicate_parameter`. */
export function parseBody(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) throw invalid('There is no input; send a JSON object.');
  if (!isUtf8(bytes)) throw invalid(`The body is not UTF-8: byte ${faultyByte(bytes)} begins no character.`);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw invalid('The body begins with a byte order mark; send it without one.');
  if (nestsDeeper(bytes, MOST_LEVELS)) throw invalid(`The body nests deeper than ${MOST_LEVELS} levels.`);
  const value = parsed(bytes.toString('utf8'));
  if (!isRecord(value)) throw invalid('The body must be a JSON object.');
  refuseDuplicates(bytes);
  return value;
}

/** Throws `duplicate_parameter` when a member that is read or edited here stands twice in a JSON object. */
export function refuseDuplicates(bytes: Buffer): void {
  const seen: string[] = [];
  for (const { key } of topLevelMembers(bytes)) {
    if (!SINGLE.includes(key)) continue;
    if (seen.includes(key))
      throw new GatewayError('duplicate_parameter', { message: `'${key}' stands twice in the body.`, param: key });
    seen.push(key);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fault = text.length <= LONGEST_EXPLAINED ? jsonFault(text) : undefined;
    const where = fault && `: at line ${fault.line}, column ${fault.column} stands ${fault.found}`;
    // The engine's own words repeat the body, and so the prompt.
    throw invalid(`The body is not valid JSON${where ?? ''}.`, cause);
  }
}

/** The place of the first byte that decoding replaced. */
function faultyByte(bytes: Buffer): number {
  const decoded = Buffer.from(bytes.toString('utf8'));
  return bytes.findIndex((byte, at) => byte !== decoded[at]);
}

function invalid(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_json', { message, cause });
}
