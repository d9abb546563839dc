import type { Chain, Snapshot } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { splitPair } from './pair.ts';

/** Names listed in an error at most. */
const MOST_NAMES = 20;
/** Characters of an unknown name that an error repeats at most. */
const LONGEST_NAME = 200;

/**
 * The chain a request's `model` means: a chain, an alias, or `provider/model`, in that order; without one the default chain.
 * Throws `model_not_found` naming what the principal may use, or `missing_model`.
 */
export function resolveChain(snapshot: Snapshot, principal: Principal, model: string | undefined): Chain {
  const wanted = model ?? snapshot.defaultChain;
  if (wanted === undefined) {
    throw new GatewayError('missing_model', {
      message: 'Name a model: no default chain is configured.',
      param: 'model',
    });
  }
  const chain =
    find(snapshot, wanted) ?? (snapshot.unknownModel === 'default' ? find(snapshot, snapshot.defaultChain) : undefined);
  if (chain !== undefined && mayUse(principal, wanted, chain)) return chain;
  const usable = listModels(snapshot, principal);
  const more = usable.length > MOST_NAMES ? ', ...' : '';
  const list = usable.length === 0 ? 'none' : usable.slice(0, MOST_NAMES).join(', ') + more;
  throw new GatewayError('model_not_found', {
    message: `The model '${wanted.slice(0, LONGEST_NAME)}' does not exist here or is not yours to use. You may use: ${list}.`,
    param: 'model',
  });
}

/** Every name that a principal may put into `model`, in the order chains, aliases, pairs. */
export function listModels(snapshot: Snapshot, principal: Principal): string[] {
  const names = new Set([...snapshot.chains.keys(), ...snapshot.aliases.keys(), ...snapshot.pairs.keys()]);
  return [...names].filter((name) => {
    const chain = find(snapshot, name);
    return chain !== undefined && mayUse(principal, name, chain);
  });
}

/** The chains that a principal may use, in the order of the configuration. */
export function listChains(snapshot: Snapshot, principal: Principal): Chain[] {
  return [...snapshot.chains].flatMap(([name, chain]) => (mayUse(principal, name, chain) ? [chain] : []));
}

/** The same, and the chains of one that stand for single models. */
export function listRoutes(snapshot: Snapshot, principal: Principal): Chain[] {
  const pairs = [...snapshot.pairs].flatMap(([name, pair]) => (mayUse(principal, name, pair) ? [pair] : []));
  return [...listChains(snapshot, principal), ...pairs];
}

function find(snapshot: Snapshot, name: string | undefined): Chain | undefined {
  let at = name;
  while (at !== undefined && !snapshot.chains.has(at) && snapshot.aliases.has(at)) at = snapshot.aliases.get(at);
  if (at === undefined) return undefined;
  const known = snapshot.chains.get(at) ?? snapshot.pairs.get(at);
  if (known !== undefined) return known;
  const pair = splitPair(at);
  return pair && snapshot.openPair(pair.provider, pair.model);
}

function mayUse(principal: Principal, name: string, chain: Chain): boolean {
  return principal.chains === undefined || principal.chains.includes(chain.name) || principal.chains.includes(name);
}
