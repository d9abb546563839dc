import type { ActiveConfig } from '../config/active-config.ts';
import { findChain, usableChains } from '../config/resolve.ts';
import type { Chain } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestScope } from '../domain/scope.ts';
import { showsMessages } from '../domain/visible-error.ts';
import { WATCH_KINDS, type WatchInput } from '../domain/watched-event.ts';
import type { Overview } from '../limits/overview.ts';
import type { Watch } from '../observe/watch/watch-events.ts';

/** Makes the function that says what a request for `events.watch` may watch. It throws `invalid_request` for a chain that is not usable. */
export function createWatchOf(
  active: Pick<ActiveConfig, 'snapshot'>,
  overview: Pick<Overview, 'watch'>,
): (scope: RequestScope, input: WatchInput) => Watch {
  return (scope, { chains: names, kinds = WATCH_KINDS }) => {
    const { principal, signal } = scope;
    const { tenant } = principal;
    const isUsable = usableIn(active, principal);
    const chosen = names && new Set(names.map((name, index) => chainOf(scope, name, index).name));
    const sees = (chain: string): boolean => (chosen === undefined ? isUsable(chain) : chosen.has(chain));
    const routes = (): readonly Chain[] => {
      const { snapshot } = active;
      // Those that a new configuration no longer has are left out.
      if (names !== undefined) return names.flatMap((name) => findChain(snapshot, principal, name) ?? []);
      return [...snapshot.chains.values(), ...snapshot.pairs.values()].filter(({ name }) => isUsable(name));
    };
    return {
      kinds: new Set(kinds),
      sees: (event) => (tenant === '' || event.tenant === tenant) && sees(event.chain),
      messages: showsMessages(scope),
      rows: (until) => overview.watch(routes, until),
      signal,
    };
  };
}

function chainOf({ snapshot, principal }: RequestScope, name: string, index: number): Chain {
  const chain = findChain(snapshot, principal, name);
  if (chain !== undefined) return chain;
  const param = `chains.${index}`;
  const message = `${param}: there is no chain ${JSON.stringify(name)}, or this key may not use it.`;
  throw new GatewayError('invalid_request', { message, param });
}

/** Whether the principal may use a chain, by the configuration that is served when the function is called. */
function usableIn(active: Pick<ActiveConfig, 'snapshot'>, principal: Principal): (chain: string) => boolean {
  let { snapshot } = active;
  let isUsable = usableChains(snapshot, principal);
  return (chain) => {
    if (active.snapshot !== snapshot) {
      ({ snapshot } = active);
      isUsable = usableChains(snapshot, principal);
    }
    return isUsable(chain);
  };
}
