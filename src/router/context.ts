import type { BrowserFacts } from '../auth/browser.ts';
import type { ChainPlan } from '../domain/limit-list.ts';
import type { Response, ResponseStreamEvent } from '../domain/responses.ts';
import type { Run, RunOptions } from '../domain/run.ts';
import type { RequestIds, RequestScope } from '../domain/scope.ts';
import type { OperationName } from '../domain/operation-names.ts';
import type { Services } from './services.ts';

/** What a procedure passes to a chain. */
export interface OperationCall {
  readonly operation: OperationName;
  /** The validated input, for a call in process. Of a request with a body only the checked fields are in it, and the body itself is sent. */
  readonly input: object;
}

/**
 * What one call of a procedure works with. It uses no type of Node, zod or an HTTP library, because the types of clients are inferred
 * from the router.
 */
export interface CallContext {
  readonly scope: RequestScope;
  readonly services: Services;
  /** What is known of the browser that has sent the request; undefined in process, and over REST, where it means nothing. */
  readonly browser: BrowserFacts | undefined;
  /** The chain's complete answer. `Value` is the type that the operation's API documents; it is not checked. Rejects with a GatewayError. */
  answer<Value extends object>(call: OperationCall): Promise<Value>;
  /** The chain's stream, committed: an EventStream, whose raw face is not in the type. Rejects with a GatewayError. */
  stream<Chunk>(call: OperationCall): Promise<AsyncIterable<Chunk>>;
  /** Starts a run for the call, and resolves before anything is sent. Rejects with a GatewayError. */
  createRun(call: OperationCall, options: RunOptions): Promise<Run>;
  /** Estimated tokens of a message's input. Sends and reserves nothing. Throws `invalid_request` for a wrong one, as no provider has judged it. */
  estimateInput(call: OperationCall): number;
  /** Starts a response in the background, and resolves before anything is sent. Rejects with a GatewayError. */
  createResponse(call: OperationCall): Promise<Response>;
  /** The same, and its events: an EventStream, whose raw face is not in the type. */
  streamResponse(call: OperationCall): Promise<AsyncIterable<ResponseStreamEvent>>;
  /** The plan of a request. Sends and reserves nothing. Throws a GatewayError where the request's `model` selects no chain. */
  explain(call: OperationCall & { readonly stream: boolean }): ChainPlan;
}

/** What a door passes to the router: the calls that one request carries. Only a tRPC batch carries more than one. */
export interface Context {
  /** The ids in the head of the answer: of a batch those of its first call. */
  readonly ids: RequestIds;
  /** The context of the n-th call, counted from 0; the same object each time. */
  call(index: number): CallContext;
}

/** Least role that may call a procedure; `public` needs no key. */
export type Access = 'public' | 'caller' | 'viewer' | 'admin';

/** What every procedure declares. */
export interface Meta {
  readonly access: Access;
  /** One sentence for the API's documents. */
  readonly summary: string;
  /** The operation whose body it takes; undefined for a procedure of the gateway's own. */
  readonly operation?: OperationName | undefined;
  /**
   * How a client resumes its stream: by the ids of its events, or by a member of the input. An open one does not count among the key's subscriptions; undefined for
   * a stream that cannot be resumed.
   */
  readonly resumable?: 'by event id' | 'by input' | undefined;
  /** Whether it must not share a request with other calls: it sets headers of the answer. False unless given. */
  readonly alone?: true | undefined;
  /** Its route of the REST API; undefined for a procedure without one. */
  readonly rest?: RestMeta | undefined;
}

/** A procedure's route of the REST API. */
export interface RestMeta {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path below the prefix. `{name}` becomes an input field, and so does `{+name}`, which also matches slashes. */
  readonly path: string;
  /** Other paths of the same route, which the API's documents do not list. */
  readonly aliases?: readonly string[] | undefined;
  /** `v1` routes answer below `/v1` and at the bare path; `root` routes at their own path only. */
  readonly prefix: 'v1' | 'root';
  /** Name of the answer's schema in the API's documents. */
  readonly answers: string;
  /** Path of the subscription that answers when the body has `"stream": true`. */
  readonly streams?: string | undefined;
  /** Name of the schema of that subscription's events; that of the answer with `Chunk` unless given. */
  readonly events?: string | undefined;
  /** The operation whose API these events have; that of the procedure unless given, and chat completions where it has none. */
  readonly eventsOf?: OperationName | undefined;
  /** HTTP status of its answer; 200 unless given. */
  readonly status?: number | undefined;
  /** Whether a query parameter that its input does not have is refused, although callers may call it. Routes for operators refuse them anyway. */
  readonly strictQuery?: true | undefined;
  /** `none`: a POST that needs no body, and ignores one. `optional`: one that needs none. */
  readonly body?: 'none' | 'optional' | undefined;
}
