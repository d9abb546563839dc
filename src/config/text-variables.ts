import { PRESETS } from '../catalog/presets.ts';
import { isPlain } from '../lib/record.ts';
import type { Environment } from './interpolate.ts';
import { pathText } from './problems.ts';
import { Secret } from './secret.ts';
import type { SecretFiles } from './secret-files.ts';

/** The variables of a configuration that is checked without its environment and files: each has a made-up value. */
export interface TextVariables {
  /** A value for each variable of the configuration, and for those of the presets. */
  readonly environment: Environment;
  /** A text for each `${file:PATH}` of the configuration. Opens no file. */
  readonly files: SecretFiles;
  /** Whether a variable stands at a path, or above it. */
  readonly isAt: (path: string) => boolean;
  /** The path of the variable that stands at a path, or above it. */
  readonly pathAt: (path: string) => readonly PropertyKey[] | undefined;
  /** A text in which each made-up value is replaced by its `${NAME}` or `${file:PATH}`. */
  readonly shown: (text: string) => string;
}

/** A value that stands for a variable. It may be a part of a URL, and a key. */
const MADE_UP = /(https:\/\/)?variable-(\d+)\.example\.com/g;

/** Finds the variables in a configuration that was parsed, and makes values up. */
export function variablesOf(value: unknown): TextVariables {
  const paths = new Map<string, readonly PropertyKey[]>();
  const found = new Set<string>();
  walk(value, (text, path) => {
    const here = [...text.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name);
    for (const name of here) found.add(name);
    if (here.length > 0) paths.set(pathText(path), path);
  });
  const urls = new Set<string>();
  for (const { keyVariables, baseUrl, baseUrlVariable } of Object.values(PRESETS)) {
    for (const name of keyVariables) found.add(name);
    for (const [, name = ''] of baseUrl.matchAll(/\{(\w+)\}/g)) found.add(name);
    urls.add(baseUrlVariable);
  }
  const names = [...found];
  // Each another one, which may stand in a URL and for a key.
  const valueOf = (name: string, index: number) => `${urls.has(name) ? 'https://' : ''}variable-${index}.example.com`;
  const pathAt = (path: string): readonly PropertyKey[] | undefined => {
    for (const [each, parts] of paths) if (path === each || isBelow(path, each)) return parts;
    return undefined;
  };
  const environment: Environment = Object.fromEntries(names.map((name, index) => [name, valueOf(name, index)]));
  return {
    environment,
    files: { read: (path) => ({ text: environment[`file:${path}`] ?? '' }), versions: new Map() },
    isAt: (path) => pathAt(path) !== undefined,
    pathAt,
    shown: (text) =>
      text.replaceAll(MADE_UP, (whole, scheme: string | undefined, index: string) => {
        const name = names[Number(index)];
        if (name === undefined) return whole;
        return `${urls.has(name) ? '' : (scheme ?? '')}\${${name}}`;
      }),
  };
}

/** The paths of the texts and secrets of a configuration that hold a made-up value. */
export function madeUpPaths(config: object): ReadonlySet<string> {
  const paths = new Set<string>();
  walk(config, (text, path) => {
    if (text.search(MADE_UP) !== -1) paths.add(pathText(path));
  });
  return paths;
}

/** Visits each text and each secret below a value. */
function walk(root: unknown, visit: (text: string, path: readonly PropertyKey[]) => void): void {
  const look = (node: unknown, path: readonly PropertyKey[]): void => {
    if (typeof node === 'string') visit(node, path);
    else if (node instanceof Secret) visit(node.reveal(), path);
    else if (Array.isArray(node)) for (const [index, item] of node.entries()) look(item, [...path, index]);
    else if (typeof node === 'object' && node !== null && isPlain(node))
      for (const [key, item] of Object.entries(node)) look(item, [...path, key]);
  };
  look(root, []);
}

function isBelow(path: string, parent: string): boolean {
  return path.startsWith(parent) && /^[.[]/.test(path.slice(parent.length));
}
