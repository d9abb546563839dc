/** What the operator changes in the top-level fields of the requests to an entry: `default`, then `max`, then `set`. */
export interface ParameterRules {
  /** Values, in JSON's types, of fields that the client does not send or sends as null. */
  readonly defaults: ReadonlyMap<string, unknown>;
  /** The largest numbers that are sent. */
  readonly max: ReadonlyMap<string, number>;
  /** Values of fields whatever the client sends; null removes the field. */
  readonly set: ReadonlyMap<string, unknown>;
  /** Fields with a default that are removed where the client sends them, because the preset removes them. */
  readonly clientMayNotSend: ReadonlySet<string>;
}

/** The names of the longest answer: `max_tokens` in Messages, either of the first two in chat completions, `max_output_tokens` in Responses. */
export const OUTPUT_BOUNDS: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens', 'max_output_tokens']);

/** Whether a field bounds the length of the answer. Some servers take 0 or a negative number in it for no bound at all. */
export function boundsOutput(field: string): boolean {
  return OUTPUT_BOUNDS.has(field);
}

/**
 * The name of what a field means: the same for all names of the output bound, and for a field and its name at a server with these renames.
 * Pure.
 */
export function meaningOf(field: string, renames: Readonly<Record<string, string>>): string {
  if (boundsOutput(field)) return 'max_completion_tokens';
  return (Object.hasOwn(renames, field) ? renames[field] : undefined) ?? field;
}

/**
 * All names that have this field's meaning, itself among them, wherever they occur. Their number is bounded by that of the renames, so that
 * they can be looked up in a request of many fields. Pure.
 */
export function namesLike(field: string, renames: Readonly<Record<string, string>>): readonly string[] {
  const meaning = meaningOf(field, renames);
  const names = new Set([field, meaning, ...OUTPUT_BOUNDS, ...Object.keys(renames)]);
  return [...names].filter((name) => meaningOf(name, renames) === meaning);
}
