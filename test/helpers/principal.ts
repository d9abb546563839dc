import type { Principal } from '../../src/domain/principal.ts';

/** A principal of this name, with the role `caller` and no restriction unless the parts say otherwise. */
export function principalOf(name: string, parts: Partial<Principal> = {}): Principal {
  return {
    id: name,
    name,
    role: 'caller',
    tenant: '',
    chains: undefined,
    models: undefined,
    operations: undefined,
    ...parts,
  };
}
