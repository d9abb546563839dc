import type { Connection } from '../auth/browser.ts';
import type { CallerIdentity } from '../domain/caller-identity.ts';
import type { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestIds } from '../domain/scope.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { Framing } from '../sse/framing.ts';

/** Headers as Node gives them: names in lower case. */
export type DoorHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Identifies the client of one request, in place of its key; undefined where it knows none. May throw. */
export type Identify = () => CallerIdentity | undefined | Promise<CallerIdentity | undefined>;

/** A mount in an application's own server, whose clients are not trusted for being local. */
export interface PublicMount {
  /** The application's own authentication; undefined where keys alone identify clients. */
  readonly identify?: Identify | undefined;
}

/** What a door knows of a client. */
export interface DoorCaller {
  readonly headers: DoorHeaders;
  /** Aborted when the client disconnects, and by whatever else ends its request. */
  readonly abort: AbortScope;
  /** The client's address, for the records; undefined in process. */
  readonly remoteAddress?: string | undefined;
  /** How the request has arrived; undefined in process. Computed at each call. */
  readonly connection?: (() => Connection) | undefined;
  /** The principal of a call that needs no key: one in process, or one that a mount has identified. */
  readonly principal?: Principal | undefined;
  /** Cancels the request, beside `abort`: the signal of the caller that a mount has identified. */
  readonly signal?: AbortSignal | undefined;
  /** Undefined in process and behind the gateway's own listener. */
  readonly mount?: PublicMount | undefined;
}

/** A request, free of any HTTP library. */
export interface DoorRequest extends DoorCaller {
  readonly method: string;
  /** Path and query as they were sent, below the prefix of a mount; empty for what is not below it. */
  readonly url: string;
  /** The path or the whole URL as the client sent it, where that is not `url`: with the prefix of a mount. */
  readonly sentUrl?: string | undefined;
  /**
   * Reads the whole body, once. `onPiece` gets its bytes as they arrive, in pieces that together are the result; what it throws ends the reading. Rejects with that,
   * or with a GatewayError, for example when the body is too large. `most`: its largest size in bytes, where that is less than the gateway's limit.
   */
  readonly body: (signal: AbortSignal, onPiece: (piece: Buffer) => void, most?: number) => Promise<Buffer>;
}

/** A request that was refused before it reached a door. */
export interface Refused {
  readonly door: 'rest' | 'trpc';
  readonly error: GatewayError;
  readonly clientRequestId: string | undefined;
  readonly remoteAddress: string | undefined;
}

/** Records such a request like any other. Returns its ids. */
export type RecordRefused = (refused: Refused) => RequestIds;

/** A reply: bytes, or a stream with its framing. */
export type DoorReply = BytesReply | StreamReply;

/** A reply with a complete body. */
export interface BytesReply {
  readonly kind: 'bytes';
  /** Whether the connection is kept where a body that has arrived as a whole was not read; false unless given. */
  readonly keepsConnection?: boolean | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A reply whose body is a stream. */
export interface StreamReply {
  readonly kind: 'stream';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: EventStream<unknown>;
  readonly framing: Framing;
}
