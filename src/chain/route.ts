import { modelNames, resolveModels } from '../config/resolve-models.ts';
import { resolveChain } from '../config/resolve.ts';
import { splice } from '../dialects/openai/splice.ts';
import type { Call } from '../domain/call.ts';
import type { Chain, Snapshot } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RoutedInput } from '../domain/operation.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestScope } from '../domain/scope.ts';
import { fieldsOf, memberOf } from '../lib/record.ts';

/** A call, and the chain that serves it. */
export interface Route {
  readonly call: Call<RoutedInput>;
  readonly chain: Chain;
}

/**
 * Finds the chain of a call by its `model` and, where its operation has the field, by its `models`. The returned call has no `models`, unless
 * they are the provider's: that is so where every entry of the chain that the request has without them is of a provider that tries further
 * models by itself. Throws what `resolveChain` does, and `invalid_request`.
 */
export function routeOf({ snapshot, principal }: RequestScope, call: Call<RoutedInput>): Route {
  const { operation, input } = call;
  const field = operation.modelsField;
  const models = field === undefined ? undefined : memberOf(input, field);
  if (field === undefined || models === undefined)
    return { call, chain: resolveChain(snapshot, principal, input.model) };
  const own = chainWithOwnFallbacks(snapshot, principal, input.model);
  if (own !== undefined) return { call, chain: own };
  const chain = resolveModels({ snapshot, principal }, input.model, modelNames(models));
  return { call: without(call, field), chain };
}

/** The chain of `model`, where `models` are its provider's. */
function chainWithOwnFallbacks(snapshot: Snapshot, principal: Principal, model: string | undefined): Chain | undefined {
  try {
    const chain = resolveChain(snapshot, principal, model);
    return chain.entries.every(({ targets: [target] }) => target.quirks.ownFallbacks) ? chain : undefined;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    // Without `model` the client need not be able to use the default chain.
    return undefined;
  }
}

function without(call: Call<RoutedInput>, field: string): Call<RoutedInput> {
  const { [field]: _, ...input } = fieldsOf(call.input);
  const bytes = call.bytes && splice(call.bytes, { values: { [field]: undefined } });
  return { ...call, input, bytes };
}
