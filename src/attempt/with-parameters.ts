import { splice } from '../dialects/openai/splice.ts';
import type { Call } from '../domain/call.ts';
import type { Target } from '../domain/chain.ts';
import { namesLike } from '../domain/parameter-rules.ts';
import { topLevelMembers } from '../lib/json-members.ts';
import { memberOf } from '../lib/record.ts';
import { editedInput, type ParameterEdits, parameterEdits } from '../targets/parameter-edits.ts';

/** A call as one target gets it. */
export interface ParameterizedCall extends Pick<ParameterEdits, 'defaults' | 'given'> {
  readonly call: Call;
}

/**
 * Applies a target's parameters to a call: in its input, and in the client's own bytes, of which every other byte stays. The call itself where
 * nothing changes. `without`: defaults that are left out, by the names under which they would be sent.
 */
export function withParameters(call: Call, target: Target, without: ReadonlySet<string>): ParameterizedCall {
  const edits = parameterEdits(call.input, target, without);
  const { defaults, given } = edits;
  const input = editedInput(call.input, edits);
  const values = new Map(edits.values);
  if (call.bytes !== undefined)
    for (const name of repeated(call.bytes, target)) if (!values.has(name)) values.set(name, memberOf(input, name));
  if (values.size === 0) return { call, defaults, given };
  const texts = [...values].map(([name, value]) => [name, value === undefined ? undefined : JSON.stringify(value)]);
  const bytes = call.bytes && splice(call.bytes, { values: Object.fromEntries(texts) });
  return { call: { ...call, input, bytes }, defaults, given };
}

/**
 * The fields with parameters, by all their names, that occur twice in a body: a server may read another one than the gateway has judged. Linear
 * in the body.
 */
function repeated(bytes: Buffer, { parameters, quirks }: Target): ReadonlySet<string> {
  const found = new Set<string>();
  if (parameters === undefined) return found;
  const fields = [...parameters.defaults.keys(), ...parameters.max.keys()];
  const ruled = new Set(fields.flatMap((field) => namesLike(field, quirks.renames)));
  if (ruled.size === 0) return found;
  const seen = new Set<string>();
  for (const { key } of topLevelMembers(bytes)) {
    if (!ruled.has(key)) continue;
    if (seen.has(key)) found.add(key);
    seen.add(key);
  }
  return found;
}
