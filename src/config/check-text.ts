import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { PRESETS } from '../catalog/presets.ts';
import { jsonFault } from '../lib/json-fault.ts';
import { isRecord } from '../lib/record.ts';
import type { Environment } from './interpolate.ts';
import { parseConfig } from './load.ts';
import { parseYaml } from './parse-yaml.ts';
import { type ConfigProblem, pathText } from './problems.ts';

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

/**
 * Checks a configuration that is not to be served here: reads no environment variable and no file. A `${NAME}` counts as set, and what its value would have to be is not
 * checked; a provider's `ca` counts as readable. Lists at most 100 problems. A hostile text may take minutes: call `checkInProcess` for one from a request. Pure.
 */
export function checkConfigText({ text, format }: ConfigText): readonly TextProblem[] {
  const fault = format === 'json' ? jsonFault(text) : undefined;
  if (fault !== undefined) {
    const { line, column, found } = fault;
    return [{ path: '', message: `line ${line}, column ${column}: not valid JSON; found ${found}`, line }];
  }
  const parsed = parseYaml(text);
  if (!parsed.ok) return parsed.problems.slice(0, MOST_PROBLEMS).map(atOwnLine);
  if (parsed.value === null || parsed.value === undefined)
    return [{ path: '', message: 'the text is empty; write providers and chains' }];
  const variables = variablesOf(parsed.value);
  const result = parseConfig(withoutCertificates(parsed.value), variables.environment);
  if (result.ok) return [];
  const known = result.problems.filter(({ path }) => !variables.isAt(path));
  if (known.length === 0) return [];
  const lineOf = linesOf(text);
  return known.slice(0, MOST_PROBLEMS).map((problem) => ({ ...problem, line: lineOf(problem.path) }));
}

/** The parser's problems have their place in the text as their path. */
function atOwnLine({ path, message }: ConfigProblem): TextProblem {
  const line = /^line (\d+), column \d+$/.exec(path)?.[1];
  return line === undefined ? { path, message } : { path: '', message: `${path}: ${message}`, line: Number(line) };
}

interface Variables {
  /** A value for each variable of the configuration, and for those of the presets. */
  readonly environment: Environment;
  /** Whether the problem at a path depends on the value of a variable. */
  isAt(path: string): boolean;
}

function variablesOf(value: unknown): Variables {
  const paths: string[] = [];
  const names = new Set<string>();
  const look = (node: unknown, path: readonly PropertyKey[]): void => {
    if (typeof node === 'string') {
      const found = [...node.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name);
      for (const name of found) names.add(name);
      if (found.length > 0) paths.push(pathText(path));
    } else if (Array.isArray(node)) for (const [index, item] of node.entries()) look(item, [...path, index]);
    else if (isRecord(node)) for (const [key, item] of Object.entries(node)) look(item, [...path, key]);
  };
  look(value, []);
  const urls = new Set<string>();
  for (const { keyVariables, baseUrl, baseUrlVariable } of Object.values(PRESETS)) {
    for (const name of keyVariables) names.add(name);
    for (const [, name = ''] of baseUrl.matchAll(/\{(\w+)\}/g)) names.add(name);
    urls.add(baseUrlVariable);
  }
  // Each another one, which may stand in a URL and for a key.
  const valueOf = (name: string, index: number) => `${urls.has(name) ? 'https://' : ''}variable-${index}.example.com`;
  const environment = Object.fromEntries([...names].map((name, index) => [name, valueOf(name, index)]));
  return { environment, isAt: (path) => paths.some((each) => path === each || isBelow(path, each)) };
}

function isBelow(path: string, parent: string): boolean {
  return path.startsWith(parent) && /^[.[]/.test(path.slice(parent.length));
}

/** The value without the paths of certificates, whose files would be read. */
function withoutCertificates(value: unknown): unknown {
  if (!isRecord(value) || !isRecord(value['providers'])) return value;
  const providers = Object.entries(value['providers']).map(([name, provider]) => {
    if (!isRecord(provider) || typeof provider['ca'] !== 'string' || provider['ca'] === '') return [name, provider];
    const { ca: _, ...rest } = provider;
    return [name, rest];
  });
  return { ...value, providers: Object.fromEntries(providers) };
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
