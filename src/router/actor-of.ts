import type { Actor } from '../accounts/actor.ts';
import type { RequestScope } from '../domain/scope.ts';

/** Who changes keys and tenants with a request. */
export function actorOf({ id, principal, report: { remoteAddress } }: RequestScope): Actor {
  return { principal, via: 'api', requestId: id, remote: remoteAddress };
}
