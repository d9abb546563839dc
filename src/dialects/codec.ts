import type { Call } from '../domain/call.ts';
import type { Quirks, Target } from '../domain/chain.ts';
import type { UnsuitedCode } from '../domain/outcome.ts';
import type { StreamGrammar } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import type { Steps } from '../lib/steps.ts';
import type { UpstreamRequest } from '../upstream/transport.ts';

/** Verdict on a whole JSON answer. */
export type JsonVerdict =
  | {
      readonly kind: 'answer';
      readonly value: object;
      /** The answer as valid JSON, where the body is none and was read leniently. */
      readonly body?: Buffer | undefined;
      readonly usage: Usage | undefined;
      /** Size of the output, in bytes of text. */
      readonly outputBytes: number;
    }
  | { readonly kind: 'unusable'; readonly problem: string; readonly error?: ReportedError | undefined };

/** What a request is encoded with, beside the call and the target. */
export interface EncodeOptions {
  /** Parameters that the request does not need and that this entry has refused before. */
  readonly without: ReadonlySet<string>;
  /** Headers of every upstream request; names in lower case. They win over all others. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An encoded request. */
export interface Encoded {
  readonly request: UpstreamRequest;
  /** Parameters that the request does not need: the gateway added them, or makes up for them in the answer. A retry may omit them. */
  readonly added: readonly string[];
  /** The client's fields that change the answer and are not sent, because the dialect has none for them; none unless given. Sorted. */
  readonly dropped?: readonly string[] | undefined;
}

/** Why a target cannot take a request: in its dialect the answer would be wrong. A sentence. */
export interface Unsuited {
  readonly unsuited: string;
  /** The client's field that the dialect cannot carry, where that is the reason. */
  readonly field?: string | undefined;
  /** The code of the error where no entry can take the request; `invalid_request` unless given. */
  readonly code?: UnsuitedCode | undefined;
}

/** What an answer is read with: the call that it answers, and how the server differs. */
export interface AnswerContext {
  readonly call: Call;
  readonly quirks: Quirks;
  /** The provider's model. */
  readonly model: string;
}

/** An event that a JSON answer becomes. */
export interface ConvertedEvent {
  /** Of an API that names its events. */
  readonly name?: string | undefined;
  readonly data: Buffer;
  /** Present where it is known, as it is of a large event: the parsed data, and the whole event with its framing. */
  readonly large?: { readonly value: object; readonly plain: Buffer } | undefined;
}

/** A JSON answer with its bytes. */
export interface JsonBody {
  readonly value: object;
  readonly bytes: Buffer;
}

/** Splits one request into several and joins their answers, for an operation whose request has a list of independent inputs. Pure. */
export interface BatchCodec {
  /** The number of inputs that can be sent apart. */
  size(call: Call): number;
  /** The call with only its inputs from `from` to before `to`. */
  slice(call: Call, from: number, to: number): Call;
  /** One answer of the judged and mended answers of consecutive parts, in their order; undefined where they do not fit together. */
  join(parts: readonly JsonBody[]): JsonBody | undefined;
}

/**
 * Translates one operation to one dialect and back. Pure and stateless, except for the grammars that it makes: every attempt starts from the
 * call.
 */
export interface Codec {
  /** The upstream request of one attempt. Nothing is sent to a target that is unsuited. */
  encode(call: Call, target: Target, options: EncodeOptions): Encoded | Unsuited;
  /** The same, a large request in steps. Undefined where `encode` is short for any request. */
  encodeSteps?(call: Call, target: Target, options: EncodeOptions): Steps<Encoded | Unsuited>;
  /** A new grammar for one stream. */
  grammar(context: AnswerContext): StreamGrammar;
  /** Judges a 2xx JSON body, a large one in steps. */
  judge(body: Buffer, context: AnswerContext): Steps<JsonVerdict>;
  /** A judged answer's bytes without the server's quirks: the bytes that the API documents. The same bytes where nothing needs repair. */
  mend(value: object, body: Buffer, context: AnswerContext): Buffer;
  /** A judged answer as the events of a stream, one per step at most, for a client that requested a stream; undefined where it has no such form. */
  toEvents(value: object, context: AnswerContext): Generator<ConvertedEvent | undefined, void> | undefined;
  /** A complete stream's events as one JSON answer, in steps, for a client that requested no stream; undefined where they make none. */
  fromEvents(events: readonly Buffer[], context: Pick<AnswerContext, 'quirks'>): Steps<Buffer | undefined> | undefined;
  /**
   * A judged and mended answer in the client's API, in steps. Undefined where the provider speaks that API itself. The other members, but for `grammar`, then
   * read and make what the provider speaks.
   */
  translate?(value: object, usage: Usage, context: AnswerContext): Steps<Buffer>;
  /** Undefined where a request cannot be split. */
  readonly batch?: BatchCodec | undefined;
  /** What the dialect lacks for the operation, in a few words, where no target of it can serve any request. */
  readonly lacks?: string | undefined;
}
