import { isRecord } from '../record.ts';
import {
  type AllowedValues,
  BOUNDS,
  COUNTS,
  inPlaceOf,
  JSON_TYPES,
  type JsonType,
  type Limits,
  type SchemaNode,
} from './schema-node.ts';

/** A compiled schema, or why it cannot be enforced, with the place: `/properties/a/type: ...`. */
export type CompiledSchema =
  | { readonly ok: true; readonly schema: SchemaNode }
  | { readonly ok: false; readonly problem: string };

/** Deepest nesting of schemas. */
const MAX_DEPTH = 100;

/** Most objects and lists of an `enum`: each is compared with the value. */
const MAX_COMPOUND = 100;

/** Keywords that restrict values in a way that is not enforced here. A schema with one of them is refused: it would match too much. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'patternProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'contains',
  'minContains',
  'maxContains',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  '$dynamicRef',
  '$recursiveRef',
]);

/**
 * Compiles a JSON schema in the words of draft 2020-12, with the lists of `items` and the `definitions` of draft 7. `schema` is parsed JSON of
 * bounded size. References lead into the schema itself. `pattern`, `format`, annotations and unknown keywords restrict nothing. Never throws.
 * A schema that is malformed, that has a keyword which is not enforced, or that refers to itself without a step into the value is a problem.
 */
export function compileSchema(schema: unknown): CompiledSchema {
  try {
    return { ok: true, schema: new Compiler(schema).compile() };
  } catch (thrown) {
    if (thrown instanceof SchemaProblem) return { ok: false, problem: thrown.message };
    throw thrown;
  }
}

class SchemaProblem extends Error {
  override readonly name = 'SchemaProblem';

  constructor(place: Place, problem: string) {
    super(`${place.path === '' ? '/' : place.path}: ${problem}`);
  }
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

type Fields = Readonly<Record<string, unknown>>;
type Draft = { -readonly [Member in keyof SchemaNode]: SchemaNode[Member] };

class Compiler {
  readonly #root: unknown;
  /** By the schema's own object, so that each is compiled once, also where it is referred to. */
  readonly #nodes = new Map<object, SchemaNode>();
  /** Nodes whose reference is not followed yet. */
  readonly #open: { readonly node: Draft; readonly ref: string; readonly place: Place }[] = [];

  constructor(root: unknown) {
    this.#root = root;
  }

  compile(): SchemaNode {
    const root = this.#node(this.#root, { path: '', depth: 0 });
    for (let open = this.#open.pop(); open !== undefined; open = this.#open.pop()) {
      const { node, ref, place } = open;
      node.ref = this.#node(this.#target(ref, place), { path: ref, depth: 0 });
    }
    refuseLoops(this.#nodes.values());
    return root;
  }

  #node(schema: unknown, place: Place): SchemaNode {
    if (schema === true) return {};
    if (schema === false) return { never: true };
    if (!isRecord(schema)) throw new SchemaProblem(place, 'must be a schema: an object or a boolean');
    if (place.depth > MAX_DEPTH) throw new SchemaProblem(place, `is nested more than ${MAX_DEPTH} levels deep`);
    const known = this.#nodes.get(schema);
    if (known !== undefined) return known;
    const node: Draft = {};
    this.#nodes.set(schema, node);
    refuseUnsupported(schema, place);
    addScalars(node, schema, place);
    this.#addObject(node, schema, place);
    this.#addArray(node, schema, place);
    this.#addInPlace(node, schema, place);
    return node;
  }

  #member(schema: Fields, name: string, place: Place): SchemaNode | undefined {
    return schema[name] === undefined ? undefined : this.#node(schema[name], below(place, name));
  }

  #list(list: unknown, place: Place): readonly SchemaNode[] {
    if (!Array.isArray(list) || list.length === 0) throw new SchemaProblem(place, 'must be a list of schemas');
    return list.map((each, index) => this.#node(each, below(place, String(index))));
  }

  #addObject(node: Draft, schema: Fields, place: Place): void {
    const { properties } = schema;
    if (properties !== undefined) {
      const at = below(place, 'properties');
      if (!isRecord(properties)) throw new SchemaProblem(at, 'must be an object of schemas');
      const named = Object.entries(properties);
      node.properties = new Map(named.map(([name, each]) => [name, this.#node(each, below(at, name))]));
    }
    const additional = this.#member(schema, 'additionalProperties', place);
    if (additional !== undefined) node.additional = additional;
    const names = this.#member(schema, 'propertyNames', place);
    if (names !== undefined) node.names = names;
  }

  #addArray(node: Draft, schema: Fields, place: Place): void {
    // Draft 7 has the schemas of the first items in `items`, and that of the others in `additionalItems`.
    const isTuple = Array.isArray(schema['items']);
    const first = isTuple ? 'items' : 'prefixItems';
    if (schema[first] !== undefined) node.prefix = this.#list(schema[first], below(place, first));
    const items = this.#member(schema, isTuple ? 'additionalItems' : 'items', place);
    if (items !== undefined) node.items = items;
  }

  #addInPlace(node: Draft, schema: Fields, place: Place): void {
    const { $ref: ref, allOf, anyOf, oneOf } = schema;
    if (ref !== undefined) {
      const at = below(place, '$ref');
      if (typeof ref !== 'string') throw new SchemaProblem(at, 'must be a string');
      this.#open.push({ node, ref, place: at });
    }
    if (allOf !== undefined) node.all = this.#list(allOf, below(place, 'allOf'));
    if (anyOf !== undefined) node.any = this.#list(anyOf, below(place, 'anyOf'));
    if (oneOf !== undefined) node.one = this.#list(oneOf, below(place, 'oneOf'));
    const not = this.#member(schema, 'not', place);
    if (not !== undefined) node.not = not;
    const test = this.#member(schema, 'if', place);
    if (test === undefined) return;
    const met = this.#member(schema, 'then', place);
    const unmet = this.#member(schema, 'else', place);
    node.condition = { test, ...(met && { met }), ...(unmet && { unmet }) };
  }

