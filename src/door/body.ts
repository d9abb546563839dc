import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../domain/errors.ts';
import { jsonFault } from '../lib/json-fault.ts';
import { nestsDeeper, topLevelMembers } from '../lib/json-members.ts';
import { isRecord } from '../lib/record.ts';
import { type OperationName, OPERATIONS } from '../operations/operations.ts';

/** More levels than any tool's schema has; parsers of providers give up at a thousand. */
const MAX_LEVELS = 512;
/** Longest text in which a fault is located, in characters. In a longer one that would delay all other requests. */
const MAX_EXPLAINED_CHARS = 1024 * 1024;

/**
 * Parses a body into an object. `singleFields`: top-level members that may occur once. Throws `invalid_json` with place and reason but no
 * content of the body, or `duplicate_parameter`.
 */
export function parseBody(bytes: Buffer, singleFields: readonly string[]): Record<string, unknown> {
  if (bytes.length === 0) throw invalid('The body is empty; send a JSON object.');
  if (!isUtf8(bytes)) throw invalid(`The body is not UTF-8: byte ${faultyByte(bytes)} begins no character.`);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw invalid('The body begins with a byte order mark; send it without one.');
  if (nestsDeeper(bytes, MAX_LEVELS)) throw invalid(`The body nests deeper than ${MAX_LEVELS} levels.`);
  const value = parsed(bytes.toString('utf8'));
  if (!isRecord(value)) throw invalid('The body must be a JSON object.');
  refuseDuplicates(bytes, singleFields);
  return value;
}

/** Throws `duplicate_parameter` when one of these members occurs twice at the top level of a JSON object. */
export function refuseDuplicates(bytes: Buffer, singleFields: readonly string[]): void {
  if (singleFields.length === 0) return;
  const seen: string[] = [];
  for (const { key } of topLevelMembers(bytes)) {
    if (!singleFields.includes(key)) continue;
    if (seen.includes(key))
      throw new GatewayError('duplicate_parameter', { message: `'${key}' occurs twice in the body.`, param: key });
    seen.push(key);
  }
}

/** The members of an operation's body that may occur once; none for a procedure of the gateway's own, whose body goes to no provider. */
export function singleFieldsOf(operation: OperationName | undefined): readonly string[] {
  return operation === undefined ? [] : OPERATIONS[operation].singleFields;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fault = text.length <= MAX_EXPLAINED_CHARS ? jsonFault(text) : undefined;
    const where = fault && ` at line ${fault.line}, column ${fault.column}: ${fault.found}`;
    // The engine's own message repeats the body, and so the prompt.
    throw invalid(`The body is not valid JSON${where ?? ''}.`, cause);
  }
}

/** Index of the first byte that decoding replaced. */
function faultyByte(bytes: Buffer): number {
  const decoded = Buffer.from(bytes.toString('utf8'));
  return bytes.findIndex((byte, at) => byte !== decoded[at]);
}

function invalid(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_json', { message, cause });
}
