import type { Chain, Snapshot } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { allowsEntry } from '../domain/pattern.ts';
import type { Principal } from '../domain/principal.ts';
import { type Pair, splitPair } from './pair.ts';

/** Most names that an error lists. */
const MAX_NAMES = 50;
/** Most characters of an unknown name that an error quotes. */
const MAX_NAME_LENGTH = 200;

/**
 * Resolves a request's `model` to a chain: a chain, an alias, or `provider/model`, in that order; the default chain when it is undefined.
 * Throws `model_not_found`, which lists what the principal may use, or `missing_model`.
 */
export function resolveChain(snapshot: Snapshot, principal: Principal, model: string | undefined): Chain {
  const wanted = model ?? snapshot.defaultChain;
  if (wanted === undefined) {
    throw new GatewayError('missing_model', {
      message: "Set 'model': no default chain is configured.",
      param: 'model',
    });
  }
  const chain =
    find(snapshot, wanted) ?? (snapshot.unknownModel === 'default' ? find(snapshot, snapshot.defaultChain) : undefined);
  if (chain !== undefined && mayUse(principal, wanted, chain)) return chain;
  throw modelNotFound(snapshot, principal, wanted);
}

/** The error for a `model` that the principal cannot use. It lists up to 50 names that it can. */
export function modelNotFound(snapshot: Snapshot, principal: Principal, wanted: string): GatewayError {
  return new GatewayError('model_not_found', {
    message: `The model '${wanted.slice(0, MAX_NAME_LENGTH).toWellFormed()}' does not exist or you may not use it.`,
    param: 'model',
    models: listModels(snapshot, principal).slice(0, MAX_NAMES),
  });
}

/** All names that a principal may use as `model`: chains, then aliases, then `provider/model`. */
export function listModels(snapshot: Snapshot, principal: Principal): string[] {
  const names = new Set([...snapshot.chains.keys(), ...snapshot.aliases.keys(), ...snapshot.pairs.keys()]);
  return [...names].filter((name) => {
    const chain = find(snapshot, name);
    return chain !== undefined && mayUse(principal, name, chain);
  });
}

/** The chains that a principal may use, in the order of the configuration, each with the entries that it may use. */
export function listChains(snapshot: Snapshot, principal: Principal): Chain[] {
  return [...snapshot.chains].flatMap(([name, chain]) =>
    mayUse(principal, name, chain) ? [withAllowedEntries(chain, principal)] : [],
  );
}

/** A chain with the entries that a principal may use; the others are skipped in its requests. */
export function withAllowedEntries(chain: Chain, { models }: Principal): Chain {
  if (models === undefined) return chain;
  return Object.freeze({ ...chain, entries: chain.entries.filter((entry) => allowsEntry(models, entry)) });
}

/** Whether a chain, an alias or a `provider/model` has this name. */
export function isKnownName(snapshot: Snapshot, name: string): boolean {
  return find(snapshot, name) !== undefined;
}

/** The chain, alias or `provider/model` of a name; undefined where it does not exist or the principal may not use it. */
export function findChain(snapshot: Snapshot, principal: Principal, name: string): Chain | undefined {
  const chain = find(snapshot, name);
  return chain !== undefined && mayUse(principal, name, chain) ? chain : undefined;
}

/** Makes the function that says of the name of any chain whether a principal may use the chain, under its own name or an alias. */
export function usableChains(snapshot: Snapshot, principal: Principal): (chain: string) => boolean {
  if (principal.chains === undefined && principal.models === undefined) return () => true;
  const names = new Set(listModels(snapshot, principal).map((name) => find(snapshot, name)?.name));
  return (chain) => {
    if (names.has(chain)) return true;
    // Models that a provider allows without listing them are in no list.
    const pair = splitPair(chain);
    return mayUse(principal, chain, { name: chain, entries: pair === undefined ? [] : [pair] });
  };
}

/** The chains that a principal may use, followed by those of one entry that stand for `provider/model`. */
export function listRoutes(snapshot: Snapshot, principal: Principal): Chain[] {
  const pairs = [...snapshot.pairs].flatMap(([name, pair]) => (mayUse(principal, name, pair) ? [pair] : []));
  return [...listChains(snapshot, principal), ...pairs];
}

function find(snapshot: Snapshot, name: string | undefined): Chain | undefined {
  let target = name;
  while (target !== undefined && !snapshot.chains.has(target) && snapshot.aliases.has(target))
    target = snapshot.aliases.get(target);
  if (target === undefined) return undefined;
  const known = snapshot.chains.get(target) ?? snapshot.pairs.get(target);
  if (known !== undefined) return known;
  const pair = splitPair(target);
  return pair && snapshot.openPair(pair.provider, pair.model);
}

/** The part of a chain that decides whether a principal may use it. */
interface Usable {
  readonly name: string;
  readonly entries: readonly Pair[];
}

/** Whether a principal may use a chain under a name: its list has the name or the chain, and its patterns match one entry at least. */
function mayUse({ chains, models }: Principal, name: string, chain: Usable): boolean {
  const allowedChain = chains === undefined || chains.includes(chain.name) || chains.includes(name);
  return allowedChain && (models === undefined || chain.entries.some((entry) => allowsEntry(models, entry)));
}
