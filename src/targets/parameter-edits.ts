import type { Target } from '../domain/chain.ts';
import type { Call } from '../domain/call.ts';
import type { Operation } from '../domain/operation.ts';
import { boundsOutput, namesLike, OUTPUT_BOUNDS } from '../domain/parameter-rules.ts';
import type { RequestBody } from '../domain/request-body.ts';
import { sentAs } from './profiles.ts';

/** What the operator's parameters change in one request to a target. */
export interface ParameterEdits {
  /** The new values of top-level fields; undefined removes the field. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The fields that got a default, by the names under which they are sent. */
  readonly defaults: readonly string[];
  /** The fields whose value is the operator's, by the names under which they are sent; those with a default among them. */
  readonly given: ReadonlySet<string>;
}

/**
 * What the operator's parameters change in a request to a target. `without`: defaults that are not given, by the names under which
 * they would be sent. A field that is known by two names counts by its meaning. Pure.
 */
export function parameterEdits(
  call: Pick<Call, 'operation' | 'body'>,
  target: Target,
  without: ReadonlySet<string>,
): ParameterEdits {
  if (target.parameters === undefined) return NOTHING;
  const edits = new Edits(call, target);
  edits.fill(without);
  edits.cap();
  edits.set();
  return edits;
}

const NOTHING: ParameterEdits = Object.freeze({
  values: new Map<string, unknown>(),
  defaults: Object.freeze([]),
  given: new Set<string>(),
});

class Edits implements ParameterEdits {
  readonly values = new Map<string, unknown>();
  readonly defaults: string[] = [];
  readonly given = new Set<string>();
  readonly #operation: Operation;
  readonly #body: RequestBody;
  readonly #target: Target;

  constructor({ operation, body }: Pick<Call, 'operation' | 'body'>, target: Target) {
    this.#operation = operation;
    this.#body = body;
    this.#target = target;
  }

  fill(without: ReadonlySet<string>): void {
    const { defaults = [], clientMayNotSend } = this.#target.parameters ?? {};
    for (const [field, value] of defaults) {
      const name = this.#sentName(field);
      const isSent = this.#namesOf(field).some((each) => this.#body.has(each));
      if (isSent && clientMayNotSend?.has(field) === true) this.#remove(field);
      if (isSent || without.has(name)) continue;
      this.#give(field, value);
      this.defaults.push(name);
    }
  }

  cap(): void {
    for (const [field, most] of this.#target.parameters?.max ?? [])
      for (const name of this.#namesOf(field))
        if (exceeds(this.#valueOf(name), { field: name, most })) this.values.set(name, most);
  }

  set(): void {
    for (const [field, value] of this.#target.parameters?.set ?? []) if (value === null) this.#remove(field);
    for (const [field, value] of this.#target.parameters?.set ?? []) if (value !== null) this.#give(field, value);
  }

  #give(field: string, value: unknown): void {
    this.#remove(field);
    this.values.set(this.#nameOf(field), value);
    this.given.add(this.#sentName(field));
  }

  #sentName(field: string): string {
    const name = this.#nameOf(field);
    return sentAs(this.#target, name) ?? name;
  }

  /** The name by which the API of the request has a field. Each API has its own for the longest answer. */
  #nameOf(field: string): string {
    if (!boundsOutput(field) || this.#operation.hasField(field)) return field;
    return [...OUTPUT_BOUNDS].find((name) => this.#operation.hasField(name)) ?? field;
  }

  #valueOf(name: string): unknown {
    return this.values.has(name) ? this.values.get(name) : this.#body.get(name);
  }

  /** Two names of one meaning would be two values for it. */
  #remove(field: string): void {
    for (const name of this.#namesOf(field)) {
      if (this.#body.includes(name)) this.values.set(name, undefined);
      else this.values.delete(name);
    }
  }

  /** The fields of the request, as edited so far, that mean the same as this one. */
  #namesOf(field: string): string[] {
    return namesLike(field, this.#target.quirks.renames).filter(
      (name) => this.values.has(name) || this.#body.includes(name),
    );
  }
}

/** Most characters of a text that is compared as a number. */
const LONGEST_NUMBER = 400;

/** Whether a value is above a bound. Some servers read a number in a text as a number. */
function exceeds(value: unknown, { field, most }: { readonly field: string; readonly most: number }): boolean {
  // A number of so many digits is cut where it is read.
  if (typeof value === 'string' && value.length > LONGEST_NUMBER) return true;
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  if (!isNumeric) return false;
  const number = Number(value);
  return number > most || (boundsOutput(field) && number <= 0);
}
