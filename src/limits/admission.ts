import type { Call } from '../domain/call.ts';
import type { Chain } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { Principal } from '../domain/principal.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Cost, Usage } from '../domain/usage.ts';

/** A request for admission. */
export interface AdmissionRequest {
  readonly principal: Principal;
  readonly call: Call;
  readonly chain: Chain;
  readonly needs: Needs;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How an admitted request ended. */
export interface AdmissionEnd {
  /** What was used, also by a request that its client cancelled; undefined where nothing is known to be. */
  readonly usage: Usage | undefined;
  readonly trail: readonly TrailStep[];
  readonly cost: Cost;
}

/** What a principal holds of its own limits and money while a request runs. */
export interface Reservation {
  /** Response headers, such as what is left of the principal's limits. */
  readonly headers: Readonly<Record<string, string>>;
  /** Reserves so many billionths of a US dollar more; false where the budget has no room for them. */
  extend(nano: number): boolean;
  /** Replaces the reservation by what was used. Called exactly once, in every ending. */
  settle(end: AdmissionEnd): void;
}

/** Decides whether a principal's request may run. Called once before the chain. Throws or rejects with a GatewayError to refuse. */
export interface Admission {
  reserve(request: AdmissionRequest): Reservation | Promise<Reservation>;
}

const UNLIMITED: Reservation = Object.freeze({
  headers: Object.freeze({}),
  extend: () => true,
  settle: () => undefined,
});

/** Admits every request: principals have no limits of their own. */
export const admitAll: Admission = Object.freeze({ reserve: () => UNLIMITED });
