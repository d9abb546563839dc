import { isRecord } from '../record.ts';
import type { Steps } from '../steps.ts';
import { ownProblemOf, Sizes, workOf } from './own-problem.ts';
import type { SchemaNode } from './schema-node.ts';

/** Most work, in applications of a small schema to a small value: about a second. */
const MAX_WORK = 2_000_000;
/** So much work is one step. */
const STEP_WORK = 256;
/** Deepest nesting of values and schemas together. The check is recursive. */
const MAX_DEPTH = 500;
/** Longest path in a problem, in characters. */
const MAX_PATH = 200;

/**
 * What is wrong with a value of JSON by a schema, with its place as far as the schema names it: `/items/3/price: must be a number`. Undefined
 * where it matches. The work is proportional to the schema times the value at most, in steps; a value that takes more than about
 * a second, or that has more than 500 levels, is a problem too. The text holds no part of the value.
 */
export function* validateSteps(schema: SchemaNode, value: unknown): Steps<string | undefined> {
  try {
    const problem = yield* new Validation().check(schema, value);
    if (problem === undefined) return undefined;
    const path = problem.path.map((part) => `/${part}`).join('');
    return `${path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path}: ${problem.text}`.replace(/^: /, '');
  } catch (thrown) {
    if (thrown instanceof TooMuch) return thrown.message;
    throw thrown;
  }
}

/** The check cannot be finished, whatever the schema would say. */
class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

interface Problem {
  /** From the value that was checked to the one that is wrong. */
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** The value itself has a type that the schema does not allow. */
  readonly byType?: true | undefined;
}

class Validation {
  #work = 0;
  #pauseAt = STEP_WORK;
  #depth = 0;
  readonly #sizes = new Sizes();
  /** Results of schemas that are referred to, by schema and value. Without them, recursive alternatives take exponential time. */
  readonly #known = new Map<SchemaNode, Map<unknown, Problem | undefined>>();

  *check(node: SchemaNode, value: unknown): Steps<Problem | undefined> {
    this.#work += workOf(node);
    if (this.#work >= this.#pauseAt) {
      this.#pauseAt = this.#work + STEP_WORK;
      yield;
    }
    if (this.#work > MAX_WORK) throw new TooMuch('is too large to be checked');
    if (this.#depth === MAX_DEPTH) throw new TooMuch('is nested too deeply to be checked');
    this.#depth++;
    const own = ownProblemOf(node, value, this.#sizes);
    let problem: Problem | undefined = own && { path: [], ...own };
    problem ??= yield* this.#inPlace(node, value);
    if (Array.isArray(value)) problem ??= yield* this.#items(node, value);
    else if (isRecord(value)) problem ??= yield* this.#properties(node, value);
    this.#depth--;
    return problem;
  }

  *#inPlace(node: SchemaNode, value: unknown): Steps<Problem | undefined> {
    const { ref, all = [], any, one, not, condition } = node;
    let problem = ref && (yield* this.#referred(ref, value));
    for (const each of all) problem ??= yield* this.check(each, value);
    if (any !== undefined) problem ??= yield* this.#any(any, value);
    if (one !== undefined) problem ??= yield* this.#one(one, value);
    if (problem !== undefined) return problem;
    if (not !== undefined && (yield* this.check(not, value)) === undefined)
      return { path: [], text: 'must not match the schema of not' };
    if (condition === undefined) return undefined;
    const branch = (yield* this.check(condition.test, value)) === undefined ? condition.met : condition.unmet;
    return branch && (yield* this.check(branch, value));
  }

  *#referred(node: SchemaNode, value: unknown): Steps<Problem | undefined> {
    let known = this.#known.get(node);
    if (known === undefined) this.#known.set(node, (known = new Map()));
    // What a schema says of a value does not depend on where the value is.
    if (known.has(value)) return known.get(value);
    const problem = yield* this.check(node, value);
    known.set(value, problem);
    return problem;
  }

  *#any(nodes: readonly SchemaNode[], value: unknown): Steps<Problem | undefined> {
    const problems: Problem[] = [];
    for (const node of nodes) {
      const problem = yield* this.check(node, value);
      if (problem === undefined) return undefined;
      problems.push(problem);
    }
    // Often the others are for other types, such as null.
    const [closest, ...more] = problems.filter(({ byType }) => byType !== true);
    return closest !== undefined && more.length === 0
      ? closest
      : { path: [], text: 'must match one of the schemas of anyOf' };
  }

  *#one(nodes: readonly SchemaNode[], value: unknown): Steps<Problem | undefined> {
    let matching = 0;
    for (const node of nodes) {
      if ((yield* this.check(node, value)) !== undefined) continue;
      if (++matching > 1) return { path: [], text: 'must match only one of the schemas of oneOf' };
    }
    return matching === 1 ? undefined : { path: [], text: 'must match one of the schemas of oneOf' };
  }

  *#items({ prefix = [], items }: SchemaNode, list: readonly unknown[]): Steps<Problem | undefined> {
    const checked = items === undefined ? Math.min(prefix.length, list.length) : list.length;
    for (let index = 0; index < checked; index++) {
      const node = prefix[index] ?? items;
      const problem = node && (yield* this.check(node, list[index]));
      if (problem !== undefined) return within(index, problem);
    }
    return undefined;
  }

  *#properties(node: SchemaNode, object: Readonly<Record<string, unknown>>): Steps<Problem | undefined> {
    const { properties, additional, names } = node;
    for (const [name, each] of properties ?? []) {
      if (!Object.hasOwn(object, name)) continue;
      const problem = yield* this.check(each, object[name]);
      if (problem !== undefined) return within(name, problem);
    }
    if (additional === undefined && names === undefined) return undefined;
    for (const name of Object.keys(object)) {
      const problem =
        (names && (yield* this.check(names, name))) ??
        (additional && properties?.has(name) !== true ? yield* this.check(additional, object[name]) : undefined);
      // The name is a part of the value.
      if (problem !== undefined) return additional?.never === true ? NOT_ALLOWED : within('*', problem);
    }
    return undefined;
  }
}

const NOT_ALLOWED: Problem = Object.freeze({
  path: Object.freeze([]),
  text: 'has a property that the schema does not allow',
});

function within(part: string | number, { path, text }: Problem): Problem {
  return { path: [part, ...path], text };
}
