import type { z } from 'zod';
import { nearest } from '../lib/nearest.ts';
import { configSchema, NOT_YET } from './schema.ts';

/** One thing wrong with a configuration. Holds no secret. */
export interface ConfigProblem {
  /** Where, e.g. `chains.default.entries[0].timeouts.firstToken`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** The right word most likely meant. */
  readonly nearest?: string | undefined;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(formatProblems('configuration', problems));
    this.problems = problems;
  }
}

/** The problems as the terminal shows them: one line each, under the file's name. */
export function formatProblems(source: string, problems: readonly ConfigProblem[]): string {
  const lines = problems.map(({ path, message, nearest: near }) => {
    const hint = near === undefined ? '' : `; did you mean '${near}'?`;
    return `  ${onOneLine(`${path === '' ? '(file)' : path}: ${message}${hint}`)}`;
  });
  return `${source}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}\n${lines.join('\n')}`;
}

/** A name from the file may hold line breaks and what a terminal would act on. */
function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

/** A path of keys and indices in writing. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('');
}

/** The schema's complaints about a value, each at its own path, unknown keys with the nearest known one. */
export function problemsOf(error: z.ZodError, value: unknown): ConfigProblem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, [], value));
}

function fromIssue(issue: z.core.$ZodIssue, above: readonly PropertyKey[], value: unknown): ConfigProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      message: NOT_YET.includes(key) ? `'${key}' is not available in this version` : `unknown key '${key}'`,
      nearest: NOT_YET.includes(key) ? undefined : nearest(key, knownKeys(path)),
    }));
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path: pathText(path), message }));
  if (issue.code === 'invalid_union') {
    // The branch that came furthest knows best what is wrong.
    const branch = [...issue.errors].toSorted((left, right) => depth(right) - depth(left))[0] ?? [];
    if (depth(branch) > 0 || branch.some(({ code }) => code === 'custom' || code === 'unrecognized_keys')) {
      return branch.flatMap((inner) => fromIssue(inner, path, value));
    }
  }
  return [{ path: pathText(path), message: absence(valueAt(value, path)) ?? plainer(issue, valueAt(value, path)) }];
}

/** Plainer words than the schema's for what is not there at all. */
function absence(value: unknown): string | undefined {
  if (value === undefined) return 'is missing';
  return value === null ? 'is empty' : undefined;
}

/** Plainer words than the schema's for the commonest complaints. */
function plainer(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    // A number of another kind is told by itself.
    const wantsNumber = issue.expected === 'int' || issue.expected === 'number';
    const told = wantsNumber && kind === 'number' ? String(value) : (KINDS[kind] ?? kind);
    return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${told}`;
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
  object: 'names with values',
  record: 'names with values',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
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

/** The keys that the schema knows at a path; names of providers, chains and models are the user's. */
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

/** A schema without its optional, nullable and union wrappings. */
function unwrapped(schema: unknown): unknown[] {
  const def = defOf(schema);
  if (def['innerType'] !== undefined) return unwrapped(def['innerType']);
  if (Array.isArray(def['options'])) return def['options'].flatMap(unwrapped);
  return [schema];
}

function defOf(schema: unknown): Readonly<Record<string, unknown>> {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return {};
  return typeof schema.def === 'object' && schema.def !== null ? { ...schema.def } : {};
}
