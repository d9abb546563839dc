/** The types of JSON Schema. An integer is a number too. */
export const JSON_TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;

/** One of these. */
export type JsonType = (typeof JSON_TYPES)[number];

/** Keywords whose value is a number. */
export const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const;

/** Keywords whose value is a count. */
export const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const;

/** The numbers of a schema, by keyword. */
export type Limits = Partial<Readonly<Record<(typeof BOUNDS)[number] | (typeof COUNTS)[number], number>>>;

/** The values of an `enum`, or the one of a `const`. */
export interface AllowedValues {
  /** Texts, numbers, booleans and null. */
  readonly plain: ReadonlySet<unknown>;
  /** Objects and lists. */
  readonly compound: readonly object[];
}

/** A compiled JSON schema. An absent member restricts nothing. Nodes may form cycles through `ref`, never without a step into the value. */
export interface SchemaNode {
  /** The schema `false`, which nothing matches. */
  readonly never?: true;
  readonly types?: readonly JsonType[];
  /** The value must be one of each. */
  readonly values?: readonly AllowedValues[];
  readonly limits?: Limits;
  readonly required?: readonly string[];
  readonly properties?: ReadonlyMap<string, SchemaNode>;
  /** For the properties that are not in `properties`. */
  readonly additional?: SchemaNode;
  readonly names?: SchemaNode;
  /** For the first items. */
  readonly prefix?: readonly SchemaNode[];
  /** For the items after `prefix`. */
  readonly items?: SchemaNode;
  readonly ref?: SchemaNode;
  readonly all?: readonly SchemaNode[];
  readonly any?: readonly SchemaNode[];
  readonly one?: readonly SchemaNode[];
  readonly not?: SchemaNode;
  /** `if` with its `then` and `else`. */
  readonly condition?: { readonly test: SchemaNode; readonly met?: SchemaNode; readonly unmet?: SchemaNode };
}

/** The schemas that apply to the same value as their node. */
export function inPlaceOf({ ref, all = [], any = [], one = [], not, condition }: SchemaNode): readonly SchemaNode[] {
  const single = [ref, not, condition?.test, condition?.met, condition?.unmet].filter((node) => node !== undefined);
  return [...single, ...all, ...any, ...one];
}
