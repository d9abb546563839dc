import { embeddingModels, looksLikeEmbeddings } from '../domain/model-name.ts';
import { shortKeyWarnings, writtenKeysOf } from './exposure.ts';
import { isWideNetwork } from './network.ts';
import type { ConfigProblem } from './problems.ts';
import type { Config } from './schema.ts';

/** Ends of URLs in providers' examples. The gateway appends the path of the operation to the base URL, so they would occur twice. */
const OPERATION_PATH = /\/(?:chat\/completions|completions|embeddings|responses|messages)$/i;
const DOUBLED_VERSION = /\/(v\d+(?:beta\d*)?)(?:\/\1)+(?=\/|$)/i;

/** What is probably a mistake in a valid configuration. Pure. */
export function configWarnings(
  config: Pick<Config, 'auth' | 'tenants' | 'store' | 'providers' | 'chains'>,
): ConfigProblem[] {
  const { providers, chains } = config;
  const ofProviders = Object.entries(providers).flatMap(([name, provider]) =>
    baseUrlWarnings(provider).map((message) => ({ path: `providers.${name}.baseUrl`, message })),
  );
  const ofChains = Object.entries(chains).flatMap(([name, chain]) => {
    const path = `chains.${name}`;
    return [
      { path, message: mixedModelWarning(chain) },
      { path: `${path}.hedge`, message: loneProviderWarning(chain, providers) },
    ].flatMap(({ message, ...place }) => (message === undefined ? [] : [{ ...place, message }]));
  });
  return [
    ...shortKeyWarnings(writtenKeysOf(config)),
    ...proxyWarnings(config),
    ...budgetWarnings(config),
    ...ofProviders,
    ...ofChains,
  ];
}

/** A client that can connect from an address of the proxy can name any user. */
function proxyWarnings({ auth }: Pick<Config, 'auth'>): ConfigProblem[] {
  if (auth?.proxy === undefined) return [];
  const path = 'auth.proxy.from';
  const { from } = auth.proxy;
  if (from === undefined)
    return [
      { path, message: 'is missing, so that auth.proxy authenticates no user; write the addresses of the proxy' },
    ];
  return from.filter(isWideNetwork).map((network) => ({
    path,
    message: `${network} is a large part of the internet, and any client there can name any user; write the addresses of the proxy`,
  }));
}

/** Budgets need a memory that is longer than that of the process. */
function budgetWarnings({ auth, tenants = {}, store }: Pick<Config, 'auth' | 'tenants' | 'store'>): ConfigProblem[] {
  if (store !== undefined && store.url !== 'memory:') return [];
  const owners = [...(auth?.keys ?? []), ...Object.values(tenants)];
  if (!owners.some((owner) => (owner?.budgets ?? []).length > 0)) return [];
  const message =
    'without a store every budget begins at 0 after a restart; set store.url, for example sqlite:./spillway.db';
  return [{ path: 'store', message }];
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
function baseUrlWarnings(provider: Config['providers'][string]): string[] {
  const { baseUrl } = provider;
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  if (url === null) return [];
  const path = url.pathname;
  const noVersion = versionWarning(url, provider);
  const warnings: string[] = noVersion === undefined ? [] : [noVersion];
  const end = OPERATION_PATH.exec(path)?.[0];
  if (end !== undefined) warnings.push(`ends in ${end}, and the gateway appends the path itself; remove ${end}`);
  const [doubled, version] = DOUBLED_VERSION.exec(path) ?? [];
  if (doubled !== undefined) warnings.push(`contains ${doubled}; write /${version} once`);
  return warnings;
}

/** The message for a base URL without a path, at a host where the provider's API is known to begin below one. */
function versionWarning(
  { pathname, hostname }: URL,
  { dialect, preset }: Pick<Config['providers'][string], 'dialect' | 'preset'>,
): string | undefined {
  if (pathname !== '/' || dialect === 'anthropic' || (dialect === undefined && preset !== undefined)) return undefined;
  if (hostname === ANTHROPIC) return `is Anthropic's API, which has another dialect; set dialect: anthropic`;
  if (hostname !== OPENAI && !LOOPBACK.test(hostname)) return undefined;
  return 'has no path, and servers of this dialect have their API below /v1; add /v1, unless this one differs';
}

const ANTHROPIC = 'api.anthropic.com';
const OPENAI = 'api.openai.com';
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
