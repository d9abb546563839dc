import type { z } from 'zod';
import type { RequestBody } from '../domain/request-body.ts';

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
