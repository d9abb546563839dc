import { type Call, withBody } from '../domain/call.ts';
import type { Target } from '../domain/chain.ts';
import { namesLike } from '../domain/parameter-rules.ts';
import type { RequestBody } from '../domain/request-body.ts';
import type { JsonNode } from '../lib/json-document.ts';
import { type ParameterEdits, parameterEdits } from '../targets/parameter-edits.ts';

/** A call as one target gets it. */
export interface ParameterizedCall extends Pick<ParameterEdits, 'defaults' | 'given'> {
  readonly call: Call;
}

/**
 * Applies a target's parameters to a call; every other byte of the client's body stays. The call itself where nothing changes. `without`: defaults
 * that are left out, by the names under which they would be sent.
 */
export function withParameters(call: Call, target: Target, without: ReadonlySet<string>): ParameterizedCall {
  const edits = parameterEdits(call, target, without);
  const { defaults, given } = edits;
  const repeats = new Map<string, string>();
  for (const [name, node] of repeated(call.body, target))
    if (!edits.values.has(name)) repeats.set(name, call.body.document.bytesOf(node).toString('utf8'));
  const body = call.body.with(edits.values).edited(repeats);
  return { call: body === call.body ? call : withBody(call, body, call.content), defaults, given };
}

/**
 * The fields with parameters, by all their names, that occur twice in a body, each with its last value: a server may read another one than the gateway has
 * judged.
 */
function repeated(body: RequestBody, { parameters, quirks }: Target): ReadonlyMap<string, JsonNode> {
  const found = new Map<string, JsonNode>();
  if (parameters === undefined) return found;
  const fields = [...parameters.defaults.keys(), ...parameters.max.keys()];
  const ruled = new Set(fields.flatMap((field) => namesLike(field, quirks.renames)));
  if (ruled.size === 0) return found;
  const seen = new Set<string>();
  for (const { key, node } of body.members) {
    if (!ruled.has(key)) continue;
    if (seen.has(key)) found.set(key, node);
    seen.add(key);
  }
  return found;
}
