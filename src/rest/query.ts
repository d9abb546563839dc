import { z } from 'zod';
import { GatewayError } from '../domain/errors.ts';

/** What the query of a route may hold. */
export interface QueryOptions {
  /** The schema of the procedure's input. */
  readonly schema: z.core.$ZodType;
  /** Members of the input that the path gives; they are no query parameters. */
  readonly params: Readonly<Record<string, string>>;
  /**
   * What happens to a parameter that the input does not have. Clients of OpenAI's API send some to every path: `client_version` (Codex),
   * `api-version` (Azure), `limit`.
   */
  readonly unknown: 'refuse' | 'ignore';
}

/**
 * Reads the query string of a URL into members of a procedure's input, not checked yet. Numbers and booleans are converted where the schema
 * has them; a list is its parameter repeated, and of numbers or fixed words also one parameter with commas. Throws `invalid_request` for a parameter that the input does not have, where those are refused,
 * or a wrong encoding, and `duplicate_parameter`.
 */
export function readQuery(url: string, { schema, params, unknown }: QueryOptions): Record<string, unknown> {
  const input = innerSchema(schema);
  const members = input instanceof z.core.$ZodObject ? input._zod.def.shape : undefined;
  const values = new Map<string, unknown>();
  const isKnown = (name: string): boolean =>
    (members === undefined || Object.hasOwn(members, name)) && !Object.hasOwn(params, name);
  for (const pair of pairsOf(url)) {
    if (unknown === 'ignore' && !isKnown(decodable(pair.name) ?? '')) continue;
    const name = decoded(pair.name);
    const text = decoded(pair.value);
    if (!isKnown(name)) throw unknownParameter(name, members ?? {}, params);
    const member = members?.[name] && innerSchema(members[name]);
    if (member instanceof z.core.$ZodArray) listIn(values, name).push(...items(text, member._zod.def.element));
    else if (values.has(name))
      throw new GatewayError('duplicate_parameter', { message: `'${name}' occurs twice in the query.`, param: name });
    else values.set(name, member === undefined ? text : converted(text, member));
  }
  return Object.fromEntries(values);
}

function listIn(values: Map<string, unknown>, name: string): unknown[] {
  const known = values.get(name);
  if (Array.isArray(known)) return known;
  const made: unknown[] = [];
  values.set(name, made);
  return made;
}

/** The items of a list in one parameter. Only a text of any form may contain a comma itself. */
function items(text: string, element: z.core.$ZodType): unknown[] {
  const parts = innerSchema(element) instanceof z.core.$ZodString ? [text] : text.split(',');
  return parts.map((part) => converted(part, element));
}

/** The schema that checks a present value, below wrappers for absence and defaults. */
function innerSchema(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.core.$ZodPipe) return innerSchema(schema._zod.def.in);
  return schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodReadonly
    ? innerSchema(schema._zod.def.innerType)
    : schema;
}

/** A text as its schema's type; unchanged where it is none of that type, so that the schema refuses it. */
function converted(text: string, schema: z.core.$ZodType): unknown {
  const inner = innerSchema(schema);
  const { type } = inner._zod.def;
  if (type === 'number' && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const isBoolean = type === 'boolean' || (inner instanceof z.core.$ZodLiteral && isBooleanLiteral(inner));
  if (isBoolean && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function isBooleanLiteral({ _zod: { values } }: z.core.$ZodLiteral): boolean {
  return values.has(true) || values.has(false);
}

/** The parameters as they were sent, not decoded. */
function pairsOf(url: string): { readonly name: string; readonly value: string }[] {
  const mark = url.indexOf('?');
  const pairs = mark === -1 ? [] : url.slice(mark + 1).split('&');
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1 ? { name: pair, value: '' } : { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
    });
}

function decoded(text: string): string {
  const known = decodable(text);
  if (known === undefined) throw new GatewayError('invalid_request', { message: 'The query is not well encoded.' });
  return known;
}

/** The decoded text; undefined for a wrong encoding. */
function decodable(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function unknownParameter(name: string, members: object, params: object): GatewayError {
  const known = Object.keys(members).filter((member) => !Object.hasOwn(params, member));
  const shown = name.slice(0, 100);
  const hint = known.length === 0 ? 'this path has none' : `the parameters are ${known.join(', ')}`;
  return new GatewayError('invalid_request', { message: `Unknown query parameter '${shown}'; ${hint}.`, param: shown });
}
