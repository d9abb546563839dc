import { type ConfigProblem, pathText } from './problems.ts';

/** A value as data, or what keeps it from being data. */
export interface PlainData {
  /** A copy without members that are undefined; a circle in it ends where it begins. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

/** Copies a value that a program made into plain data: what JSON has, and nothing else. Functions and instances are problems. */
export function plainData(value: unknown): PlainData {
  const problems: ConfigProblem[] = [];
  const above = new Set<object>();

  function copy(node: unknown, path: readonly PropertyKey[]): unknown {
    if (node === null || typeof node === 'string' || typeof node === 'boolean' || typeof node === 'number') return node;
    if (typeof node !== 'object' || !isPlain(node)) {
      problems.push({ path: pathText(path), message: `must be plain data, not ${kindOf(node)}` });
      return undefined;
    }
    if (above.has(node)) {
      problems.push({ path: pathText(path), message: 'refers to itself' });
      return undefined;
    }
    above.add(node);
    const members = Object.entries(node).filter(([, member]) => member !== undefined);
    const made = Array.isArray(node)
      ? node.map((item, index) => copy(item, [...path, index]))
      : Object.fromEntries(members.map(([key, member]) => [key, copy(member, [...path, key])]));
    above.delete(node);
    return made;
  }

  return { value: copy(value, []), problems };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === undefined ? 'nothing' : `a ${typeof value}`;
  return `an instance of ${value.constructor?.name || 'a class'}`;
}
