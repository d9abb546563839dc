import { isRecord } from '../../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Constraints that Anthropic's structured outputs refuse. They stay as a part of the description. */
const CONSTRAINTS: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'not',
]);
const KEPT: ReadonlySet<string> = new Set(['title', 'description', 'default', 'const', 'enum', 'type', 'required']);
const FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
/** A schema that nests deeper is left out. */
const MAX_DEPTH = 64;

/**
 * A JSON Schema as Anthropic's structured outputs take it (https://platform.claude.com/docs/en/build-with-claude/structured-outputs): objects without
 * further properties, and constraints on values as words in the description.
 */
export function sanitiseSchema(schema: Fields): Fields {
  return sanitised(schema, 0);
}

function sanitised(schema: Fields, depth: number): Fields {
  if (depth > MAX_DEPTH) return {};
  // What stands beside a reference is refused.
  if (typeof schema['$ref'] === 'string') return { $ref: schema['$ref'] };
  const kept: Record<string, unknown> = {};
  const words: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (KEPT.has(key)) kept[key] = value;
    else if (isConstraint(key, value)) words.push(`${key}: ${JSON.stringify(value)}`);
    else Object.assign(kept, sanitisedMember(key, value, depth + 1));
  }
  if (isObjectType(kept)) kept['additionalProperties'] = false;
  if (words.length > 0) kept['description'] = [kept['description'], words.join(', ')].filter(Boolean).join('\n');
  return kept;
}

/** Only lists that may be empty, or must have an item, can be described. */
function isConstraint(key: string, value: unknown): boolean {
  if (key === 'minItems') return value !== 0 && value !== 1;
  if (key === 'format') return !FORMATS.has(value);
  return CONSTRAINTS.has(key);
}

function sanitisedMember(key: string, value: unknown, depth: number): Fields {
  switch (key) {
    case 'properties':
    case '$defs':
    case 'definitions':
      return isRecord(value) ? { [key]: mapped(value, depth) } : {};
    case 'items':
      return isRecord(value) ? { items: sanitised(value, depth) } : {};
    case 'anyOf':
    case 'allOf':
      return { [key]: listed(value, depth) };
    case 'oneOf':
      return { anyOf: listed(value, depth) };
    case 'minItems':
    case 'format':
      return { [key]: value };
    default:
      return {};
  }
}

function mapped(schemas: Fields, depth: number): Fields {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, each]) => [name, isRecord(each) ? sanitised(each, depth) : each]),
  );
}

function listed(value: unknown, depth: number): readonly unknown[] {
  return Array.isArray(value) ? value.map((each: unknown) => (isRecord(each) ? sanitised(each, depth) : each)) : [];
}

function isObjectType({ type, properties }: Fields): boolean {
  return type === 'object' || properties !== undefined || (Array.isArray(type) && type.includes('object'));
}
