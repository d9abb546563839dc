import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { jsonFault } from '../lib/json-fault.ts';
import { fieldsOf, isRecord, memberOf } from '../lib/record.ts';
import type { NewerConfig } from './changes.ts';
import { parseConfig } from './load.ts';
import { parseYaml } from './parse-yaml.ts';
import { type ConfigProblem, pathText } from './problems.ts';
import type { Config } from './schema.ts';
import { madeUpPaths, type TextVariables, variablesOf } from './text-variables.ts';
import { viewOf } from './view.ts';

/** Formats of a configuration as text. */
export const CONFIG_FORMATS = ['yaml', 'json'] as const;

/** A configuration as text. */
export interface ConfigText {
  readonly text: string;
  readonly format: (typeof CONFIG_FORMATS)[number];
}

/** A problem of a text, at its line, counted from 1, where that is known. */
export interface TextProblem extends ConfigProblem {
  readonly line?: number | undefined;
}

/** Most problems that are listed. */
const MOST_PROBLEMS = 100;

/** A text that was checked. */
export interface CheckedText {
  /** At most 100. */
  readonly problems: readonly TextProblem[];
  /** What the text says; undefined where it has problems, and where it says nothing without the values of its variables. */
  readonly known: NewerConfig | undefined;
}

/**
 * Checks a configuration that is not to be served here: reads no environment variable and no file, because an answer about a file would inform a client of the API what
 * this machine has. A `${NAME}` and a `${file:PATH}` count as set, and what their value would have to be is not checked; a provider's `ca` counts as readable. A hostile text may take minutes: call `checkInProcess` for one from a request. Pure.
 */
export function checkConfigText({ text, format }: ConfigText): CheckedText {
  const fault = format === 'json' ? jsonFault(text) : undefined;
  if (fault !== undefined) {
    const { line, column, found } = fault;
    return failed([{ path: '', message: `line ${line}, column ${column}: not valid JSON; found ${found}`, line }]);
  }
  const parsed = parseYaml(text);
  if (!parsed.ok) return failed(parsed.problems.slice(0, MOST_PROBLEMS).map(atOwnLine));
  if (parsed.value === null || parsed.value === undefined)
    return failed([{ path: '', message: 'the text is empty; write providers and chains' }]);
  const variables = variablesOf(parsed.value);
  const files = certificatePaths(parsed.value);
  const value = without(parsed.value, files);
  const result = parseConfig(value, variables.environment, variables.files);
  if (result.ok) return { problems: [], known: knownOf(result.config, variables, files) };
  const own = result.problems.filter(({ path }) => !variables.isAt(path));
  if (own.length === 0) return { problems: [], known: knownWithout(value, result.problems, { variables, files }) };
  const lineOf = linesOf(text);
  return failed(own.slice(0, MOST_PROBLEMS).map((problem) => ({ ...problem, line: lineOf(problem.path) })));
}

function failed(problems: readonly TextProblem[]): CheckedText {
  return { problems, known: undefined };
}

type Path = readonly PropertyKey[];

function knownOf(config: Config, variables: TextVariables, files: readonly Path[]): NewerConfig {
  const unknown = new Set([...madeUpPaths(config), ...files.map(pathText)]);
  return {
    view: viewOf(config, variables.shown),
    isUnknown: (path) => unknown.has(path) || variables.isAt(path),
    isVariable: variables.isAt,
  };
}

/** What a text says without the variables that no made-up value fits, such as a port; undefined where the rest is no configuration. */
function knownWithout(
  value: unknown,
  problems: readonly ConfigProblem[],
  { variables, files }: { readonly variables: TextVariables; readonly files: readonly Path[] },
): NewerConfig | undefined {
  const unfit = problems.flatMap(({ path }) => [variables.pathAt(path) ?? []]);
  const rest = parseConfig(without(value, unfit), variables.environment, variables.files);
  return rest.ok ? knownOf(rest.config, variables, files) : undefined;
}

/** The parser's problems have their place in the text as their path. */
function atOwnLine({ path, message }: ConfigProblem): TextProblem {
  const line = /^line (\d+), column \d+$/.exec(path)?.[1];
  return line === undefined ? { path, message } : { path: '', message: `${path}: ${message}`, line: Number(line) };
}

/** The paths of the certificates, whose files would be read. */
function certificatePaths(value: unknown): readonly Path[] {
  return Object.entries(fieldsOf(memberOf(value, 'providers'))).flatMap(([name, provider]) => {
    const ca = memberOf(provider, 'ca');
    return typeof ca === 'string' && ca !== '' ? [['providers', name, 'ca']] : [];
  });
}

/** A value without the members at these paths. Items of lists stay, because those behind them would move. */
function without(value: unknown, paths: readonly Path[]): unknown {
  if (paths.length === 0 || !isRecord(value)) return value;
  const copy = { ...value };
  for (const key of new Set(paths.map(([first]) => first))) {
    if (typeof key !== 'string' || !Object.hasOwn(copy, key)) continue;
    const below = paths.filter(([first]) => first === key).map(([, ...rest]) => rest);
    if (below.some((rest) => rest.length === 0)) delete copy[key];
    else copy[key] = without(copy[key], below);
  }
  return copy;
}

/** Makes the function that finds the line of a path: its own, or that of the nearest member above it that is written. */
function linesOf(text: string): (path: string) => number | undefined {
  const counter = new LineCounter();
  const lines = new Map<string, number>();
  const note = (node: unknown, path: readonly PropertyKey[]): void => {
    if (isNode(node) && node.range) lines.set(pathText(path), counter.linePos(node.range[0]).line);
  };
  const walk = (node: unknown, path: readonly PropertyKey[]): void => {
    if (isMap(node))
      for (const { key, value } of node.items) {
        const own = [...path, String(isScalar(key) ? key.value : key)];
        note(key, own);
        walk(value, own);
      }
    if (isSeq(node))
      for (const [index, item] of node.items.entries()) {
        note(item, [...path, index]);
        walk(item, [...path, index]);
      }
  };
  walk(parseDocument(text, { lineCounter: counter, prettyErrors: false }).contents, []);
  return (path) => {
    for (let at = path; ; at = parentOf(at)) {
      const line = lines.get(at);
      if (line !== undefined || at === '') return line;
    }
  };
}

/** The path above a path; names with a dot are taken for two. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.'), path.lastIndexOf('[')));
}
