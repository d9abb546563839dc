import type { TenantList, TenantRemoved, TenantShown } from '../../domain/account.ts';
import { actorOf } from '../actor-of.ts';
import { tenantInput, tenantNameInput, tenantUpdateInput } from '../inputs/account-input.ts';
import { procedure } from '../procedure.ts';

/** `tenants.*`: teams or customers, whose limits and budgets hold for all their keys together. */
export const tenants = {
  create: procedure
    .meta({
      access: 'admin',
      summary: 'Makes a tenant.',
      rest: { method: 'POST', path: '/tenants', prefix: 'v1', answers: 'Tenant' },
    })
    .input(tenantInput)
    .mutation(({ ctx: { call }, input }): Promise<TenantShown> =>
      call.services.accounts.createTenant(actorOf(call.scope), input),
    ),
  list: procedure
    .meta({
      access: 'viewer',
      summary: 'The tenants, with what is left of their limits and budgets.',
      rest: { method: 'GET', path: '/tenants', prefix: 'v1', answers: 'TenantList' },
    })
    .query(({ ctx: { call } }): Promise<TenantList> => call.services.accounts.listTenants(actorOf(call.scope))),
  retrieve: procedure
    .meta({
      access: 'viewer',
      summary: 'One tenant.',
      rest: { method: 'GET', path: '/tenants/{name}', prefix: 'v1', answers: 'Tenant' },
    })
    .input(tenantNameInput)
    .query(({ ctx: { call }, input }): Promise<TenantShown> =>
      call.services.accounts.retrieveTenant(actorOf(call.scope), input.name),
    ),
  update: procedure
    .meta({
      access: 'admin',
      summary: 'Changes the members of a tenant that are sent; null removes one.',
      rest: { method: 'POST', path: '/tenants/{name}', prefix: 'v1', answers: 'Tenant' },
    })
    .input(tenantUpdateInput)
    .mutation(({ ctx: { call }, input }): Promise<TenantShown> =>
      call.services.accounts.updateTenant(actorOf(call.scope), input),
    ),
  remove: procedure
    .meta({
      access: 'admin',
      summary: 'Removes a tenant whose keys are all revoked.',
      rest: { method: 'DELETE', path: '/tenants/{name}', prefix: 'v1', answers: 'TenantRemoved' },
    })
    .input(tenantNameInput)
    .mutation(({ ctx: { call }, input }): Promise<TenantRemoved> =>
      call.services.accounts.removeTenant(actorOf(call.scope), input.name),
    ),
};
