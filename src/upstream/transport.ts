import type { Endpoint } from '../domain/endpoint.ts';

/** One HTTP request, as a dialect encoded it. */
export interface UpstreamRequest {
  readonly endpoint: Endpoint;
  /** Path and query. */
  readonly path: string;
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  /** Several buffers are sent one behind the other, and are not copied. */
  readonly body: Buffer | readonly Buffer[] | undefined;
}

/** The head of a reply; header names are lower case. */
export interface ReplyHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Receives the events of one exchange. After `end`, `failed` or an abort nothing more is called. */
export interface Receiver {
  /** The exchange has a socket, and the request is being written. */
  started(): void;
  head(head: ReplyHead): void;
  /** Bytes of the body: one call per read of the socket, however many chunks it brought. */
  data(bytes: Buffer): void;
  end(): void;
  failed(failure: TransportFailure): void;
}

/** Why an exchange failed. */
export interface TransportFailure {
  /**
   * `garbled`: the reply was not valid HTTP. `refused`: there was no reply. `cut`: the reply broke off. `no_resources`: this machine could
   * open no connection, which says nothing about the provider; nothing was sent.
   */
  readonly kind: 'refused' | 'garbled' | 'cut' | 'no_resources';
  /** Safe to show: it holds the system's error code, never an address. */
  readonly message: string;
  readonly cause: Error;
}

/** Backpressure: pauses and resumes the upstream. Both are idempotent and do nothing before the head or after the end. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** One running exchange. */
export interface Exchange extends Flow {
  /** Ends it in any state, including while it waits for a socket; its receiver is not called after it. Idempotent. */
  abort(reason: Error): void;
}

/**
 * The only access to the network: performs exactly one exchange (see `createTransport` for the one exception) and calls the receiver, maybe
 * before it returns. Redirects are not followed.
 */
export type Transport = (request: UpstreamRequest, receiver: Receiver) => Exchange;
