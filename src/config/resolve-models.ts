import type { Chain, Entry, Snapshot } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { resolveChain } from './resolve.ts';

/** Most names in one request. */
export const MAX_MODELS = 20;
/** The longest name, in characters. Names occur in headers, log lines and the state of limits. */
export const MAX_NAME_LENGTH = 256;

/** The `models` of a request as names; empty for undefined and null. Throws `invalid_request` for anything but a list of at most 20 names. */
export function modelNames(models: unknown): readonly string[] {
  if (models === undefined || models === null) return [];
  if (!Array.isArray(models)) throw invalid('models', 'must be a list of names');
  if (models.length > MAX_MODELS) throw invalid('models', `must have at most ${MAX_MODELS} names`);
  return models.map((name: unknown, index) => {
    if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return name;
    throw invalid(`models[${index}]`, `must be a name of 1 to ${MAX_NAME_LENGTH} characters`);
  });
}

/**
 * Resolves `model` and the names after it to one chain: that of the first name, followed by the entries of the other names that are not in it
 * yet. Each name's entries keep the policy of its own chain. Everything else is the first chain's, its name included. Throws what `resolveChain`
 * does, for the first name that fails.
 */
export function resolveModels(
  { snapshot, principal }: { readonly snapshot: Snapshot; readonly principal: Principal },
  model: string | undefined,
  models: readonly string[],
): Chain {
  const first = model === undefined ? [] : [resolveChain(snapshot, principal, model)];
  const chains = [...first, ...models.map((name) => resolveOne(snapshot, principal, name))];
  const [leading] = chains;
  if (leading === undefined) return resolveChain(snapshot, principal, undefined);
  const seen = new Set<string>();
  const isNew = ({ provider, model: name }: Entry): boolean => {
    const { size } = seen;
    return seen.add(`${provider}/${name}`).size > size;
  };
  const parts = chains
    .map(({ policy, entries }) => ({ policy, entries: entries.filter(isNew) }))
    .filter(({ entries }) => entries.length > 0);
  if (parts.length === 1) return leading;
  const entries = parts.flatMap((part) => part.entries);
  return Object.freeze({ ...leading, entries: Object.freeze(entries), policy: 'ordered', parts: Object.freeze(parts) });
}

function resolveOne(snapshot: Snapshot, principal: Principal, name: string): Chain {
  try {
    return resolveChain(snapshot, principal, name);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.code, { ...error.details, param: 'models' });
  }
}

function invalid(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', { message: `${param}: ${problem}.`, param });
}
