import { ANONYMOUS, INTERNAL, LOCAL } from '../../domain/principal.ts';
import { OTHER } from '../../store/label-bound.ts';
import { type Labels, NONE } from './labels.ts';

/** The name of a key, and its tenant; empty without one. */
export interface NamedKey {
  readonly tenant: string;
  readonly name: string;
}

/** The principals that are no keys, by their ids. */
const FIXED: readonly (readonly [string, readonly string[]])[] = [
  [ANONYMOUS.id, ['', NONE]],
  [INTERNAL.id, ['', INTERNAL.name]],
  [LOCAL.id, ['', LOCAL.name]],
];

/**
 * The labels `tenant` and `key`: names of keys of the configuration and the store, the first ones that are seen. Every other principal is
 * `(other)`, because applications may name end users.
 */
export class KeyLabels implements Labels {
  readonly names = ['tenant', 'key'];
  readonly size: number;
  readonly open = true;
  readonly #find: (id: string) => NamedKey | undefined;
  readonly #max: number;
  readonly #ids = new Map<string, number>(FIXED.map(([id], index) => [id, index + 1]));
  readonly #values: (readonly string[])[] = [[OTHER, OTHER], ...FIXED.map(([, values]) => values)];

  /** `find`: the key of an id; undefined for a principal that is none. `max`: how many keys get a number. */
  constructor(find: (id: string) => NamedKey | undefined, max: number) {
    this.#find = find;
    this.#max = max + FIXED.length;
    this.size = this.#max + 1;
  }

  /** The number of a principal, by the id of its key. */
  id(keyId: string): number {
    return this.#ids.get(keyId) ?? this.#newId(keyId);
  }

  valuesOf(id: number): readonly string[] {
    return this.#values[id] ?? [OTHER, OTHER];
  }

  /** Ids of the keys that have a number. */
  get keyIds(): readonly string[] {
    return [...this.#ids.keys()].slice(FIXED.length);
  }

  #newId(keyId: string): number {
    if (this.#values.length > this.#max) return 0;
    const key = this.#find(keyId);
    if (key === undefined) return 0;
    this.#ids.set(keyId, this.#values.length);
    return this.#values.push([key.tenant, key.name]) - 1;
  }
}
