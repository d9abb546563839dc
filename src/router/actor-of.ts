import type { Actor } from '../accounts/actor.ts';
import type { RequestScope } from '../domain/scope.ts';

/** The actor of a request that reads or changes keys and tenants. */
export function actorOf({ id, principal, report: { remoteAddress } }: RequestScope): Actor {
  return { principal, via: 'api', requestId: id, remote: remoteAddress };
}
