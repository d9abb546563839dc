import type { Call } from '../../domain/call.ts';
import type { Target } from '../../domain/chain.ts';
import type { Steps } from '../../lib/steps.ts';
import type { UpstreamRequest } from '../../upstream/transport.ts';
import type { AnswerContext, Codec, EncodeOptions } from '../codec.ts';
import type { AnswerReader, AnswerWriter, BlockEvent } from './block-event.ts';
import type { Losses } from './losses.ts';
import type { NeutralRequest } from './request.ts';

/** What an answer is written with. */
export interface WriterContext {
  /** The call that it answers. */
  readonly call: Call;
  readonly request: NeutralRequest;
  /** The provider's model, for answers that name none. */
  readonly model: string;
}

/** The members of a request's body. */
export type RequestFields = Readonly<Record<string, unknown>>;

/** An API as a client speaks it: the near side of a translation. Pure. */
export interface ClientApi {
  /** Reads a request. `fields`: its parsed body, where that is known. Throws a GatewayError for one that is certainly wrong. */
  decode(call: Call, fields?: RequestFields): NeutralRequest;
  /** A writer for one answer. */
  writer(context: WriterContext): AnswerWriter;
}

/** What a request is encoded with. */
export interface ProviderRequest {
  readonly call: Call;
  readonly request: NeutralRequest;
  readonly target: Target;
  readonly options: EncodeOptions;
  /** Takes what cannot be carried. A request with a reason against it is not sent. */
  readonly losses: Losses;
}

/** An encoded request, and the parameters in it that a retry may omit (`Encoded.added`). */
export interface EncodedForProvider {
  readonly request: UpstreamRequest;
  readonly added?: readonly string[] | undefined;
}

/** An API as a provider speaks it: the far side of a translation. Pure, except for the readers that it makes. */
export interface ProviderApi {
  /** The codec of the API's own operation, which judges answers and makes grammars. */
  readonly own: Codec;
  /** Writes a request, a large one in steps. */
  encode(request: ProviderRequest): Steps<EncodedForProvider>;
  /** A reader for one stream. */
  reader(context: AnswerContext): AnswerReader;
  /** A whole answer, which `own.judge` has accepted, as block events from `start` to `finish`. */
  readWhole(value: object, context: AnswerContext): readonly BlockEvent[];
}

/** In `EncodeOptions.without`: the reasoning of the conversation so far, which the provider has refused. */
export const HISTORY_REASONING = 'history:reasoning';
