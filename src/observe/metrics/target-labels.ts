import { OTHER } from '../../store/label-bound.ts';
import type { Labels } from './labels.ts';

/** Most models with series of their own. */
const MAX_TARGETS = 8191;
/** Most models that clients have named, of providers that allow all their models. */
const MAX_NAMED = 200;
/** What names of models look like. Clients choose them, and some servers answer for every name. */
const MODEL_NAME = /^[\w.:/@+-]{1,100}$/;

/** What is known of models in the configuration. */
export interface KnownTargets {
  /** Whether the present configuration names a model. */
  readonly isConfigured: (provider: string, model: string) => boolean;
  /** Whether it has a provider of that name. */
  readonly hasProvider: (provider: string) => boolean;
  /** Whether a text holds nothing that looks like a secret. */
  readonly isHarmless: (text: string) => boolean;
}

/**
 * The labels `provider` and `model`: those of the configuration. Of a provider that allows all its models (`"*"`) a model that clients name is
 * `(other)` until it has answered; 200 of them get series of their own.
 */
export class TargetLabels implements Labels {
  readonly names = ['provider', 'model'];
  readonly size = MAX_TARGETS + 1;
  readonly open = true;
  readonly #known: KnownTargets;
  readonly #ids = new Map<string, Map<string, number>>();
  readonly #values: (readonly string[])[] = [[OTHER, OTHER]];
  #named = 0;

  constructor(known: KnownTargets) {
    this.#known = known;
  }

  /** The number of a model. */
  id(provider: string, model: string): number {
    return this.#ids.get(provider)?.get(model) ?? this.#newId(provider, model);
  }

  /** Notes that a model has answered. */
  answered(provider: string, model: string): void {
    if (this.#ids.get(provider)?.has(model) === true || this.#named >= MAX_NAMED) return;
    const { isConfigured, hasProvider, isHarmless } = this.#known;
    if (isConfigured(provider, model) || !hasProvider(provider) || !MODEL_NAME.test(model) || !isHarmless(model))
      return;
    this.#named++;
    this.#add(provider, model);
  }

  valuesOf(id: number): readonly string[] {
    return this.#values[id] ?? [OTHER, OTHER];
  }

  #newId(provider: string, model: string): number {
    if (this.#known.isConfigured(provider, model)) return this.#add(provider, model);
    const other = this.#ids.get(provider)?.get(OTHER);
    if (other !== undefined) return other;
    return this.#known.hasProvider(provider) ? this.#add(provider, OTHER) : 0;
  }

  #add(provider: string, model: string): number {
    if (this.#values.length > MAX_TARGETS) return 0;
    const models = this.#ids.get(provider) ?? new Map<string, number>();
    this.#ids.set(provider, models);
    models.set(model, this.#values.length);
    return this.#values.push([provider, model]) - 1;
  }
}
