import type { Chain, Target } from '../../domain/chain.ts';
import { embeddingModels, plainModelName } from '../../domain/model-name.ts';
import type { Operation } from '../../domain/operation.ts';
import { createLack, type Lack } from '../../targets/lack.ts';

const NOTE =
  'Entries of another model were skipped, because their vectors do not compare; mixedModels: true of the chain allows them.';

/**
 * Returns why a target may not answer this operation of the chain: it is another model than the chain's first embedding model, whichever
 * entries are up. Undefined where it may.
 */
export function anotherModel({ entries, mixedModels }: Chain, operation: Operation, target: Target): Lack | undefined {
  if (!operation.sameModelOnly || mixedModels) return undefined;
  const [first = target.model] = embeddingModels(entries.map(({ model }) => model));
  if (target.model === first || plainModelName(target.model) === plainModelName(first)) return undefined;
  const what = `another model than '${first}', whose vectors do not compare; mixedModels: true of the chain allows it`;
  return { ...createLack(what, undefined), note: NOTE };
}
