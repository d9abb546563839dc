import type { Chain, Snapshot } from '../domain/chain.ts';
import { embeddingModels, looksLikeEmbeddings } from '../domain/model-name.ts';
import { printable } from '../lib/printable.ts';

/**
 * A warning for each chain that has several embedding models, by their names, unless the chain allows `mixedModels`: embeddings are answered
 * by the first of them only. Empty without any.
 */
export function mixedModelWarnings({ chains }: Snapshot): string {
  const lines = [...chains.values()].flatMap((chain) => warningOf(chain) ?? []);
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}

function warningOf({ name, entries, mixedModels }: Chain): string | undefined {
  const all = entries.map(({ model }) => model);
  const [first, second] = embeddingModels(all);
  // Without a name of an embedding model it is a chain for something else.
  if (mixedModels || second === undefined || !all.some(looksLikeEmbeddings)) return undefined;
  return printable(
    `warning: chains.${name}: embeddings are answered by ${first} only, because vectors of two models do not compare; ` +
      `give each embedding model a chain of its own, or set mixedModels: true`,
  );
}
