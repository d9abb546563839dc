import { isDeepStrictEqual } from 'node:util';
import { unwrapOpaque } from '../../../src/dialects/neutral/opaque.ts';
import { isRecord } from '../../../src/lib/record.ts';

/** What the placeholders of one case stand for. */
export interface Binding {
  /** Regular expressions by placeholder: `@name`. A placeholder stands for the same string everywhere. */
  readonly bind?: Readonly<Record<string, string>> | undefined;
  /** Whether different placeholders stand for different strings. */
  readonly distinct?: boolean | undefined;
}

/**
 * Where a value is not what a case wants, as lines of path and problem; empty where it is. An object holds the wanted members at least, a list has exactly
 * the wanted items, and `{}` is anything. Texts with a meaning of their own: `*` any value that is not empty, `>0` a positive number, `@json:X` a text
 * of the JSON X, `@envelope:ISSUER:VALUE` wrapped opaque reasoning, and the placeholders of `bind`. Null is also a member that is absent.
 */
export function mismatches(actual: unknown, want: unknown, binding: Binding = {}): readonly string[] {
  return new Matcher(binding).match(actual, want);
}

/** The values at JSON pointers that should be absent, as lines. */
export function presentAt(actual: unknown, pointers: readonly string[] = []): readonly string[] {
  return pointers
    .filter((pointer) => valueAt(actual, pointer) !== undefined)
    .map((pointer) => `${pointer}: is present`);
}

class Matcher {
  readonly #binding: Binding;
  readonly #bound = new Map<string, string>();
  readonly #problems: string[] = [];

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  match(actual: unknown, want: unknown): readonly string[] {
    this.#compare(actual, want, '');
    return this.#problems;
  }

  #compare(actual: unknown, want: unknown, at: string): void {
    if (typeof want === 'string') this.#compareText(actual, want, at);
    else if (Array.isArray(want)) this.#compareLists(actual, want, at);
    else if (isRecord(want)) this.#compareObjects(actual, want, at);
    else if (!Object.is(actual ?? null, want)) this.#differs(at, actual, want);
  }

  #compareLists(actual: unknown, want: readonly unknown[], at: string): void {
    if (!Array.isArray(actual)) return this.#differs(at, actual, want);
    if (actual.length !== want.length)
      this.#problems.push(`${at}: has ${actual.length} items in place of ${want.length}`);
    for (const [index, item] of want.entries()) this.#compare(actual[index], item, `${at}/${index}`);
  }

  #compareObjects(actual: unknown, want: Record<string, unknown>, at: string): void {
    const members = Object.entries(want);
    if (members.length === 0 ? actual === undefined : !isRecord(actual)) return this.#differs(at, actual, want);
    if (isRecord(actual)) for (const [name, value] of members) this.#compare(actual[name], value, `${at}/${name}`);
  }

  #compareText(actual: unknown, want: string, at: string): void {
    if (!this.#matchesText(actual, want)) this.#differs(at, actual, want);
  }

  #matchesText(actual: unknown, want: string): boolean {
    if (want === '*') return isFilled(actual);
    if (want === '>0') return typeof actual === 'number' && actual > 0;
    if (want.startsWith('@json:')) return isJsonOf(actual, want.slice('@json:'.length));
    if (want.startsWith('@envelope:')) return isEnvelope(actual, want.slice('@envelope:'.length));
    const pattern = this.#binding.bind?.[want];
    return pattern === undefined ? actual === want : this.#binds(want, actual, pattern);
  }

  #binds(name: string, actual: unknown, pattern: string): boolean {
    if (typeof actual !== 'string' || !new RegExp(pattern).test(actual)) return false;
    const known = this.#bound.get(name);
    if (known !== undefined) return known === actual;
    if (this.#binding.distinct === true && [...this.#bound.values()].includes(actual)) return false;
    this.#bound.set(name, actual);
    return true;
  }

  #differs(at: string, actual: unknown, want: unknown): void {
    this.#problems.push(`${at}: is ${JSON.stringify(actual)} in place of ${JSON.stringify(want)}`);
  }
}

function isFilled(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (typeof value !== 'object') return true;
  return Object.keys(value).length > 0;
}

function isJsonOf(actual: unknown, json: string): boolean {
  if (typeof actual !== 'string') return false;
  try {
    return isDeepStrictEqual(JSON.parse(actual), JSON.parse(json));
  } catch {
    return false;
  }
}

function isEnvelope(actual: unknown, wanted: string): boolean {
  const issuer = wanted.slice(0, wanted.indexOf(':'));
  if (typeof actual !== 'string' || !actual.startsWith('sw1.')) return false;
  const opaque = unwrapOpaque(actual, 'unknown');
  return opaque.issuer === issuer && opaque.value === wanted.slice(issuer.length + 1);
}

function valueAt(actual: unknown, pointer: string): unknown {
  let value = actual;
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Array.isArray(value)
      ? value[Number(name)]
      : isRecord(value) && Object.hasOwn(value, name)
        ? value[name]
        : undefined;
  }
  return value;
}
