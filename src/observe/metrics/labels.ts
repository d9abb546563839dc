import { OTHER } from '../../store/label-bound.ts';

/** Stands for the absence of a value. */
export const NONE = '(none)';

/** The values of one or more labels, each known by a small number. Number 0 is `(other)`. */
export interface Labels {
  /** Names of the labels. */
  readonly names: readonly string[];
  /** Above every number. */
  readonly size: number;
  /** Whether its values come from the configuration, and are given up first where there are too many series. */
  readonly open: boolean;
  /** The values of a number. */
  valuesOf(id: number): readonly string[];
}

/** Labels of one closed list. */
export class ClosedLabels<Value extends string = string> implements Labels {
  readonly names: readonly string[];
  readonly size: number;
  readonly open = false;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #values: readonly (readonly string[])[];

  constructor(name: string, values: readonly Value[]) {
    this.names = [name];
    this.#values = [[OTHER], ...values.map((value) => [value])];
    this.#ids = new Map(values.map((value, index) => [value, index + 1]));
    this.size = this.#values.length;
  }

  /** The number of a value; 0 for one that is not in the list. */
  id(value: Value): number {
    return this.#ids.get(value) ?? 0;
  }

  valuesOf(id: number): readonly string[] {
    return this.#values[id] ?? this.#values[0] ?? [];
  }
}

/** Most chains with series of their own. */
const MAX_CHAINS = 2047;
const NO_CHAIN = 1;
const PAIR = 2;

/** The label `chain`: the names of configured chains; `(pair)` for a model that was named, `(none)` for a request without a chain. */
export class ChainLabels implements Labels {
  readonly names = ['chain'];
  readonly size = MAX_CHAINS + 1;
  readonly open = true;
  readonly #isConfigured: (name: string) => boolean;
  readonly #ids = new Map<string, number>();
  readonly #values: (readonly string[])[] = [[OTHER], [NONE], ['(pair)']];

  /** `isConfigured`: whether the present configuration has a chain of that name. */
  constructor(isConfigured: (name: string) => boolean) {
    this.#isConfigured = isConfigured;
  }

  /** The number of the chain of a request. */
  id(name: string | undefined): number {
    if (name === undefined) return NO_CHAIN;
    return this.#ids.get(name) ?? this.#newId(name);
  }

  valuesOf(id: number): readonly string[] {
    return this.#values[id] ?? [OTHER];
  }

  #newId(name: string): number {
    if (!this.#isConfigured(name)) return PAIR;
    if (this.#values.length > MAX_CHAINS) return 0;
    this.#ids.set(name, this.#values.length);
    return this.#values.push([name]) - 1;
  }
}
