import { isIPv4 } from 'node:net';
import { PRESETS, RETIRED } from '../catalog/presets.ts';
import { nearest } from '../lib/nearest.ts';
import { keyDigest } from './key-digest.ts';
import type { Outline, ProviderOutline } from './outline.ts';
import { splitPair } from './pair.ts';
import { addressProblem } from './endpoint.ts';
import type { ConfigProblem } from './problems.ts';
import type { Config } from './schema.ts';

/** What no schema sees: names that lead nowhere, duplicates, circles, an open door without keys. Lists every problem. */
export function crossCheck(outline: Outline): ConfigProblem[] {
  return [
    ...providers(outline),
    ...chains(outline),
    ...aliases(outline),
    ...keys(outline),
    ...defaults(outline),
    ...server(outline),
  ];
}

function* providers(outline: Outline): Generator<ConfigProblem> {
  if (outline.providers?.size === 0) yield { path: 'providers', message: 'at least one provider is needed' };
  for (const [name, provider] of outline.providers ?? []) {
    const path = `providers.${name}`;
    if (name.includes('/')) yield { path, message: 'a provider name must have no slash' };
    if (provider?.preset !== undefined && !Object.hasOwn(PRESETS, provider.preset)) {
      const retired = Object.hasOwn(RETIRED, provider.preset) ? RETIRED[provider.preset] : undefined;
      const message = retired ?? `unknown preset '${provider.preset}'`;
      const near = retired === undefined ? nearest(provider.preset, Object.keys(PRESETS)) : undefined;
      yield { path: `${path}.preset`, message, nearest: near };
    }
    const wrong = provider?.baseUrl === undefined ? undefined : addressProblem(provider.baseUrl, provider);
    if (wrong !== undefined) yield { path: `${path}.baseUrl`, message: wrong };
    if (provider?.hasAddress === false) yield { path, message: 'needs a preset or a baseUrl' };
    if (provider !== undefined) yield* pool(path, provider);
  }
}

/** The keys of one provider's pool. */
function* pool(path: string, { apiKeys = [], hasKey }: ProviderOutline): Generator<ConfigProblem> {
  if (apiKeys.length > 0 && hasKey)
    yield { path: `${path}.apiKeys`, message: 'stands beside apiKey; write one of them' };
  const seen = new Set<string>();
  for (const [index, key] of apiKeys.entries()) {
    if (key === undefined) continue;
    if (key === 'none') yield { path: `${path}.apiKeys[${index}]`, message: 'is no key; for none write apiKey: none' };
    if (seen.has(key)) yield { path: `${path}.apiKeys[${index}]`, message: 'stands here already' };
    seen.add(key);
  }
}

function* chains(outline: Outline): Generator<ConfigProblem> {
  if (outline.chains?.size === 0) yield { path: 'chains', message: 'at least one chain is needed' };
  const pairs = pairNames(outline);
  for (const [name, entries] of outline.chains ?? []) {
    if (pairs.includes(name)) yield { path: `chains.${name}`, message: `'${name}' names a provider's model too` };
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      if (entry === undefined) continue;
      const path = `chains.${name}.entries[${index}]`;
      if (outline.providers?.has(entry.provider) === false) {
        const near = nearest(entry.provider, outline.providers.keys());
        yield { path: path + entry.at, message: `unknown provider '${entry.provider}'`, nearest: near };
      }
      const pair = `${entry.provider}/${entry.model}`;
      if (seen.has(pair)) yield { path, message: `'${pair}' stands in this chain already` };
      seen.add(pair);
    }
  }
}

function* aliases(outline: Outline): Generator<ConfigProblem> {
  for (const [name, target] of outline.aliases ?? []) {
    const path = `aliases.${name}`;
    if (outline.chains?.has(name) === true) yield { path, message: `a chain is named '${name}' too` };
    if (leadsRound(name, outline)) yield { path, message: 'leads back to itself' };
    else if (target !== undefined && leadsNowhere(outline, target)) {
      const message = `leads to '${target}', which is no chain, alias or provider/model`;
      yield { path, message, nearest: nearest(target, names(outline)) };
    }
  }
}

function leadsRound(start: string, { aliases }: Outline): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = start; at !== undefined; at = aliases?.get(at)) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

function* keys(outline: Outline): Generator<ConfigProblem> {
  const seenNames = new Set<string>();
  const seenKeys = new Set<string>();
  for (const [index, { name, key, chains: allowed }] of (outline.keys ?? []).entries()) {
    const path = `auth.keys[${index}]`;
    if (name !== undefined) {
      if (seenNames.has(name)) yield { path: `${path}.name`, message: `'${name}' names a key already` };
      seenNames.add(name);
    }
    if (key !== undefined) {
      const digest = keyDigest(key);
      if (seenKeys.has(digest)) yield { path: `${path}.key`, message: 'stands here already' };
      seenKeys.add(digest);
    }
    for (const [at, chain] of allowed.entries())
      if (chain !== undefined) yield* unknownChain(outline, `${path}.chains[${at}]`, chain);
  }
}

function* defaults(outline: Outline): Generator<ConfigProblem> {
  if (outline.defaultChain !== undefined) yield* unknownChain(outline, 'defaults.chain', outline.defaultChain);
  else if (outline.unknownModel === 'default') yield { path: 'defaults.unknownModel', message: 'needs defaults.chain' };
}

function* unknownChain(outline: Outline, path: string, chain: string): Generator<ConfigProblem> {
  if (leadsNowhere(outline, chain))
    yield { path, message: `unknown chain '${chain}'`, nearest: nearest(chain, names(outline)) };
}

function* server({ host, keys }: Outline): Generator<ConfigProblem> {
  if (host !== undefined && !isLoopback(host) && keys?.length === 0)
    yield { path: 'server.host', message: `'${host}' is open to others, which needs auth.keys` };
}

/** Whether a configuration has no key of a caller's: who comes is served then, and so only this machine may come. */
export function isKeyless({ auth }: Pick<Config, 'auth'>): boolean {
  return (auth?.keys ?? []).length === 0;
}

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

/** Whether no request could be meant by this name. Where names cannot be read it is not known, so it is not said. */
function leadsNowhere(outline: Outline, name: string): boolean {
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