  /** What a reference leads to, by its JSON pointer. */
  #target(ref: string, place: Place): unknown {
    if (ref !== '#' && !ref.startsWith('#/'))
      throw new SchemaProblem(place, 'must begin with #/: it leads into the schema itself');
    let target = this.#root;
    for (const part of ref.split('/').slice(1)) {
      const name = pointerPart(part);
      const holder: unknown = Array.isArray(target) || isRecord(target) ? target : {};
      if (name === undefined || !Object.hasOwn(Object(holder), name))
        throw new SchemaProblem(place, 'leads to nothing');
      target = Reflect.get(Object(holder), name);
    }
    return target;
  }
}

function below({ path, depth }: Place, name: string): Place {
  return { path: `${path}/${name}`, depth: depth + 1 };
}

/** A part of a JSON pointer without its escapes; undefined where they are malformed. */
function pointerPart(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

function refuseUnsupported(schema: Fields, place: Place): void {
  for (const keyword of Object.keys(schema)) {
    if (UNSUPPORTED.has(keyword)) throw new SchemaProblem(below(place, keyword), 'is not supported');
    if (keyword === '$id' && place.path !== '')
      throw new SchemaProblem(below(place, keyword), 'is supported at the root only');
  }
  if (schema['uniqueItems'] === true) throw new SchemaProblem(below(place, 'uniqueItems'), 'is not supported');
  if (schema['nullable'] === true)
    throw new SchemaProblem(below(place, 'nullable'), "is not of JSON Schema; add 'null' to the list of types");
}

function addScalars(node: Draft, schema: Fields, place: Place): void {
  const { type, enum: values, const: constant, required } = schema;
  if (type !== undefined) node.types = typesOf(type, below(place, 'type'));
  if (values !== undefined && !Array.isArray(values)) throw new SchemaProblem(below(place, 'enum'), 'must be a list');
  const lists: unknown[][] = [
    ...(Array.isArray(values) ? [values] : []),
    ...(constant === undefined ? [] : [[constant]]),
  ];
  if (lists.length > 0) node.values = lists.map((list) => allowedValues(list, below(place, 'enum')));
  const limits = limitsOf(schema, place);
  if (limits !== undefined) node.limits = limits;
  if (required === undefined) return;
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string'))
    throw new SchemaProblem(below(place, 'required'), 'must be a list of names');
  node.required = required;
}

function allowedValues(list: readonly unknown[], place: Place): AllowedValues {
  const compound = list.filter((each) => typeof each === 'object' && each !== null);
  if (compound.length > MAX_COMPOUND) throw new SchemaProblem(place, `has more than ${MAX_COMPOUND} objects and lists`);
  return { plain: new Set(list.filter((each) => typeof each !== 'object' || each === null)), compound };
}

function typesOf(type: unknown, place: Place): readonly JsonType[] {
  const names: unknown[] = Array.isArray(type) ? type : [type];
  const types = JSON_TYPES.filter((each) => names.includes(each));
  if (names.length === 0 || types.length < new Set(names).size)
    throw new SchemaProblem(place, `must be one of ${JSON_TYPES.join(', ')}, or a list of them`);
  return types;
}

function limitsOf(schema: Fields, place: Place): Limits | undefined {
  const limits: Record<string, number> = {};
  for (const keyword of BOUNDS) {
    const value = schema[keyword];
    if (value === undefined) continue;
    if (typeof value !== 'number' || (keyword === 'multipleOf' && value <= 0))
      throw new SchemaProblem(below(place, keyword), `must be a number${keyword === 'multipleOf' ? ' above 0' : ''}`);
    limits[keyword] = value;
  }
  for (const keyword of COUNTS) {
    const value = schema[keyword];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      throw new SchemaProblem(below(place, keyword), 'must be a whole number from 0 on');
    limits[keyword] = value;
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** Throws where a schema applies itself to the same value again: no value could be checked to an end. */
function refuseLoops(nodes: Iterable<SchemaNode>): void {
  const done = new Set<SchemaNode>();
  const entered = new Set<SchemaNode>();
  for (const first of nodes) {
    // Not recursive: a chain of references may be as long as the schema.
    const stack = [first];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (done.has(node) || entered.has(node)) {
        stack.pop();
        entered.delete(node);
        done.add(node);
        continue;
      }
      entered.add(node);
      for (const next of inPlaceOf(node)) {
        if (entered.has(next)) throw new SchemaProblem({ path: '', depth: 0 }, 'refers to itself without an end');
        if (!done.has(next)) stack.push(next);
      }
    }
  }
}
