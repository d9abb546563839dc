import { PRESETS, RETIRED } from '../catalog/presets.ts';
import { nearest } from '../lib/nearest.ts';
import { addressProblem } from './endpoint.ts';
import { keylessProblem, shortKeyProblems } from './exposure.ts';
import { keyDigest } from './key-digest.ts';
import type { Outline, ProviderOutline } from './outline.ts';
import { unknownProvider } from './known-names.ts';
import { splitPair } from './pair.ts';
import type { ConfigProblem } from './problems.ts';

/**
 * Finds problems that a schema cannot: references to unknown names, duplicates, circular aliases, addresses that are not allowed, and a gateway
 * without keys, or with short ones, that other machines can reach. Returns every problem. Pure.
 */
export function crossCheck(outline: Outline): ConfigProblem[] {
  return [
    ...providers(outline),
    ...chains(outline),
    ...aliases(outline),
    ...keys(outline),
    ...defaults(outline),
    ...server(outline),
    ...bodies(outline),
  ];
}

function* providers(outline: Outline): Generator<ConfigProblem> {
  if (outline.providers?.size === 0) yield { path: 'providers', message: 'at least one provider is needed' };
  for (const [name, provider] of outline.providers ?? []) {
    const path = `providers.${name}`;
    if (name.includes('/')) yield { path, message: "the name of a provider must not contain '/'" };
    if (provider?.preset !== undefined && !Object.hasOwn(PRESETS, provider.preset)) {
      const retired = Object.hasOwn(RETIRED, provider.preset) ? RETIRED[provider.preset] : undefined;
      const message = retired ?? `unknown preset '${provider.preset}'`;
      const near = retired === undefined ? nearest(provider.preset, Object.keys(PRESETS)) : undefined;
      yield { path: `${path}.preset`, message, nearest: near };
    }
    const problem = provider?.baseUrl === undefined ? undefined : addressProblem(provider.baseUrl, provider);
    if (problem !== undefined) yield { path: `${path}.baseUrl`, message: problem };
    if (provider?.hasAddress === false) yield { path, message: 'needs a preset or a baseUrl' };
    if (provider !== undefined) yield* keyPool(path, provider);
  }
}

/** The keys of one provider's pool. */
function* keyPool(path: string, { apiKeys = [], hasKey }: ProviderOutline): Generator<ConfigProblem> {
  if (apiKeys.length > 0 && hasKey)
    yield { path: `${path}.apiKeys`, message: 'cannot be combined with apiKey; remove one of them' };
  const seen = new Set<string>();
  for (const [index, key] of apiKeys.entries()) {
    if (key === undefined) continue;
    if (key === 'none')
      yield {
        path: `${path}.apiKeys[${index}]`,
        message: "'none' is not a key; for a server without keys write apiKey: none",
      };
    if (seen.has(key)) yield { path: `${path}.apiKeys[${index}]`, message: 'duplicate key; remove it' };
    seen.add(key);
  }
}

function* chains(outline: Outline): Generator<ConfigProblem> {
  if (outline.chains?.size === 0) yield { path: 'chains', message: 'at least one chain is needed' };
  const pairs = pairNames(outline);
  for (const [name, entries] of outline.chains ?? []) {
    if (pairs.includes(name))
      yield { path: `chains.${name}`, message: `'${name}' is also a provider/model; rename the chain` };
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      if (entry === undefined) continue;
      const path = `chains.${name}.entries[${index}]`;
      if (outline.providers?.has(entry.provider) === false) {
        const near = nearest(entry.provider, outline.providers.keys());
        yield { path: path + entry.at, message: `unknown provider '${entry.provider}'`, nearest: near };
      }
      const pair = `${entry.provider}/${entry.model}`;
      if (seen.has(pair)) yield { path, message: `duplicate entry '${pair}'; remove it` };
      seen.add(pair);
    }
  }
}

