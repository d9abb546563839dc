import { type Alias, type Document, LineCounter, parseDocument, visit } from 'yaml';
import type { ConfigProblem } from './problems.ts';

/** Expansions of aliases above which a file is refused: a "billion laughs" bomb, not a configuration. */
const MAX_ALIASES = 100;

/** Replaces messages of the parser that are written for programmers or quote the text. */
const MESSAGES: Readonly<Record<string, string>> = Object.freeze({
  TAG_RESOLVE_FAILED: 'unknown tag; quote a value that begins with !',
  MULTIPLE_DOCS: 'a second YAML document begins here; the file must contain one',
});

/** The value of a YAML text, or the problems that prevent parsing it. */
export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Parses YAML, of which JSON is a part. Every problem has its line and column. No problem quotes the text, which may contain secrets. Never
 * throws.
 */
export function parseYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const position = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    path: position(pos[0]),
    message: MESSAGES[code] ?? withoutQuote(message),
  }));
  visit(document, {
    Alias(_key, alias, ancestors) {
      const message = aliasProblem(document, alias, ancestors);
      if (message !== undefined) problems.push({ path: position(alias.range?.[0] ?? 0), message });
    },
  });
  if (problems.length > 0) return { ok: false, problems };
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch {
    const message = `YAML aliases (*name) expand to too many nodes; use at most ${MAX_ALIASES} aliases`;
    return { ok: false, problems: [{ path: '', message }] };
  }
}

function aliasProblem(document: Document, alias: Alias, ancestors: readonly unknown[]): string | undefined {
  const target = alias.resolve(document);
  if (target === undefined) return 'YAML alias (*name) without an anchor; quote a value that begins with *';
  return ancestors.includes(target) ? 'YAML alias (*name) refers to its own ancestor' : undefined;
}

/** The parser ends some messages with a piece of the text. */
function withoutQuote(message: string): string {
  return message.replace(/: ".*$/s, '');
}
