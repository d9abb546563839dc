import { fieldsOf, openaiError, responder, type Script } from '../../src/testing/index.ts';

type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object' | 'null';

/** A schema of one member of a request, as far as the provider checks it. */
interface MemberSchema {
  readonly type?: JsonType | readonly JsonType[];
  readonly items?: { readonly type?: JsonType };
}

/** The schemas of requests by the ends of their paths, each with the members that it documents. */
export type RequestSchemas = Readonly<Record<string, Readonly<Record<string, MemberSchema>>>>;

const answer = responder({ content: 'Hello to you too.' });

/**
 * The script of a provider that refuses members of a wrong type with a 400, as OpenAI does. The gateway leaves the types of most members to the
 * provider, so only with such a provider every wrong request is refused. `schemas` is called for each request.
 */
export function strictProvider(schemas: () => RequestSchemas): Script {
  return (request) => {
    const members = Object.entries(schemas()).find(([end]) => request.path.endsWith(end))?.[1] ?? {};
    const wrong = wrongMember(fieldsOf(request), members);
    return wrong === undefined ? answer(request) : openaiError(400, `'${wrong}' has a wrong type.`);
  };
}

/** The first member that has none of its documented types; undefined where all have. */
function wrongMember(body: Readonly<Record<string, unknown>>, members: Readonly<Record<string, MemberSchema>>) {
  return Object.entries(members).find(([name, { type, items }]) => {
    const value = body[name];
    if (value === undefined || type === undefined) return false;
    if (![type].flat().some((each) => isOf(value, each))) return true;
    const itemType = items?.type;
    return itemType !== undefined && Array.isArray(value) && !value.every((item) => isOf(item, itemType));
  })?.[0];
}

function isOf(value: unknown, type: JsonType): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
