import { z } from 'zod';
import { decodedText } from '../lib/decoded-text.ts';

/**
 * Address of the store: in memory, which persists nothing, an SQLite file whose path is relative to the working directory, or a PostgreSQL
 * database. The last one may contain a password.
 */
export type StoreUrl = 'memory:' | `sqlite:${string}` | `postgres://${string}`;

const EXAMPLE = 'write sqlite:PATH, for example sqlite:./spillway.db, postgres://HOST/DATABASE, or memory:';
/** The redactor takes what is before an `@` for a password. */
const SERVER_EXAMPLE = 'write postgres://HOST:PORT/DATABASE, with USER:PASSWORD and an at sign before the host';
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/** Schema of a store's address. Checks its form only and opens nothing. Problems do not quote the address, which may contain a password. */
export const storeUrl = z
  .string()
  .meta({
    description:
      'sqlite:PATH, relative to the working directory, postgres://USER:PASSWORD@HOST/DATABASE, or memory:, which persists nothing.',
  })
  .transform((text, context): StoreUrl => {
    const [url, problem] = parse(text);
    if (problem === undefined) return url;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });

function parse(text: string): readonly [url: StoreUrl, problem: string | undefined] {
  if (text === 'memory:') return [text, undefined];
  const path = /^sqlite:(.*)$/s.exec(text)?.[1];
  if (path !== undefined) return [`sqlite:${path}`, pathProblem(path)];
  const server = /^postgres(?:ql)?:\/\/(.*)$/s.exec(text)?.[1];
  if (server !== undefined) return [`postgres://${server}`, serverProblem(`postgres://${server}`)];
  return ['memory:', schemeProblem(text)];
}

/** The password in a store's address, in plain and as it is written there; empty without one. */
export function storePasswords(url: StoreUrl): readonly string[] {
  if (!url.startsWith('postgres:')) return [];
  const { password, searchParams } = new URL(url);
  const written = [password, decodedText(password), searchParams.get('password') ?? ''];
  return [...new Set(written)].filter((each) => each !== '');
}

function schemeProblem(text: string): string {
  if (/^postgres(ql)?:/i.test(text)) return SERVER_EXAMPLE;
  return /^(sqlite|memory)/i.test(text) ? EXAMPLE : `is not a supported store URL; ${EXAMPLE}`;
}

function serverProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return `is not a valid URL; ${SERVER_EXAMPLE}, special characters of the password percent-encoded`;
  if (url.hash !== '') return "must not contain '#'; write %23 for one in the password";
  if (url.host === '' && !url.searchParams.has('host')) return `needs a host; ${SERVER_EXAMPLE}`;
  if (url.pathname.length < 2) return `needs a database; ${SERVER_EXAMPLE}`;
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) return `sslmode must be one of ${SSL_MODES.join(', ')}`;
  if (mode === 'verify-ca' && !url.searchParams.has('sslrootcert')) return 'sslmode=verify-ca needs sslrootcert=FILE';
  return undefined;
}

/** SQLite gives some of these paths a meaning of their own instead of opening a file of that name. */
function pathProblem(path: string): string | undefined {
  if (path.trim() === '') return `needs a file path; ${EXAMPLE}`;
  if (path === ':memory:') return "':memory:' is not a file; write memory: for a store that persists nothing";
  if (/^\/\/[^/]/.test(path)) return `must not contain a host; ${EXAMPLE}`;
  if (/[?#\0]/.test(path)) return 'must be only a path after sqlite:, without ? or #';
  return undefined;
}
