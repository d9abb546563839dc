import { type Alias, type Document, LineCounter, parseDocument, visit } from 'yaml';
import type { ConfigProblem } from './problems.ts';

/** Expansions of aliases after which a file is taken for a bomb. */
const MOST_ALIASES = 100;

/** Own words for problems whose own ones speak to programmers or quote the text. */
const PLAINER: Readonly<Record<string, string>> = Object.freeze({
  TAG_RESOLVE_FAILED: 'unknown tag; quote a value that begins with !',
  MULTIPLE_DOCS: 'a second document begins; the file must hold one',
});

/** The value of a YAML text, or what keeps it from having one. */
export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads YAML, and JSON with it. Every problem has its line and column; none quotes the text, which may hold secrets. Never throws. */
export function parseYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    path: place(pos[0]),
    message: PLAINER[code] ?? unquoted(message),
  }));
  visit(document, {
    Alias(_key, alias, above) {
      const message = wrongAlias(document, alias, above);
      if (message !== undefined) problems.push({ path: place(alias.range?.[0] ?? 0), message });
    },
  });
  if (problems.length > 0) return { ok: false, problems };
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch {
    return { ok: false, problems: [{ path: '', message: 'its aliases (*name) expand to too much' }] };
  }
}

function wrongAlias(document: Document, alias: Alias, above: readonly unknown[]): string | undefined {
  const target = alias.resolve(document);
  if (target === undefined) return 'an alias (*name) leads to no anchor; quote a value that begins with *';
  return above.includes(target) ? 'an alias (*name) leads back to itself' : undefined;
}

/** The parser ends some messages with a piece of the text. */
function unquoted(message: string): string {
  return message.replace(/: ".*$/s, '');
}
