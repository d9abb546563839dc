import type { Principal } from '../domain/principal.ts';

/** Labels of what a principal wants to see. */
export interface Labels {
  readonly tenant?: string | undefined;
  /** Id of a key. */
  readonly key?: string | undefined;
}

/**
 * The labels that a principal may see of those that it wants: a caller its own key, one with a tenant that tenant, whatever it wants. Undefined
 * where that is nothing.
 */
export function visibleLabels(
  { id, role, tenant: own }: Principal,
  { tenant, key }: Labels,
): { readonly tenant: string | undefined; readonly keyId: string | undefined } | undefined {
  const onlyKey = role === 'caller' ? id : undefined;
  const onlyTenant = own === '' ? undefined : own;
  if ((onlyKey ?? key ?? '') !== (key ?? onlyKey ?? '')) return undefined;
  if ((onlyTenant ?? tenant ?? '') !== (tenant ?? onlyTenant ?? '')) return undefined;
  return { keyId: onlyKey ?? key, tenant: onlyTenant ?? tenant };
}
