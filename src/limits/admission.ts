import type { Call } from '../domain/call.ts';
import type { Chain, Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { Principal } from '../domain/principal.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Cost, Usage } from '../domain/usage.ts';
import type { Lack } from '../targets/lack.ts';

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

/** Follows the output of one stream past what was reserved for it. */
export interface OutputWatch {
  /** Bytes of output from which on `grow` is to be called; changes with each call. */
  readonly from: number;
  /** Reserves more for a stream that has put out so many bytes. False where the stream is to be cut. */
  grow(bytes: number): boolean;
}

/** What a principal holds of its own limits and money while a request runs. */
export interface Reservation {
  /** Response headers, such as what is left of the principal's limits. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why a target may not serve the request; undefined where it may. Without this member every target may. */
  readonly excludes?: ((target: Target) => Lack | undefined) | undefined;
  /** The watch of a stream that a target begins; undefined where none is needed, as without this member. */
  readonly watchOutput?: ((target: Target) => OutputWatch | undefined) | undefined;
  /** Replaces the reservation by what was used. Called exactly once, in every ending. */
  settle(end: AdmissionEnd): void;
}

/** Decides whether a principal's request may run. Called once before the chain. Throws or rejects with a GatewayError to refuse. */
export interface Admission {
  reserve(request: AdmissionRequest): Reservation | Promise<Reservation>;
  /**
   * What `reserve` would exclude now, as far as that is known without asking another process; undefined where that is no target. Reserves nothing. Without this
   * member it is no target.
   */
  wouldExclude?(request: AdmissionRequest): Reservation['excludes'];
}

/** What a request without limits of its own holds. */
export const UNLIMITED: Reservation = Object.freeze({ headers: Object.freeze({}), settle: () => undefined });

/** Admits every request: principals have no limits of their own. */
export const admitAll: Admission = Object.freeze({ reserve: () => UNLIMITED });
