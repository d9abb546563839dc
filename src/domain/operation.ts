import type { GatewayError } from './errors.ts';
import type { Needs } from './needs.ts';

/** What every operation's input has in common: the part that routing reads. */
export interface RoutedInput {
  readonly model?: string | undefined;
}

/** How an operation streams over REST. */
export interface StreamFormat {
  /** Whether the API sends bare `data:` events or names each by an `event:` line. */
  readonly events: 'bare' | 'named';
  /** Written after a complete answer, and only then; empty where the API's last event ends the stream. */
  readonly end: string;
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
  /** What a request requires of the entry that serves it. Linear in the input and not recursive: a client chooses how deep its input is. */
  needsOf(input: unknown): Needs;
  /** Estimated tokens of the prompt, for a provider that reports none. Linear in the input and not recursive. */
  promptTokensOf(input: unknown): number;
  /**
   * Whether one of the fields at these paths is wrong by the schema of the API: of another JSON type, or without a required member. Paths are
   * written as providers write them (`messages[0].content`, `messages.0.content`); false for fields that the API does not have. Linear in the
   * fields.
   */
  hasWrongField(input: unknown, paths: readonly string[]): boolean;
  /** The error body of the API, of four members at least. */
  errorBody(error: GatewayError): object;
}
