import type { Endpoint } from '../domain/endpoint.ts';

/** One HTTP exchange, as a dialect encoded it. */
export interface UpstreamRequest {
  readonly endpoint: Endpoint;
  /** Path and query. */
  readonly path: string;
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** The head of a reply; header names are lower case. */
export interface ReplyHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Hears what comes of one exchange. After `end`, `failed` or an abort nothing more is called. */
export interface Receiver {
  /** A socket is ours and the request is being written. */
  started(): void;
  head(head: ReplyHead): void;
  /** Bytes of the body; what one read of the socket brought comes in one call, in however many chunks it was. */
  data(bytes: Buffer): void;
  end(): void;
  failed(failure: TransportFailure): void;
}

/** Why an exchange broke. */
export interface TransportFailure {
  /** `garbled`: what came was not HTTP. `refused`: no reply could be had. `cut`: the reply broke off. */
  readonly kind: 'refused' | 'garbled' | 'cut';
  /** Safe to show: the system's code, never an address. */
  readonly message: string;
  readonly cause: Error;
}

/** Slows and wakes the upstream; both are idempotent and do nothing before the head or after the end. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** One exchange while it runs. */
export interface Exchange extends Flow {
  /** Ends it from any state, waiting for a socket included; its receiver hears nothing more. Idempotent. */
  abort(reason: Error): void;
}

/**
 * The only door to the network: performs exactly one exchange (see `createTransport` for the one exception) and pushes what comes
 * into the receiver, maybe before it returns. Redirects are not followed.
 */
export type Transport = (request: UpstreamRequest, receiver: Receiver) => Exchange;
