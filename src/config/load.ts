import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { crossCheck } from './cross-check.ts';
import { type Environment, interpolate } from './interpolate.ts';
import { type ConfigProblem, problemsOf } from './problems.ts';
import { type Config, configSchema } from './schema.ts';

/** A checked configuration, or everything that is wrong with it. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Checks a configuration that is already a value. Pure but for the environment it is given. */
export function parseConfig(value: unknown, environment: Environment): ConfigResult {
  const filled = interpolate(value, environment);
  const parsed = configSchema.safeParse(filled.value);
  const problems = [...filled.problems, ...(parsed.success ? crossCheck(parsed.data) : problemsOf(parsed.error))];
  return parsed.success && problems.length === 0 ? { ok: true, config: parsed.data } : { ok: false, problems };
}

/** Checks a configuration in writing; JSON is YAML. Lists every problem at once. */
export function parseConfigText(text: string, environment: Environment): ConfigResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { path: `line ${line}, column ${col}`, message };
    });
    return { ok: false, problems };
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (value === null || value === undefined)
    return { ok: false, problems: [{ path: '', message: 'the file is empty' }] };
  return parseConfig(value, environment);
}

/** Reads and checks a file. A file that cannot be read is a problem like any other. */
export function loadConfigFile(path: string, environment: Environment): ConfigResult {
  try {
    return parseConfigText(readFileSync(path, 'utf8'), environment);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return {
      ok: false,
      problems: [{ path: '', message: code === 'ENOENT' ? 'no such file' : `cannot be read (${code})` }],
    };
  }
}

/** Where a configuration may stand in a directory, in order. */
const FILES = ['spillway.yaml', 'spillway.yml', 'spillway.json'] as const;

/** The file to use: the flag's, else `SPILLWAY_CONFIG`'s, else the directory's own; undefined when there is none. */
export function findConfigFile(
  flag: string | undefined,
  environment: Environment,
  directory: string,
): string | undefined {
  const named = flag ?? environment['SPILLWAY_CONFIG'];
  if (named !== undefined && named !== '') return named;
  return FILES.map((file) => join(directory, file)).find((file) => existsSync(file));
}
