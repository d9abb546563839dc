import { nearest } from '../lib/nearest.ts';
import { type ConfigProblem, pathText } from './problems.ts';

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Fills `${NAME}` in every string of a value from the environment; a missing one is a problem that names it. Pure. */
export function interpolate(
  value: unknown,
  environment: Environment,
): { readonly value: unknown; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];

  function fill(text: string, path: readonly PropertyKey[]): string {
    return text.replaceAll(/\$\{([^}]*)\}/g, (whole, variable: string) => {
      const found = environment[variable];
      if (found !== undefined && found !== '') return found;
      const message = `the environment variable ${variable} is ${found === '' ? 'empty' : 'not set'}`;
      problems.push({ path: pathText(path), message, nearest: nearest(variable, Object.keys(environment)) });
      return whole;
    });
  }

  function visit(node: unknown, path: readonly PropertyKey[]): unknown {
    if (typeof node === 'string') return fill(node, path);
    if (Array.isArray(node)) return node.map((item, index) => visit(item, [...path, index]));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, visit(item, [...path, key])]));
  }

  return { value: visit(value, []), problems };
}
