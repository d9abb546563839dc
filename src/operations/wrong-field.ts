import type { z } from 'zod';
import { memberOf } from '../lib/record.ts';

/** Schemas of an API's top-level fields, by name. They check types and required members, and no sizes: those differ between providers. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** Whether the field at a path is wrong by its schema: the field itself, or what holds it. False for an unknown field. */
export function isWrongField(fields: Fields, input: unknown, path: string): boolean {
  const [top = '', ...rest] = segmentsOf(path);
  const schema = Object.hasOwn(fields, top) ? fields[top] : undefined;
  if (schema === undefined) return false;
  const { error } = schema.safeParse(memberOf(input, top));
  return error !== undefined && error.issues.some((issue) => concerns(issue.path.map(String), rest));
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
