import { embeddingModels, looksLikeEmbeddings } from '../domain/model-name.ts';
import { shortKeyWarnings, writtenKeysOf } from './exposure.ts';
import type { ConfigProblem } from './problems.ts';
import type { Config } from './schema.ts';

/** Ends of URLs in providers' examples. The gateway appends the path of the operation to the base URL, so they would occur twice. */
const OPERATION_PATH = /\/(?:chat\/completions|completions|embeddings|responses|messages)$/i;
const DOUBLED_VERSION = /\/(v\d+(?:beta\d*)?)(?:\/\1)+(?=\/|$)/i;

/** What is probably a mistake in a valid configuration. Pure. */
export function configWarnings(config: Pick<Config, 'auth' | 'providers' | 'chains'>): ConfigProblem[] {
  const { providers, chains } = config;
  const ofProviders = Object.entries(providers).flatMap(([name, { baseUrl }]) =>
    baseUrl === undefined
      ? []
      : baseUrlWarnings(baseUrl).map((message) => ({ path: `providers.${name}.baseUrl`, message })),
  );
  const ofChains = Object.entries(chains).flatMap(([name, chain]) => {
    const path = `chains.${name}`;
    return [
      { path, message: mixedModelWarning(chain) },
      { path: `${path}.hedge`, message: loneProviderWarning(chain, providers) },
    ].flatMap(({ message, ...place }) => (message === undefined ? [] : [{ ...place, message }]));
  });
  return [...shortKeyWarnings(writtenKeysOf(config)), ...ofProviders, ...ofChains];
}

/** The message for a chain that hedges and has no second server for it. */
function loneProviderWarning(
  { entries, hedge }: Config['chains'][string],
  providers: Config['providers'],
): string | undefined {
  if (hedge === undefined) return undefined;
  const servers = new Set(entries.map(({ provider }) => providers[provider]?.baseUrl ?? provider));
  if (servers.size > 1) return undefined;
  const names = [...new Set(entries.map(({ provider }) => `'${provider}'`))].join(' and ');
  return `has no effect, because all entries are served by ${names}; add an entry of another provider, or remove hedge`;
}

/** The message for a chain with several embedding models, by their names, unless it allows `mixedModels`. */
function mixedModelWarning({ entries, mixedModels }: Config['chains'][string]): string | undefined {
  const models = entries.map(({ model }) => model);
  const [first, second] = embeddingModels(models);
  // Without a name of an embedding model it is a chain for something else.
  if (mixedModels === true || second === undefined || !models.some(looksLikeEmbeddings)) return undefined;
  return (
    `embeddings are answered by ${first} only, because vectors of two models do not compare; ` +
    `give each embedding model a chain of its own, or set mixedModels: true`
  );
}

/** The messages quote no more of a URL than what is wrong in it: a variable may have put a secret into the rest. */
function baseUrlWarnings(baseUrl: string): string[] {
  const path = URL.parse(baseUrl)?.pathname ?? '';
  const warnings: string[] = [];
  const end = OPERATION_PATH.exec(path)?.[0];
  if (end !== undefined) warnings.push(`ends in ${end}, and the gateway appends the path itself; remove ${end}`);
  const [doubled, version] = DOUBLED_VERSION.exec(path) ?? [];
  if (doubled !== undefined) warnings.push(`contains ${doubled}; write /${version} once`);
  return warnings;
}
