import type { Entry } from '../domain/chain.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { ChainPlan, LimitStatus } from '../domain/limit-list.ts';
import type { EntryStatus } from '../domain/models.ts';
import type { OperationName, RoutedInput } from '../domain/operation.ts';
import type { RequestScope } from '../domain/scope.ts';

/** What a procedure asks of a chain. */
export interface Asked {
  readonly operation: OperationName;
  /** The checked input, unknown fields kept. */
  readonly input: RoutedInput;
}

/**
 * What one call of a procedure sees of the world. Nothing of any HTTP library and no type of Node's or zod's stands here, so that the
 * types of clients, which are inferred from the router, need none.
 */
export interface CallContext {
  readonly scope: RequestScope;
  /** The chain's whole answer. The type is the operation's promise, as in OpenAI's SDK. Rejects with a GatewayError. */
  answer<Value extends object>(asked: Asked): Promise<Value>;
  /** The chain's stream, committed: an EventStream, whose raw face no type shows. Rejects with a GatewayError. */
  stream<Chunk>(asked: Asked): Promise<AsyncIterable<Chunk>>;
  /** Whether the gateway wants requests. */
  ready(): boolean;
  /** How the configuration that is served came to be. */
  configuration(): ConfigurationStatus;
  /** Whether an entry can be asked now. */
  entryStatus(entry: Entry): EntryStatus;
  /** What is known of every model's limits. */
  limits(): readonly LimitStatus[];
  /** The same as it changes, all of it first: an EventStream, whose raw face no type shows. Ends when its reader leaves. */
  watchLimits(): AsyncIterable<LimitStatus>;
  /** What would be asked for a request, in which order; nothing is sent or booked. Throws what the request's model is refused with. */
  explain(asked: Asked & { readonly stream: boolean }): ChainPlan;
}

/** What a door hands to the router: the calls that one request carries. Only a batch of tRPC's carries more than one. */
export interface Context {
  /** The request's id, shared by its calls. */
  readonly id: string;
  /** The context of the n-th call, counted from 0; the same object each time. */
  call(index: number): CallContext;
}

/** Who may call a procedure. `public` needs no key. */
export type Access = 'public' | 'caller' | 'admin';

/** What every procedure declares of itself. */
export interface Meta {
  readonly access: Access;
  /** One sentence for the API's documents. */
  readonly summary: string;
  /** Its place in the REST facade; without one it is not there. */
  readonly rest?: RestMeta | undefined;
}

/** A procedure's place in the REST facade. */
export interface RestMeta {
  readonly method: 'GET' | 'POST';
  /** Path below the prefix, with `{name}` for one that becomes an input field and takes the rest of the path. */
  readonly path: string;
  /** `v1` routes answer below `/v1` and bare; `root` ones only at their own path. */
  readonly prefix: 'v1' | 'root';
  /** Name of the answer's schema in the API's documents. */
  readonly answers: string;
  /** Path of the subscription that answers when the body says `"stream": true`. */
  readonly streams?: string | undefined;
}
