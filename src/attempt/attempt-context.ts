import type { CodecOf } from '../dialects/codec-of.ts';
import type { AnswerContext, Codec } from '../dialects/codec.ts';
import type { Call } from '../domain/call.ts';
import type { Target, Timeouts } from '../domain/chain.ts';
import type { Observation } from '../domain/limits.ts';
import type { AnswerReader } from '../domain/tracing.ts';
import type { OutputWatch } from '../limits/admission.ts';
import type { Usage } from '../domain/usage.ts';
import type { Clock } from '../lib/clock.ts';
import type { Cohort } from '../lib/cohort.ts';
import type { Redact } from '../lib/redact.ts';
import type { Flow, Transport, TransportFailure } from '../upstream/transport.ts';
import type { AttemptResult, CommitGate, EndedStream } from './answer.ts';
import type { AttemptWatchdogs } from './watchdogs.ts';

/** What all attempts of one gateway share. */
export interface AttemptTools {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly codecOf: CodecOf;
  /** Delivers the results of attempts that end in one turn of the event loop together. */
  readonly inCohort: Cohort;
}

/** Notified of an attempt's progress. */
export interface AttemptListener {
  /** The attempt has a socket and the request is being written: from now on it may cost tokens. */
  sent?(): void;
  /** Limits in the headers of a 2xx reply; those of a refusal are in its reading. */
  replied?(observed: readonly Observation[]): void;
  /** A committed stream has ended; called once. */
  streamEnded?(ended: EndedStream): void;
}

/** The facts of one attempt. */
export interface AttemptOptions {
  readonly call: Call;
  readonly target: Target;
  readonly timeouts: Timeouts;
  /** Milliseconds until the commit at the latest, by the chain's time budget. */
  readonly commitWithin: number;
  readonly gate: CommitGate;
  /** Removes the configuration's secrets from a provider's error texts. */
  readonly redact: Redact;
  /** Headers of every upstream request, beside those of its dialect. */
  readonly headers: Readonly<Record<string, string>>;
  /** The request's signal: an abort cancels the attempt in every state, a committed stream too. */
  readonly signal: AbortSignal;
  readonly listener: AttemptListener;
  /** Follows the output of the stream; undefined where nothing has to. */
  readonly outputWatch?: OutputWatch | undefined;
  /** Reads facts of the answer's events for its trace; undefined where nothing is traced. */
  readonly answerReader?: AnswerReader | undefined;
  /** The cost, as JSON, that the client wants in a stream's usage; undefined where it wants none. */
  readonly costOf?: ((usage: Usage) => string) | undefined;
}

/** Receives the reply's body; one for each kind of reply. */
export interface BodyReceiver {
  data(bytes: Buffer): void;
  end(): void;
  interrupted(how: Interruption): void;
}

/**
 * Why a reply is not read to its end: the exchange failed, a timeout or the client cancelled the attempt, or the gateway's own reading of it
 * threw. After a throw nothing that was read counts as whole. The message is safe to show.
 */
export type Interruption =
  | TransportFailure
  | { readonly kind: 'cancelled'; readonly code: string }
  | { readonly kind: 'unreadable'; readonly message: string };

/** What a body receiver works with. Pausing and resuming it applies backpressure to the upstream. */
export interface AttemptContext extends Flow {
  readonly tools: AttemptTools;
  readonly options: AttemptOptions;
  readonly codec: Codec;
  /** What the codec reads the answer with. */
  readonly answerContext: AnswerContext;
  /** Removes secrets and the target's own host from a provider's error texts. */
  readonly redact: Redact;
  readonly watchdogs: AttemptWatchdogs;
  /** Sets the attempt's result. Later calls do nothing. */
  settle(result: AttemptResult): void;
  /** Ends the exchange and releases everything that the attempt holds; idempotent. */
  release(): void;
  /** Cancels the exchange with a reason. */
  abort(code: string): void;
}
