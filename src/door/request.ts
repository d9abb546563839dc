import type { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { Principal } from '../domain/principal.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { Framing } from '../sse/framing.ts';

/** Headers as Node gives them: lower-case names. */
export type DoorHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Who is at a door. */
export interface DoorCaller {
  readonly headers: DoorHeaders;
  /** Aborted when the caller leaves, and by who else ends his request. */
  readonly abort: AbortScope;
  /** Where the caller is, for the records; undefined in process. */
  readonly remoteAddress?: string | undefined;
  /** Known without a key, in process. */
  readonly principal?: Principal | undefined;
}

/** A request, free of any HTTP library. */
export interface DoorRequest extends DoorCaller {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  /** Reads the body, whole, when it is wanted. Rejects with a GatewayError when it is too large. */
  readonly body: (signal: AbortSignal) => Promise<Buffer>;
}

/** A request that was refused before any door was reached. */
export interface Refused {
  readonly door: 'rest' | 'trpc';
  readonly error: GatewayError;
  readonly remoteAddress: string | undefined;
}

/** Records such a request like any other, and gives it an id. */
export type RecordRefused = (refused: Refused) => string;

/** A reply: bytes, or a stream to be pumped in its framing. */
export type DoorReply = BytesReply | StreamReply;

/** A reply whose body is there already. */
export interface BytesReply {
  readonly kind: 'bytes';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A reply whose body is still coming. */
export interface StreamReply {
  readonly kind: 'stream';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: EventStream<unknown>;
  readonly framing: Framing;
}
