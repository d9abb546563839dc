/** Who asks. `internal` is the process itself. */
export type Role = 'caller' | 'admin' | 'internal';

/** An authenticated caller. */
export interface Principal {
  readonly id: string;
  readonly role: Role;
  /** The only chains this principal may use; undefined means all. */
  readonly chains: readonly string[] | undefined;
  /** Prefix of every state key this principal's requests touch. */
  readonly tenant: string;
}

/** The process itself: in-process callers, unless told otherwise. */
export const INTERNAL: Principal = Object.freeze({ id: 'internal', role: 'internal', chains: undefined, tenant: '' });

/** A local caller of a gateway that has no keys: everything is open to it. */
export const LOCAL: Principal = Object.freeze({ id: 'local', role: 'admin', chains: undefined, tenant: '' });

/** A caller not known yet; may use no chain. */
export const ANONYMOUS: Principal = Object.freeze({
  id: 'anonymous',
  role: 'caller',
  chains: Object.freeze([]),
  tenant: '',
});
