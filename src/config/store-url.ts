import { z } from 'zod';

/** Address of the store: in memory, which persists nothing, or an SQLite file whose path is relative to the working directory. */
export type StoreUrl = 'memory:' | `sqlite:${string}`;

const EXAMPLE = 'write sqlite:PATH, for example sqlite:./spillway.db, or memory:';

/** Schema of a store's address. Checks its form only and opens nothing. Problems do not quote the address, which may contain a password. */
export const storeUrl = z
  .string()
  .meta({ description: 'sqlite:PATH, relative to the working directory, or memory:, which persists nothing.' })
  .transform((text, context): StoreUrl => {
    if (text === 'memory:') return text;
    const path = /^sqlite:(.*)$/s.exec(text)?.[1];
    const message = path === undefined ? schemeProblem(text) : pathProblem(path);
    if (message === undefined) return `sqlite:${path ?? ''}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

function schemeProblem(text: string): string {
  if (/^postgres(ql)?:/i.test(text)) return 'PostgreSQL is not supported in this version; write sqlite:PATH or memory:';
  return /^(sqlite|memory)/i.test(text) ? EXAMPLE : `is not a supported store URL; ${EXAMPLE}`;
}

/** SQLite gives some of these paths a meaning of their own instead of opening a file of that name. */
function pathProblem(path: string): string | undefined {
  if (path.trim() === '') return `needs a file path; ${EXAMPLE}`;
  if (path === ':memory:') return "':memory:' is not a file; write memory: for a store that persists nothing";
  if (/^\/\/[^/]/.test(path)) return `must not contain a host; ${EXAMPLE}`;
  if (/[?#\0]/.test(path)) return 'must be only a path after sqlite:, without ? or #';
  return undefined;
}
