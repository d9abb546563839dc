import type { Call } from '../domain/call.ts';
import type { Quirks, Target } from '../domain/chain.ts';
import type { Observation } from '../domain/limits.ts';
import type { Reading } from '../domain/reading.ts';
import type { StreamGrammar } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import type { ReadOptions } from '../refusals/read-options.ts';
import type { ReplyHead, UpstreamRequest } from '../upstream/transport.ts';

/** A whole JSON answer, judged. */
export type JsonVerdict =
  | {
      readonly kind: 'answer';
      readonly value: object;
      readonly usage: Usage | undefined;
      /** How much was answered, in bytes of text. */
      readonly outputBytes: number;
    }
  | { readonly kind: 'unusable'; readonly problem: string; readonly error?: ReportedError | undefined };

/** What a request is encoded with beside the call itself. */
export interface EncodeOptions {
  /** Parameters of ours that this entry has refused before. */
  readonly without: ReadonlySet<string>;
  /** Headers that every request of ours has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An encoded request, and the parameters that we and not the caller put into it. */
export interface Encoded {
  readonly request: UpstreamRequest;
  readonly added: readonly string[];
}

/** A wire protocol. Pure and stateless but for the grammars it makes; every attempt starts again from the call. */
export interface Dialect {
  encode(call: Call, target: Target, options: EncodeOptions): Encoded;
  /** A fresh grammar for one stream of this call, from a server with these quirks. */
  grammar(call: Call, quirks: Quirks): StreamGrammar;
  /** Judges a 2xx JSON body. */
  judge(call: Call, body: Buffer): JsonVerdict;
  /** A judged answer's bytes as a server without quirks would have sent them; the same where there is nothing to mend. */
  mend(value: object, body: Buffer, quirks: Quirks): Buffer;
  /** A judged answer as the events of a stream, for who has asked for one; undefined where it cannot be told so. */
  toEvents(call: Call, value: object): readonly Buffer[] | undefined;
  /** The answer that a complete stream's events make, as JSON, for who has asked for no stream; undefined where they make none. */
  fromEvents(call: Call, events: readonly Buffer[]): Buffer | undefined;
  /** Reads a refusal. */
  read(head: ReplyHead, body: Buffer, by: ReadOptions): Reading;
  /** Reads an error that came inside a 2xx. */
  readError(error: ReportedError, by: ReadOptions): Reading;
  /** What the headers of any reply tell of its vendor's limits. */
  observe(headers: ReplyHead['headers'], by: ReadOptions): readonly Observation[];
}
