import { nearest } from '../lib/nearest.ts';
import { type ConfigProblem, pathText } from './problems.ts';
import type { SecretFiles } from './secret-files.ts';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value whose variables are replaced. */
export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Values from the environment and from files, to the `${NAME}` or `${file:PATH}` that each was written as. */
  readonly filled: ReadonlyMap<string, string>;
}

/** What begins the name of a file in `${file:PATH}`. No environment variable can be set under such a name in a shell or a manifest. */
const FILE = 'file:';

/**
 * Replaces `${NAME}` in every string of a value by the environment variable, and `${file:PATH}` by the text of the file. What replaces them is not interpolated
 * again. An unset variable and a file that cannot be used are problems that name them. Circular references and the name `__proto__` are problems as
 * well: no configuration needs them, and no later step could process them. Pure but for the reads of `files`.
 */
export function interpolate(value: unknown, environment: Environment, files: Pick<SecretFiles, 'read'>): Interpolated {
  const problems: ConfigProblem[] = [];
  const filled = new Map<string, string>();
  const ancestors = new Set<object>();

  function replace(text: string, path: readonly PropertyKey[]): string {
    return text.replaceAll(/\$\{([^}]*)\}/g, (reference, variable: string) => {
      if (variable.startsWith(FILE)) return textOf(reference, variable.slice(FILE.length), path);
      const found = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
      if (found !== undefined && found !== '') {
        filled.set(found, reference);
        return found;
      }
      const message = `environment variable ${variable} is ${found === '' ? 'empty' : 'not set'}`;
      const near = found === '' ? undefined : nearest(variable, Object.keys(environment));
      problems.push({ path: pathText(path), message, nearest: near });
      return reference;
    });
  }

  function textOf(reference: string, file: string, path: readonly PropertyKey[]): string {
    const found = files.read(file);
    if ('problem' in found) {
      problems.push({ path: pathText(path), message: found.problem });
      return reference;
    }
    filled.set(found.text, reference);
    return found.text;
  }

  function visit(node: unknown, path: readonly PropertyKey[]): unknown {
    if (typeof node === 'string') return replace(node, path);
    if (typeof node !== 'object' || node === null) return node;
    if (ancestors.has(node)) {
      problems.push({ path: pathText(path), message: 'refers to itself' });
      return undefined;
    }
    ancestors.add(node);
    const result = Array.isArray(node)
      ? node.map((item, index) => visit(item, [...path, index]))
      : Object.fromEntries(Object.entries(node).flatMap(([key, item]) => member(key, item, path)));
    ancestors.delete(node);
    return result;
  }

  function member(key: string, item: unknown, path: readonly PropertyKey[]): [string, unknown][] {
    if (key !== '__proto__') return [[key, visit(item, [...path, key])]];
    problems.push({ path: pathText([...path, key]), message: `'${key}' cannot be used as a name` });
    return [];
  }

  return { value: visit(value, []), problems, filled };
}
