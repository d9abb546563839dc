import type { Accounts } from '../accounts/accounts.ts';
import type { Entry, Target } from '../domain/chain.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { TrackedEnvelope } from '@trpc/server';
import type { ChatCompletionChunk } from '../domain/chat.ts';
import type { RequestBodies } from '../domain/kept-bodies.ts';
import type { LimitStatus } from '../domain/limit-list.ts';
import type { EntryStatus } from '../domain/models.ts';
import type {
  RequestFilter,
  RequestForgetInput,
  RequestList,
  RequestListInput,
  RequestRecord,
  RequestsForgotten,
  TailedRequest,
} from '../domain/request-list.ts';
import type { Response, ResponseItemList, ResponseItemListInput, ResponseStreamEvent } from '../domain/responses.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { WatchedEvent, WatchInput } from '../domain/watched-event.ts';
import type { OperatorServices } from './operator-services.ts';
import type { SessionServices } from './session-services.ts';

/** Which events of a run a request reads. */
export interface RunReading {
  readonly runId: string;
  /** The id of the last event that the reader has. */
  readonly lastEventId?: string | undefined;
  /** The same as a number. */
  readonly startingAfter?: number | undefined;
  /** Over REST: the chunks only unless `all`. */
  readonly include?: 'all' | undefined;
}

/** Where a reader of a response's events begins: behind an event that it has. */
export interface ResponsePosition {
  /** Its sequence number. */
  readonly startingAfter?: number | undefined;
  /** Its id, which an EventSource sends by itself: it wins. */
  readonly lastEventId?: string | undefined;
}

/** What the procedures of responses use: each is about a response of the scope's principal, and rejects with (or throws) `response_not_found`. */
export interface ResponseServices {
  /** A response in the background as it is now, or one that is kept. */
  retrieve(scope: RequestScope, id: string): Promise<Response>;
  /** Ends a response in the background; changes nothing after its end. Rejects with `invalid_request` for another response. */
  cancel(scope: RequestScope, id: string): Promise<Response>;
  /** Ends a response, and removes it. */
  remove(scope: RequestScope, id: string): Promise<void>;
  /** A part of the items of a kept response's own request. Throws `invalid_request` for an `after` that is not among them. */
  inputItems(scope: RequestScope, input: ResponseItemListInput): ResponseItemList;
  /**
   * The events of a response in the background, from the first one or behind one that the reader has: an EventStream, whose raw face is not in the type. Rejects as
   * `cancel`, and with `run_events_expired`.
   */
  events(scope: RequestScope, id: string, position: ResponsePosition): Promise<AsyncIterable<ResponseStreamEvent>>;
}

/** What the procedures of the request log use. Each shows only what the principal of the scope may see. */
export interface RequestServices {
  /** A page. Rejects with `invalid_request` for a wrong range or cursor, or `store_unavailable`. */
  list(scope: RequestScope, input: RequestListInput): Promise<RequestList>;
  /** One request, by the id of its row or of the request. Rejects with `not_found`, or `store_unavailable`. */
  retrieve(scope: RequestScope, id: string): Promise<RequestRecord>;
  /** The bodies of one request, which `retrieve` would find. Rejects with `forbidden`, `not_found` or `store_unavailable`. */
  body(scope: RequestScope, id: string): Promise<RequestBodies>;
  /** Deletes rows. Rejects with `invalid_request`, `forbidden` or `store_unavailable`. */
  forget(scope: RequestScope, input: RequestForgetInput): Promise<RequestsForgotten>;
  /**
   * The requests of this process that end from now on: an EventStream, whose raw face is not in the type. A slow reader loses requests, which are
   * counted. Rejects with `store_unavailable`.
   */
  tail(scope: RequestScope, input: RequestFilter): Promise<AsyncIterable<TailedRequest>>;
}

/** What the procedures of one gateway use beside its chains. One object for all calls. */
export interface Services {
  /** The gateway's version. */
  readonly version: string;
  readonly responses: ResponseServices;
  readonly operators: OperatorServices;
  readonly accounts: Accounts;
  readonly sessions: SessionServices;
  readonly requests: RequestServices;
  /** Whether the gateway accepts requests. */
  ready(): boolean;
  /** Origin and state of the configuration that is served. */
  configuration(): ConfigurationStatus;
  /** The state of an entry: whether it can be tried now. */
  entryStatus(entry: Entry): EntryStatus;
  /** The context window of a target's model in tokens: as configured, else as the price lists state it; undefined where it is unknown. */
  contextTokens(target: Target): number | undefined;
  /** What is known of the limits of every model that the principal may use. */
  limits(scope: RequestScope): readonly LimitStatus[];
  /** How many open subscriptions that no chain answers a principal has, given its id. */
  subscriptionsOf(principal: string): number;
  /** All rows first, then each row that changes: an EventStream, whose raw face is not in the type. Ends when its consumer cancels. */
  watchLimits(scope: RequestScope): AsyncIterable<LimitStatus>;
  /** A run of the scope's principal, with its answer once it is completed. Rejects with `run_not_found`. */
  run(scope: RequestScope, id: string): Promise<Run>;
  /** Ends a run of the scope's principal; changes nothing after its end. Rejects with `run_not_found`. */
  cancelRun(scope: RequestScope, id: string): Promise<Run>;
  /**
   * The events of a run from a position on, each as it arrives: an EventStream, whose raw face is not in the type. Over REST it has the chunks only,
   * unless all are included. Rejects with `run_not_found`, `run_events_expired`, or `invalid_request` for a wrong position.
   */
  readRun(
    scope: RequestScope,
    reading: RunReading,
  ): Promise<AsyncIterable<TrackedEnvelope<RunEvent<ChatCompletionChunk>>>>;
  /**
   * The events of the chains and the tenant that the principal may see, from this call on: an EventStream, as above. A slow reader loses events,
   * which are counted. Throws `invalid_request` for a chain that the principal cannot use.
   */
  watchEvents(scope: RequestScope, input: WatchInput): AsyncIterable<WatchedEvent>;
}
