import type { Chain, Snapshot } from '../domain/chain.ts';
import { isEmbeddingName, plainModelName } from '../domain/model-name.ts';
import { printable } from '../lib/printable.ts';

/**
 * A warning for each chain that has an embedding model, by its name, beside another model, unless the chain allows `mixedModels`: embeddings
 * are answered by its first model only. Empty without any.
 */
export function mixedModelWarnings({ chains }: Snapshot): string {
  const lines = [...chains.values()].flatMap((chain) => warningOf(chain) ?? []);
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}

function warningOf({ name, entries, mixedModels }: Chain): string | undefined {
  const models = [...new Map(entries.map(({ model }) => [plainModelName(model), model])).values()];
  const [first] = entries;
  if (mixedModels || first === undefined || models.length < 2 || !models.some(isEmbeddingName)) return undefined;
  return printable(
    `warning: chains.${name}: embeddings are answered by ${first.model} only, because vectors of two models do not compare; ` +
      `give each embedding model a chain of its own, or set mixedModels: true`,
  );
}
