import { GatewayError } from '../domain/errors.ts';
import type { Content } from '../domain/needs.ts';
import type { RequestBody } from '../domain/request-body.ts';
import type { JsonDocument } from '../lib/json-document.ts';
import { tokensOf, typeOf } from './estimate-usage.ts';

/** The content of a body whose images are objects of one type, and whose audio of another, at any depth of one member. */
export function generativeContent(
  body: RequestBody,
  field: string,
  types: { readonly images: string; readonly audio?: string },
): Content {
  const { document } = body;
  const held = heldTypes(document, body.nodeOf(field), Object.values(types));
  return {
    images: held.has(types.images),
    audio: types.audio !== undefined && held.has(types.audio),
    inputTokens: tokensOf(document, document.root),
    inputs: 1,
  };
}

/** Those of some types that the objects of a value have. */
function heldTypes(document: JsonDocument, node: number | undefined, types: readonly string[]): ReadonlySet<string> {
  const held = new Set<string>();
  if (node === undefined) return held;
  document.walk(node, (value) => {
    const type = document.kindOf(value) === 'object' ? typeOf(document, value) : undefined;
    if (type !== undefined && types.includes(type)) held.add(type);
    return held.size < types.length;
  });
  return held;
}

/** Whether a value is a list with an item. */
export function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** The client's certain mistake in a field. */
export function invalidField(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', { message: `${param}: ${problem}`, param });
}

/** Every provider requires a list of turns, each an object with a role. What else they hold is the provider's to judge. */
export function checkTurns(body: RequestBody, field: string): void {
  const { document } = body;
  const turns = body.nodeOf(field);
  if (turns === undefined || document.kindOf(turns) !== 'array')
    throw invalidField(
      field,
      turns === undefined ? `is missing; send a list of ${field}` : `must be a list of ${field}`,
    );
  if (document.countOf(turns) === 0) throw invalidField(field, 'must have one message at least');
  let index = 0;
  for (const turn of document.itemsOf(turns)) {
    // A number or null before it has no node.
    if (document.kindOf(turn) !== 'object') throw invalidField(`${field}.${index}`, 'must be an object');
    const role = document.memberOf(turn, 'role');
    if (role === undefined || document.kindOf(role) !== 'string')
      throw invalidField(`${field}.${index}.role`, role === undefined ? 'is missing' : 'must be a string');
    index++;
  }
  if (index < document.countOf(turns)) throw invalidField(field, 'must hold nothing but objects');
}
