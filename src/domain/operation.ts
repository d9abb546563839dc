import type { AnswerCheck } from './answer-check.ts';
import type { GatewayError } from './errors.ts';
import type { Content, Needs } from './needs.ts';
import type { RequestBody } from './request-body.ts';
import type { RequestIds } from './scope.ts';

/** How an operation streams over REST. */
export interface StreamFormat {
  /** Whether the API sends bare `data:` events or names each by an `event:` line. */
  readonly events: 'bare' | 'named';
  /** Written after a complete answer, and only then; empty where the API's last event ends the stream. */
  readonly end: string;
  /** Written in a silence; a comment unless given. */
  readonly keepAlive?: string | undefined;
}

/**
 * One operation of the public API: everything that is the same for it whatever provider serves it. The rows are in `operations/`. Pure,
 * frozen, shared by all requests.
 */
export interface Operation {
  /** Dotted, as the SDK of the API names it: `chat.completions`. */
  readonly name: string;
  /** Top-level body fields that the gateway reads or edits. Each may occur once: a parser behind the gateway might read the other one. */
  readonly singleFields: readonly string[];
  /** The top-level field whose names are tried after `model`; undefined where the operation has none. */
  readonly modelsField: string | undefined;
  /** Top-level fields that are the gateway's own: no provider receives them. */
  readonly ownFields: readonly string[];
  /** Top-level fields that every request has, so that none of them is a parameter which an entry may lack. */
  readonly commonFields: ReadonlySet<string>;
  /** Top-level fields that hold the content itself: a refusal of one of them is the client's mistake, not a parameter of an entry. */
  readonly contentFields: ReadonlySet<string>;
  /** Request headers of the client that are forwarded to the provider; lower case. Headers that carry keys are never among them. */
  readonly forwardedHeaders: readonly string[];
  /**
   * Whether only entries of one model may answer a chain: results of two models, such as vectors, do not compare. The chain's first entry
   * decides which model that is, unless the chain allows `mixedModels`.
   */
  readonly sameModelOnly: boolean;
  /** Undefined where the operation has no streams. */
  readonly stream: StreamFormat | undefined;
  /** Whether a text may be sent as numbers, so that they have a limit of their own and are no values of the body. */
  readonly manyNumbers: boolean;
  /** Whether the API has such a top-level field. */
  hasField(name: string): boolean;
  /** Throws `invalid_request` where the content of a body has not the form that every provider requires. Linear in its values. */
  checkContent(body: RequestBody): void;
  /** The check that a body requests for its answer; undefined where it requests none. Throws `invalid_request` for one that cannot be made. */
  answerCheckOf(body: RequestBody): AnswerCheck | undefined;
  /** Reads the content of a body, in any form. Linear in its values, whose texts are not parsed. */
  contentOf(body: RequestBody): Content;
  /**
   * Whether a stream may be requested from two entries at the same time, of which one is cancelled: nothing is stored, no work goes on behind
   * the answer, and the answer is one text.
   */
  mayHedge(body: RequestBody): boolean;
  /** What a request requires of the entry that serves it. `content`: that of the body. Cheap: it reads small parameters only. */
  needsOf(body: RequestBody, content: Content): Needs;
  /**
   * Whether one of the fields at these paths is wrong by the schema of the API: of another JSON type, or without a required member. Paths are
   * written as providers write them (`messages[0].content`, `messages.0.content`); false for fields that the API does not have, and for what a
   * large body's outline does not show.
   */
  hasWrongField(body: RequestBody, paths: readonly string[]): boolean;
  /** The error body of the API. */
  errorBody(error: GatewayError, ids: RequestIds): object;
  /** The same as the last events of a stream that has begun: LF-framed, and nothing that looks like a regular end. */
  errorEvents(error: GatewayError, ids: RequestIds): string;
  /** The response header in which the API's clients look for the request's id, beside `x-request-id`; undefined for none. */
  readonly idHeader?: string | undefined;
  /** Whether providers of its dialect may lack it: a 404 then says nothing about the model. */
  readonly optional?: boolean | undefined;
  /** Whether providers bill nothing for it. */
  readonly free?: true | undefined;
}
