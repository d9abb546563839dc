import { z } from 'zod';

/** Where the store is: in memory, which keeps nothing, or a file of SQLite whose path counts from the working directory. */
export type StoreUrl = 'memory:' | `sqlite:${string}`;

const EXAMPLE = 'write sqlite:PATH, such as sqlite:./spillway.db, or memory:';

/** The address of a store, checked for its form; nothing is opened. A problem repeats none of it, because it may hold a password. */
export const storeUrl = z
  .string()
  .meta({ description: 'sqlite:PATH from the working directory, or memory:, which keeps nothing.' })
  .transform((text, context): StoreUrl => {
    if (text === 'memory:') return text;
    const path = /^sqlite:(.*)$/s.exec(text)?.[1];
    const message = path === undefined ? problemOfKind(text) : problemOfPath(path);
    if (message === undefined) return `sqlite:${path ?? ''}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

function problemOfKind(text: string): string {
  if (/^postgres(ql)?:/i.test(text)) return 'PostgreSQL is not available in this version; write sqlite:PATH or memory:';
  return /^(sqlite|memory)/i.test(text) ? EXAMPLE : `is no store that is known; ${EXAMPLE}`;
}

/** SQLite would read some of these as something else than the name of a file. */
function problemOfPath(path: string): string | undefined {
  if (path.trim() === '') return `needs the path of a file; ${EXAMPLE}`;
  if (path === ':memory:') return 'write memory: for a store that keeps nothing';
  if (/^\/\/[^/]/.test(path)) return `has no host; ${EXAMPLE}`;
  if (/[?#\0]/.test(path)) return 'takes a path and nothing behind it: no ?, no #';
  return undefined;
}
