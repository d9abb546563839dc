import type { Principal } from '../domain/principal.ts';
import type { Usage } from '../domain/usage.ts';

/** What a principal holds of his own limits while a request runs. */
export interface Reservation {
  /** Gives back what was not used; called exactly once, in every ending. */
  settle(usage: Usage | undefined): void;
}

/** Decides whether a principal may ask at all; called once before the chain. Throws a GatewayError when he may not. */
export interface Admission {
  reserve(principal: Principal): Reservation;
}

/** Admits everyone: principals have no limits of their own until they are configured. */
export const admitEveryone: Admission = Object.freeze({ reserve: () => ({ settle: () => undefined }) });
