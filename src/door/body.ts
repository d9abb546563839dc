import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../domain/errors.ts';
import { RequestBody } from '../domain/request-body.ts';
import type { JsonNode } from '../lib/json-document.ts';
import { jsonFault } from '../lib/json-fault.ts';
import { type JsonLimits, JsonScanner } from '../lib/json-scanner.ts';
import type { OperationName } from '../domain/operation-names.ts';
import { OPERATIONS } from '../operations/operations.ts';
import type { DoorRequest } from './request.ts';

/** Largest text in which a fault is located, in bytes. In a larger one that would delay all other requests. */
const MAX_EXPLAINED_BYTES = 1024 * 1024;

/** What a body is read by. */
export interface BodyRules {
  /** `numbers` is the limit of operations with many of them; for the others they are values. */
  readonly limits: Readonly<Required<JsonLimits>>;
  /** The operation that it is for; undefined for a procedure of the gateway's own, and for a batch of calls. */
  readonly operation: OperationName | undefined;
}

/**
 * Reads a request's body, a JSON object, and checks it while its bytes arrive: none but the members that are needed is ever parsed. Rejects as
 * `request.body` does, with `invalid_request` once a limit is exceeded, with `invalid_json` with place and reason but no content of the body, and with
 * `duplicate_parameter` where a member that the gateway reads or edits occurs twice.
 */
export async function readBody(
  request: Pick<DoorRequest, 'body'>,
  signal: AbortSignal,
  rules: BodyRules,
): Promise<RequestBody> {
  const scanner = scannerOf(rules);
  const bytes = await request.body(signal, (piece) => push(scanner, piece, rules));
  return bodyOf(bytes, scanner, rules);
}

/** The body of bytes that have arrived. Throws as `readBody` rejects. */
export function parseBody(bytes: Buffer, rules: BodyRules): RequestBody {
  const scanner = scannerOf(rules);
  push(scanner, bytes, rules);
  return bodyOf(bytes, scanner, rules);
}

function scannerOf({ limits, operation }: BodyRules): JsonScanner {
  const countsApart = operation === undefined || OPERATIONS[operation].manyNumbers;
  return new JsonScanner(countsApart ? limits : { ...limits, numbers: undefined });
}

function push(scanner: JsonScanner, piece: Buffer, { limits }: BodyRules): void {
  scanner.push(piece);
  const { exceeded } = scanner;
  if (exceeded !== undefined) throw tooMany(exceeded, limits);
}

function tooMany(limit: keyof JsonLimits, limits: BodyRules['limits']): GatewayError {
  const message = `The body has more than ${limits[limit]} ${LIMITED[limit]}.`;
  return new GatewayError('invalid_request', { message });
}

const LIMITED: Readonly<Record<keyof JsonLimits, string>> = Object.freeze({
  members: 'members at its top level',
  values: 'values',
  numbers: 'numbers',
  depth: 'levels of nesting',
});

function bodyOf(bytes: Buffer, scanner: JsonScanner, { operation }: BodyRules): RequestBody {
  const document = isUtf8(bytes) ? scanner.end(bytes) : undefined;
  if (document === undefined) throw faultOf(bytes);
  if (document.kindOf(document.root) !== 'object') throw invalid('The body must be a JSON object.');
  return checked(new RequestBody(document), operation);
}

/** The body of one call of a batch, an object in the batch's own body. Throws `invalid_request` and `duplicate_parameter` as `readBody` rejects. */
export function bodyWithin({ document }: RequestBody, node: JsonNode, { limits, operation }: BodyRules): RequestBody {
  if (document.countOf(node) > limits.members) throw tooMany('members', limits);
  return checked(new RequestBody(document.within(node)), operation);
}

function checked(body: RequestBody, operation: OperationName | undefined): RequestBody {
  if (operation !== undefined) refuseDuplicates(body, OPERATIONS[operation].singleFields);
  return body;
}

/** Another parser might read the other one than the gateway. */
function refuseDuplicates({ members }: RequestBody, singleFields: readonly string[]): void {
  const seen = new Set<string>();
  for (const { key } of members) {
    if (seen.has(key) && singleFields.includes(key))
      throw new GatewayError('duplicate_parameter', { message: `'${key}' occurs twice in the body.`, param: key });
    seen.add(key);
  }
}

/** Why bytes are no JSON. The engine's own message would repeat the body, and so the prompt. */
function faultOf(bytes: Buffer): GatewayError {
  if (bytes.length === 0) return invalid('The body is empty; send a JSON object.');
  if (!isUtf8(bytes)) return invalid(`The body is not UTF-8: byte ${faultyByte(bytes)} begins no character.`);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return invalid('The body begins with a byte order mark; send it without one.');
  const fault = bytes.length <= MAX_EXPLAINED_BYTES ? jsonFault(bytes.toString('utf8')) : undefined;
  const where = fault && ` at line ${fault.line}, column ${fault.column}: ${fault.found}`;
  return invalid(`The body is not valid JSON${where ?? ''}.`);
}

/** Index of the first byte that begins no character. Found by halving what may hold it, because each check costs a pass over its bytes. */
function faultyByte(bytes: Buffer): number {
  let [valid, end] = [0, bytes.length];
  while (end - valid > 2 * LONGEST_CHARACTER) {
    let middle = Math.ceil((valid + end) / 2);
    for (let back = 1; back < LONGEST_CHARACTER && isContinuation(bytes[middle]); back++) middle--;
    if (isUtf8(bytes.subarray(valid, middle))) valid = middle;
    else end = middle;
  }
  for (let length = 1; length <= LONGEST_CHARACTER && valid < bytes.length; length++) {
    if (!isUtf8(bytes.subarray(valid, valid + length))) continue;
    valid += length;
    length = 0;
  }
  return valid;
}

/** Bytes of the longest character in UTF-8. */
const LONGEST_CHARACTER = 4;

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid_json', { message });
}
