import type { ConfigChange, ConfigValue } from '../domain/config-view.ts';
import { cutText } from '../lib/cut-text.ts';
import { isRecord } from '../lib/record.ts';
import { pathText } from './problems.ts';
import type { ShownConfig } from './view.ts';

/** The changes between two configurations. */
export interface ConfigChanges {
  /** At most 200, in the order of their paths. */
  readonly changes: readonly ConfigChange[];
  /** How many there are beyond those. */
  readonly omitted: number;
}

/** What is known of the newer one of two configurations. */
export interface NewerConfig {
  readonly view: ShownConfig;
  /** Whether the value at a path is not known: it depends on a variable, or on a file. */
  readonly isUnknown: (path: string) => boolean;
  /** Whether a variable is written at a path, or above it. */
  readonly isVariable: (path: string) => boolean;
}

/** Most changes that are listed. */
const MOST_CHANGES = 200;
/** Longest text of a value that is shown, in bytes. */
const MOST_TEXT_BYTES = 1000;

/**
 * Compares two configurations as operators may see them, value by value; lists by position. A value that is unknown is a change only where a variable is
 * written and the older one has none. Pure.
 */
export function changesBetween(before: ShownConfig, { view, isUnknown, isVariable }: NewerConfig): ConfigChanges {
  const changes: ConfigChange[] = [];
  let omitted = 0;
  const compare = (old: unknown, next: unknown, path: readonly PropertyKey[]): void => {
    const [oldLeaf, nextLeaf] = [leafOf(old), leafOf(next)];
    const at = pathText(path);
    // Neither is empty as a whole.
    const isChanged = path.length > 0 && !isSame(oldLeaf, nextLeaf);
    if (isChanged && (!isUnknown(at) || (isVariable(at) && old === undefined))) {
      if (changes.length < MOST_CHANGES) changes.push({ path: at, before: shown(oldLeaf), after: shown(nextLeaf) });
      else omitted++;
    }
    for (const key of keysOf(old, next)) compare(memberAt(old, key), memberAt(next, key), [...path, key]);
  };
  compare(before, view, []);
  return { changes, omitted };
}

/** What stands at a path itself; undefined for a list or an object with members, and where there is nothing. */
function leafOf(value: unknown): unknown {
  if (value === null) return undefined;
  const isEmpty = Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0;
  return isEmpty || typeof value !== 'object' ? value : undefined;
}

/** An empty list or object equals one of its own kind. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'object' && typeof other === 'object') return Array.isArray(one) === Array.isArray(other);
  return one === other;
}

function keysOf(...values: readonly unknown[]): readonly PropertyKey[] {
  const keys = values.flatMap((value): readonly PropertyKey[] => {
    if (Array.isArray(value)) return [...value.keys()];
    return isRecord(value) ? Object.keys(value) : [];
  });
  return [...new Set(keys)];
}

function memberAt(value: unknown, key: PropertyKey): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  return isRecord(value) && typeof key === 'string' && Object.hasOwn(value, key) ? value[key] : undefined;
}

function shown(leaf: unknown): ConfigValue {
  if (typeof leaf === 'string') return cutText(leaf, MOST_TEXT_BYTES);
  if (typeof leaf === 'number' || typeof leaf === 'boolean') return leaf;
  if (Array.isArray(leaf)) return [];
  return isRecord(leaf) ? {} : null;
}
