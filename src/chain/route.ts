import { modelNames, resolveModels } from '../config/resolve-models.ts';
import { resolveChain } from '../config/resolve.ts';
import { type Call, withBody } from '../domain/call.ts';
import type { Chain, Snapshot } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestBody } from '../domain/request-body.ts';
import type { RequestScope } from '../domain/scope.ts';

/** A call, and the chain that serves it. */
export interface Route {
  readonly call: Call;
  readonly chain: Chain;
}

/**
 * Finds the chain of a call by its `model` and, where its operation has the field, by its `models`. The returned call has none of the
 * gateway's own fields, and no `models`, unless they are the provider's: that is so where every entry of the chain that the request has without them is of a provider that tries further
 * models by itself. Throws what `resolveChain` does, and `invalid_request`.
 */
export function routeOf({ snapshot, principal }: RequestScope, requested: Call): Route {
  const call = withoutOwnFields(requested);
  const { operation, body } = call;
  const field = operation.modelsField;
  const models = field === undefined ? undefined : body.get(field);
  const model = modelOf(body);
  if (field === undefined || models === undefined) return { call, chain: resolveChain(snapshot, principal, model) };
  const own = chainWithOwnFallbacks(snapshot, principal, model);
  if (own !== undefined) return { call, chain: own };
  const chain = resolveModels({ snapshot, principal }, model, modelNames(models));
  return { call: withBody(call, body.edited(new Map([[field, undefined]])), call.content), chain };
}

function withoutOwnFields(call: Call): Call {
  const { body, operation } = call;
  const own = operation.ownFields.filter((field) => body.includes(field));
  if (own.length === 0) return call;
  return withBody(call, body.edited(new Map(own.map((field) => [field, undefined]))), call.content);
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

/** The `model` of a body; undefined where it has none. */
export function modelOf(body: RequestBody): string | undefined {
  const model = body.get('model');
  return typeof model === 'string' ? model : undefined;
}
