import type { z } from 'zod';
import type { RequestBody } from '../domain/request-body.ts';
import { memberOf } from '../lib/record.ts';
import { invalidField } from './generated-answer.ts';

/** Schemas of an API's top-level fields, by name. They check types and required members, and no sizes: those differ between providers. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/**
 * Whether the field at one of these paths is wrong by its schema: the field itself, or what holds it. False for unknown fields. Each
 * top-level field is checked once.
 */
export function hasWrongField(fields: Fields, body: RequestBody, paths: readonly string[]): boolean {
  const byTop = Map.groupBy(paths.map(segmentsOf), ([top = '']) => top);
  return [...byTop].some(([top, named]) => {
    const schema = Object.hasOwn(fields, top) ? fields[top] : undefined;
    const issues = schema?.safeParse(body.get(top)).error?.issues ?? [];
    return issues.some((issue) => named.some(([, ...rest]) => concerns(issue.path.map(String), rest)));
  });
}

/**
 * Throws `invalid_request` for the first field of a parsed body that is wrong by its schema. `elsewhere`: fields that have a check of their
 * own, which may be large.
 */
export function checkFields(
  fields: Fields,
  body: Readonly<Record<string, unknown>>,
  elsewhere: ReadonlySet<string>,
): void {
  for (const [name, schema] of Object.entries(fields)) {
    if (elsewhere.has(name) || body[name] === undefined) continue;
    const issue = schema.safeParse(body[name]).error?.issues[0];
    if (issue === undefined) continue;
    const path = [name, ...issue.path.map(String)];
    const value = path.reduce<unknown>(partOf, body);
    throw invalidField(path.join('.'), value === undefined ? 'is missing' : problemOf(issue));
  }
}

function partOf(value: unknown, segment: string): unknown {
  return Array.isArray(value) ? (value[Number(segment)] as unknown) : memberOf(value, segment);
}

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
});

function problemOf(issue: z.core.$ZodIssue): string {
  const type = issue.code === 'invalid_type' ? TYPES[issue.expected] : undefined;
  return type === undefined ? 'has a type that this API does not take' : `must be ${type}`;
}

/**
 * Whether an issue lies at a path or above it. Some servers put the names of types between the segments (`messages.0.user.content.str`), so
 * those of the issue need not be adjacent in the path.
 */
function concerns(issue: readonly string[], path: readonly string[]): boolean {
  let found = 0;
  for (const segment of path) if (segment === issue[found]) found++;
  return found === issue.length;
}

/** `body.messages[0].content`, `$.messages[0].content` and `/messages/0/content` as `messages`, `0` and `content`. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.split(/[.[\]/$]+/).filter((segment) => segment !== '');
  return segments[0] === 'body' ? segments.slice(1) : segments;
}
