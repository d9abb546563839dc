import { GatewayError } from '../domain/errors.ts';
import type { RequestScope } from '../domain/scope.ts';

/** Throws `forbidden` for a principal with a tenant: what is about the whole gateway is not for one of its tenants. */
export function requireNoTenant({ principal }: Pick<RequestScope, 'principal'>): void {
  if (principal.tenant === '') return;
  throw new GatewayError('forbidden', { message: 'This call needs a key without a tenant.' });
}
