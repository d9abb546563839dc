import { nearest } from '../lib/nearest.ts';
import { type ConfigProblem, pathText } from './problems.ts';

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value with its variables filled in. */
export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** What came from the environment, to the `${NAME}` it was written as. */
  readonly filled: ReadonlyMap<string, string>;
}

/**
 * Fills `${NAME}` in every string of a value from the environment; a missing one is a problem that names it. Also refused is what
 * no file should hold and no later step could bear: circles and the name `__proto__`. Pure.
 */
export function interpolate(value: unknown, environment: Environment): Interpolated {
  const problems: ConfigProblem[] = [];
  const filled = new Map<string, string>();
  const above = new Set<object>();

  function fill(text: string, path: readonly PropertyKey[]): string {
    return text.replaceAll(/\$\{([^}]*)\}/g, (whole, variable: string) => {
      const found = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
      if (found !== undefined && found !== '') {
        filled.set(found, whole);
        return found;
      }
      const message = `the environment variable ${variable} is ${found === '' ? 'empty' : 'not set'}`;
      const near = found === '' ? undefined : nearest(variable, Object.keys(environment));
      problems.push({ path: pathText(path), message, nearest: near });
      return whole;
    });
  }

  function visit(node: unknown, path: readonly PropertyKey[]): unknown {
    if (typeof node === 'string') return fill(node, path);
    if (typeof node !== 'object' || node === null) return node;
    if (above.has(node)) {
      problems.push({ path: pathText(path), message: 'refers to itself' });
      return undefined;
    }
    above.add(node);
    const result = Array.isArray(node)
      ? node.map((item, index) => visit(item, [...path, index]))
      : Object.fromEntries(Object.entries(node).flatMap(([key, item]) => member(key, item, path)));
    above.delete(node);
    return result;
  }

  function member(key: string, item: unknown, path: readonly PropertyKey[]): [string, unknown][] {
    if (key !== '__proto__') return [[key, visit(item, [...path, key])]];
    problems.push({ path: pathText([...path, key]), message: `'${key}' cannot be used as a name` });
    return [];
  }

  return { value: visit(value, []), problems, filled };
}
