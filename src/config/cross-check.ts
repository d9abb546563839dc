import { PRESETS } from '../catalog/presets.ts';
import { nearest } from '../lib/nearest.ts';
import type { ConfigProblem } from './problems.ts';
import type { Config } from './schema.ts';

/** What no schema sees: names that lead nowhere, duplicates, circles, an open door without keys. Lists every problem. */
export function crossCheck(config: Config): ConfigProblem[] {
  return [
    ...providers(config),
    ...chains(config),
    ...aliases(config),
    ...keys(config),
    ...defaults(config),
    ...server(config),
  ];
}

function* providers(config: Config): Generator<ConfigProblem> {
  if (Object.keys(config.providers).length === 0)
    yield { path: 'providers', message: 'at least one provider is needed' };
  for (const [name, provider] of Object.entries(config.providers)) {
    const path = `providers.${name}`;
    if (name.includes('/')) yield { path, message: 'a provider name must have no slash' };
    if (provider.preset !== undefined && !Object.hasOwn(PRESETS, provider.preset)) {
      yield {
        path: `${path}.preset`,
        message: `unknown preset '${provider.preset}'`,
        nearest: nearest(provider.preset, Object.keys(PRESETS)),
      };
    } else if (provider.preset === undefined && provider.baseUrl === undefined) {
      yield { path, message: 'needs a preset or a baseUrl' };
    }
  }
}

function* chains(config: Config): Generator<ConfigProblem> {
  if (Object.keys(config.chains).length === 0) yield { path: 'chains', message: 'at least one chain is needed' };
  for (const [name, chain] of Object.entries(config.chains)) {
    const seen = new Set<string>();
    for (const [index, { provider, model }] of chain.entries.entries()) {
      const path = `chains.${name}.entries[${index}]`;
      if (!Object.hasOwn(config.providers, provider)) {
        yield {
          path,
          message: `unknown provider '${provider}'`,
          nearest: nearest(provider, Object.keys(config.providers)),
        };
      }
      if (seen.has(`${provider}/${model}`))
        yield { path, message: `'${provider}/${model}' stands in this chain already` };
      seen.add(`${provider}/${model}`);
    }
  }
}

function* aliases(config: Config): Generator<ConfigProblem> {
  const known = config.aliases ?? {};
  for (const [name, target] of Object.entries(known)) {
    const path = `aliases.${name}`;
    if (Object.hasOwn(config.chains, name)) yield { path, message: `a chain is named '${name}' too` };
    if (leadsRound(name, known)) yield { path, message: 'leads back to itself' };
    else if (!isName(config, target))
      yield {
        path,
        message: `leads to '${target}', which is no chain, alias or provider/model`,
        nearest: nearest(target, names(config)),
      };
  }
}

function leadsRound(start: string, aliases: Readonly<Record<string, string>>): boolean {
  const seen = new Set<string>();
  for (
    let at: string | undefined = start;
    at !== undefined;
    at = Object.hasOwn(aliases, at) ? aliases[at] : undefined
  ) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

function* keys(config: Config): Generator<ConfigProblem> {
  const seenNames = new Set<string>();
  const seenKeys = new Set<string>();
  for (const [index, key] of (config.auth?.keys ?? []).entries()) {
    const path = `auth.keys[${index}]`;
    if (seenNames.has(key.name)) yield { path: `${path}.name`, message: `'${key.name}' names a key already` };
    if (seenKeys.has(key.key.reveal())) yield { path: `${path}.key`, message: 'stands here already' };
    seenNames.add(key.name);
    seenKeys.add(key.key.reveal());
    for (const [at, chain] of (key.chains ?? []).entries()) {
      if (!isName(config, chain))
        yield {
          path: `${path}.chains[${at}]`,
          message: `unknown chain '${chain}'`,
          nearest: nearest(chain, names(config)),
        };
    }
  }
}

function* defaults(config: Config): Generator<ConfigProblem> {
  const chain = config.defaults?.chain;
  if (chain !== undefined && !isName(config, chain)) {
    yield { path: 'defaults.chain', message: `unknown chain '${chain}'`, nearest: nearest(chain, names(config)) };
  }
  if (config.defaults?.unknownModel === 'default' && chain === undefined) {
    yield { path: 'defaults.unknownModel', message: 'needs defaults.chain' };
  }
}

function* server(config: Config): Generator<ConfigProblem> {
  const host = config.server?.host;
  if (host !== undefined && !isLoopback(host) && (config.auth?.keys ?? []).length === 0) {
    yield { path: 'server.host', message: `'${host}' is open to others, which needs auth.keys` };
  }
}

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isName(config: Config, name: string): boolean {
  return names(config).includes(name);
}

function names(config: Config): string[] {
  const listed = Object.values(config.chains).flatMap(({ entries }) =>
    entries.map(({ provider, model }) => `${provider}/${model}`),
  );
  const opened = Object.entries(config.providers).flatMap(([provider, { models }]) =>
    Object.keys(models ?? {}).map((model) => `${provider}/${model}`),
  );
  return [...Object.keys(config.chains), ...Object.keys(config.aliases ?? {}), ...listed, ...opened];
}