function* aliases(outline: Outline): Generator<ConfigProblem> {
  for (const [name, target] of outline.aliases ?? []) {
    const path = `aliases.${name}`;
    if (outline.chains?.has(name) === true)
      yield { path, message: `'${name}' is also the name of a chain; rename the alias` };
    if (isCircular(name, outline)) yield { path, message: 'circular alias; point it to a chain or provider/model' };
    else if (target !== undefined && isUnknown(outline, target)) {
      const message = `'${target}' is not a chain, an alias or provider/model`;
      yield { path, message, nearest: nearest(target, names(outline)) };
    }
  }
}

function isCircular(start: string, { aliases }: Outline): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = start; at !== undefined; at = aliases?.get(at)) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

const NO_KEY = 'is empty; add a key or a store that holds keys, or write auth: none for a gateway without keys';

function* keys(outline: Outline): Generator<ConfigProblem> {
  const seenNames = new Set<string>();
  const seenKeys = new Set<string>();
  if (outline.isKeyed && outline.keys?.length === 0 && !outline.keepsKeys) yield { path: 'auth.keys', message: NO_KEY };
  for (const [index, { name, key, chains: allowed, models }] of (outline.keys ?? []).entries()) {
    const path = `auth.keys[${index}]`;
    if (name !== undefined) {
      if (seenNames.has(name)) yield { path: `${path}.name`, message: `duplicate name '${name}'; choose another one` };
      seenNames.add(name);
    }
    if (key !== undefined) {
      const digest = keyDigest(key);
      if (seenKeys.has(digest)) yield { path: `${path}.key`, message: 'duplicate key; choose another one' };
      seenKeys.add(digest);
    }
    for (const [at, chain] of allowed.entries())
      if (chain !== undefined) yield* unknownChain(outline, `${path}.chains[${at}]`, chain);
    for (const [at, pattern] of models.entries()) {
      const unknown = pattern === undefined ? undefined : unknownProvider(pattern, outline.providers?.keys());
      if (unknown !== undefined) yield { path: `${path}.models[${at}]`, ...unknown };
    }
  }
}

function* defaults(outline: Outline): Generator<ConfigProblem> {
  if (outline.defaultChain !== undefined) yield* unknownChain(outline, 'defaults.chain', outline.defaultChain);
  else if (outline.unknownModel === 'default')
    yield { path: 'defaults.unknownModel', message: "'default' needs defaults.chain; set it" };
}

function* bodies(outline: Outline): Generator<ConfigProblem> {
  for (const [index, chain] of outline.bodyChains.entries())
    if (chain !== undefined) yield* unknownChain(outline, `log.bodies.chains[${index}]`, chain);
}

function* unknownChain(outline: Outline, path: string, chain: string): Generator<ConfigProblem> {
  if (isUnknown(outline, chain))
    yield { path, message: `unknown chain '${chain}'`, nearest: nearest(chain, names(outline)) };
}

function* server({ host, keys, keepsKeys }: Outline): Generator<ConfigProblem> {
  if (host === undefined || keys === undefined) return;
  const problem = keys.length === 0 && !keepsKeys ? keylessProblem(host) : undefined;
  if (problem !== undefined) yield { path: 'server.host', message: problem };
  yield* shortKeyProblems(
    keys.map(({ key }) => key),
    host,
  );
}

/** Whether no chain, alias or model has this name. False when the names of the configuration cannot be parsed. */
function isUnknown(outline: Outline, name: string): boolean {
  const { providers, chains, aliases } = outline;
  if (providers === undefined || chains === undefined || aliases === undefined) return false;
  const pair = splitPair(name);
  const opened = pair !== undefined && pair.model !== '*' && providers.get(pair.provider)?.models.includes('*');
  return opened !== true && !names(outline).includes(name);
}

function names(outline: Outline): string[] {
  return [...(outline.chains?.keys() ?? []), ...(outline.aliases?.keys() ?? []), ...pairNames(outline)];
}

function pairNames({ chains, providers }: Outline): string[] {
  const listed = [...(chains?.values() ?? [])].flat().filter((entry) => entry !== undefined);
  const opened = [...(providers ?? [])].flatMap(([provider, known]) =>
    (known?.models ?? []).filter((model) => model !== '*').map((model) => ({ provider, model })),
  );
  return [...listed, ...opened].map(({ provider, model }) => `${provider}/${model}`);
}
