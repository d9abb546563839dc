import type { z } from 'zod';
import { nearest } from '../lib/nearest.ts';
import { configSchema } from './schema.ts';

/** One problem of a configuration. Contains no secret. */
export interface ConfigProblem {
  /** For example `chains.default.entries[0].timeouts.firstToken`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** The known word that was most likely meant. */
  readonly nearest?: string | undefined;
}

/** A configuration cannot be used. Holds every problem of it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(formatProblems('configuration', problems));
    this.problems = problems;
  }
}

/** Formats problems for the terminal: one line each, below the name of the file. */
export function formatProblems(source: string, problems: readonly ConfigProblem[]): string {
  const lines = problems.map(({ path, message, nearest: near }) => {
    const hint = near === undefined ? '' : `; did you mean '${near}'?`;
    return `  ${escapeControls(`${path === '' ? '(file)' : path}: ${message}${hint}`)}`;
  });
  return `${source}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}\n${lines.join('\n')}`;
}

/** A name in the file may contain line breaks and escape sequences of terminals. */
function escapeControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

/** Formats a path of keys and indices, for example `chains.default.entries[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('');
}

/** Converts the issues of the schema to problems, each at its own path, with the nearest known key for an unknown one. Pure. */
export function problemsOf(error: z.ZodError, value: unknown): ConfigProblem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, [], value));
}

function fromIssue(issue: z.core.$ZodIssue, parent: readonly PropertyKey[], value: unknown): ConfigProblem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path: pathText(path), message }));
  if (issue.code === 'invalid_union') {
    // The branch whose issues are deepest is the one that was most likely meant.
    const branch = [...issue.errors].toSorted((left, right) => depth(right) - depth(left))[0] ?? [];
    if (depth(branch) > 0 || branch.some(({ code }) => code === 'custom' || code === 'unrecognized_keys')) {
      return branch.flatMap((inner) => fromIssue(inner, path, value));
    }
  }
  const found = valueAt(value, path);
  return [{ path: pathText(path), message: absence(found) ?? describe(issue, found) }];
}

function unknownKey(parent: readonly PropertyKey[], key: string): ConfigProblem {
  const path = pathText([...parent, key]);
  return { path, message: `unknown key '${key}'`, nearest: nearest(key, knownKeys(parent)) };
}

/** The message for a value that does not exist; undefined for one that does. */
function absence(value: unknown): string | undefined {
  if (value === undefined) return 'is missing';
  return value === null ? 'is empty' : undefined;
}

/** Replaces the schema's message of the most frequent issues. */
function describe(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    // "not a number" would be wrong for a number of another kind.
    const wantsNumber = issue.expected === 'int' || issue.expected === 'number';
    const actual = wantsNumber && kind === 'number' ? String(value) : (KINDS[kind] ?? kind);
    return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${actual}`;
  }
  if (issue.code === 'invalid_value') {
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  }
  if (issue.code === 'too_big' && NUMBERS.has(issue.origin)) return `must be at most ${issue.maximum}`;
  if (issue.code === 'too_small' && NUMBERS.has(issue.origin))
    return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
  return issue.message;
}

const NUMBERS: ReadonlySet<string> = new Set(['number', 'int']);
const KINDS: Readonly<Record<string, string>> = Object.freeze({
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
});

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const part of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined;
  return at;
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
}

/** The keys that the schema knows at a path. The names of providers, chains and models are not among them. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schemas: unknown[] = [configSchema];
  for (const part of path) schemas = schemas.flatMap((schema) => below(schema, part));
  return schemas.flatMap((schema) => Object.keys(shapeOf(schema) ?? {}));
}

function below(schema: unknown, part: PropertyKey): unknown[] {
  return unwrapped(schema).flatMap((inner) => {
    const def = defOf(inner);
    if (def['shape'] !== undefined) return [Reflect.get(Object(def['shape']), part)];
    return [def['element'] ?? def['valueType']];
  });
}

function shapeOf(schema: unknown): object | undefined {
  return unwrapped(schema)
    .map((inner) => defOf(inner)['shape'])
    .find((shape): shape is object => typeof shape === 'object' && shape !== null);
}

/** The schemas inside of optional, nullable and union schemas, and before transforms. */
function unwrapped(schema: unknown): unknown[] {
  const def = defOf(schema);
  const inner = def['innerType'] ?? def['in'];
  if (inner !== undefined) return unwrapped(inner);
  if (Array.isArray(def['options'])) return def['options'].flatMap(unwrapped);
  return [schema];
}

function defOf(schema: unknown): Readonly<Record<string, unknown>> {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return {};
  return typeof schema.def === 'object' && schema.def !== null ? { ...schema.def } : {};
}
