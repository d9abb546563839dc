import type { CommitPolicy, Snapshot } from './chain.ts';
import type { GatewayError } from './errors.ts';
import type { Principal } from './principal.ts';
import type { TrailStep } from './trail.ts';
import type { Usage } from './usage.ts';

/** Why one attempt is given up while its request goes on. */
export type AttemptAbort =
  | 'connect_timeout'
  | 'headers_timeout'
  | 'first_token_timeout'
  | 'idle_timeout'
  | 'total_timeout'
  | 'hedge_lost'
  | 'write_idle'
  | 'settled';

/** The door a request came through. */
export type Door = 'rest' | 'trpc' | 'process';

/** What a caller may ask for one request. */
export interface RequestOptions {
  readonly commit?: CommitPolicy | undefined;
  /** Accept to commit in milliseconds; only shortens the chain's. */
  readonly deadline?: number | undefined;
}

/** The entry that answered. */
export interface Served {
  readonly chain: string;
  readonly provider: string;
  readonly model: string;
  readonly attempts: number;
}

/** What is learned of a request while it runs; written by the chain, read by the doors for headers and records. */
export interface RequestReport {
  /** Where the caller is; undefined in process. */
  remoteAddress: string | undefined;
  operation: string;
  chain: string | undefined;
  trail: readonly TrailStep[];
  served: Served | undefined;
  committedAt: number | undefined;
  /** Id of the principal, once known. */
  principal: string;
}

/** Everything that belongs to one request. It lives from the socket's accept to the request's one terminal event. */
export interface RequestScope {
  readonly id: string;
  readonly door: Door;
  readonly principal: Principal;
  readonly snapshot: Snapshot;
  readonly options: RequestOptions;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly signal: AbortSignal;
  readonly report: RequestReport;
  /** What requests of ours to upstreams say of this one: its id, and through whom it came. */
  readonly upstreamHeaders: Readonly<Record<string, string>>;
  /** The same request, now that it is known who asks and for what; `via` names the proxies before us, as the header does. */
  as(principal: Principal, options: RequestOptions, via?: string): RequestScope;
  /** The same request below another signal, which should follow the scope's own. A copy of its members is no scope. */
  below(signal: AbortSignal): RequestScope;
  /** Emits the request's one terminal event; later calls do nothing. */
  finish(ending: RequestEnding): void;
  /** Finishes with an error; when the caller has gone, that is what it ended with. */
  fail(error: GatewayError): void;
}

/** How a request ended, as its terminal event tells it. */
export interface RequestEnding {
  readonly status: number;
  /** `ok`, or the code of the error. */
  readonly code: string;
  readonly usage?: Usage | undefined;
}
