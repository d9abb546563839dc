import type { Chain } from '../../domain/chain.ts';
import { embeddingModels, plainModelName } from '../../domain/model-name.ts';
import type { Operation } from '../../domain/operation.ts';
import { createLack, type Lack } from '../../targets/lack.ts';

const NOTE =
  'Entries of another model were skipped, because their vectors do not compare; mixedModels: true of the chain allows them.';

/**
 * Returns why a model may not answer an operation of a chain: it is another model than the chain's first embedding model, whichever entries are
 * up. The returned function gives undefined for a model that may. Reads the chain once.
 */
export function modelCheck({ entries, mixedModels }: Chain, operation: Operation): (model: string) => Lack | undefined {
  if (!operation.sameModelOnly || mixedModels) return anyModel;
  const [first] = embeddingModels(entries.map(({ model }) => model));
  if (first === undefined) return anyModel;
  const name = plainModelName(first);
  const what = `another model than '${first}', whose vectors do not compare; mixedModels: true of the chain allows it`;
  return (model) => (plainModelName(model) === name ? undefined : { ...createLack(what, undefined), note: NOTE });
}

function anyModel(): undefined {}
