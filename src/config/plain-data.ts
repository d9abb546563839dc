import { isPlain } from '../lib/record.ts';
import { type ConfigProblem, pathText } from './problems.ts';

/** A value as plain data, with the reasons why parts of it are not. */
export interface PlainData {
  /** A copy without undefined members; a circular reference in it is replaced by undefined. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

/** Copies a value into plain data: the types of JSON and nothing else. Functions, class instances and circular references are problems. */
export function plainData(value: unknown): PlainData {
  const problems: ConfigProblem[] = [];
  const ancestors = new Set<object>();

  function copy(node: unknown, path: readonly PropertyKey[]): unknown {
    if (node === null || typeof node === 'string' || typeof node === 'boolean' || typeof node === 'number') return node;
    if (typeof node !== 'object' || !isPlain(node)) {
      problems.push({ path: pathText(path), message: `must be plain data, not ${kindOf(node)}` });
      return undefined;
    }
    if (ancestors.has(node)) {
      problems.push({ path: pathText(path), message: 'refers to itself' });
      return undefined;
    }
    ancestors.add(node);
    const members = Object.entries(node).filter(([, member]) => member !== undefined);
    const copied = Array.isArray(node)
      ? node.map((item, index) => copy(item, [...path, index]))
      : Object.fromEntries(members.map(([key, member]) => [key, copy(member, [...path, key])]));
    ancestors.delete(node);
    return copied;
  }

  return { value: copy(value, []), problems };
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === undefined ? 'undefined' : `a ${typeof value}`;
  return `an instance of ${value.constructor?.name || 'a class'}`;
}
