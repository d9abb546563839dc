import type { EventStream } from '../domain/event-stream.ts';

/** Headers as Node gives them: lower-case names. */
export type FacadeHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A request, free of any HTTP library. */
export interface FacadeRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: FacadeHeaders;
  /** Reads the body, whole, when it is wanted. Rejects with a GatewayError when it is too large. */
  readonly body: (signal: AbortSignal) => Promise<Buffer>;
}

/** A reply: bytes, or a stream to be pumped with REST's framing. */
export interface FacadeReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | EventStream<unknown>;
}

/** A reply in JSON. */
export interface JsonReply extends FacadeReply {
  readonly body: Buffer;
}
