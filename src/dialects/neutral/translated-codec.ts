import type { Call } from '../../domain/call.ts';
import type { Target } from '../../domain/chain.ts';
import { jsonTextSteps } from '../../lib/json-text.ts';
import { mapSteps, runAtOnce, type Steps } from '../../lib/steps.ts';
import type { AnswerContext, Codec, Encoded, EncodeOptions, Unsuited } from '../codec.ts';
import type { ClientApi, ProviderApi, RequestFields } from './api.ts';
import { Losses } from './losses.ts';
import type { NeutralRequest } from './request.ts';
import { restoreNames } from './tool-names.ts';
import { TranslatedGrammar } from './translated-grammar.ts';
import { Translation } from './translation.ts';

/**
 * The codec of a client's API over a provider's other API: requests are decoded and encoded, answers read and written block by block. A stream that
 * arrives in place of JSON, and JSON in place of a stream, become what was expected in the provider's own API first.
 */
export function translatedCodec(client: ClientApi, provider: ProviderApi): Codec {
  const requests = new DecodedRequests(client);
  const translationOf = ({ call, model }: AnswerContext): Translation => {
    const request = requests.of(call);
    return new Translation(client.writer({ call, request, model }), restoreNames(request));
  };
  const encodeSteps = function* (call: Call, target: Target, options: EncodeOptions): Steps<Encoded | Unsuited> {
    const losses = new Losses();
    const request = yield* requests.steps(call);
    if (request === undefined) return TOO_COMPLEX;
    for (const lost of request.lost) losses.note(lost);
    const encoded = yield* provider.encode({ call, request, target, options, losses });
    if (losses.reason !== undefined) return { unsuited: losses.reason, field: losses.field, code: losses.code };
    return { request: encoded.request, added: encoded.added ?? [], dropped: losses.reported };
  };
  const { own } = provider;
  return Object.freeze({
    encode: (call, target, options) => runAtOnce(encodeSteps(call, target, options)),
    encodeSteps,
    grammar(context) {
      // Without a stream for the client the events are put together in the provider's API.
      if (!context.call.stream) return own.grammar(context);
      return new TranslatedGrammar(own.grammar(context), provider.reader(context), translationOf(context));
    },
    judge: (body, context) => own.judge(body, context),
    mend: (value, body, context) => own.mend(value, body, context),
    toEvents: (value, context) => own.toEvents(value, context),
    fromEvents: (events, context) => own.fromEvents(events, context),
    *translate(value, usage, context) {
      const translation = translationOf(context);
      translation.usage(usage);
      const events = provider.readWhole(value, context);
      yield;
      yield* mapSteps(events, (event) => translation.write(event));
      translation.finish();
      return yield* jsonTextSteps(translation.whole());
    },
  } satisfies Codec);
}

const TOO_COMPLEX: Unsuited = Object.freeze({ unsuited: 'The request is too complex to be translated for its API.' });

/** The requests of calls. Each attempt of a call needs its request, and a call never changes. */
class DecodedRequests {
  readonly #client: ClientApi;
  readonly #known = new WeakMap<Call, NeutralRequest>();

  constructor(client: ClientApi) {
    this.#client = client;
  }

  of(call: Call): NeutralRequest {
    return this.#known.get(call) ?? this.#decode(call, undefined);
  }

  /** The same, a large one in steps. Undefined where its body is too complex. */
  *steps(call: Call): Steps<NeutralRequest | undefined> {
    const known = this.#known.get(call);
    if (known !== undefined) return known;
    const fields = yield* call.body.parseSteps();
    if (fields === undefined) return undefined;
    yield;
    return this.#decode(call, fields);
  }

  #decode(call: Call, fields: RequestFields | undefined): NeutralRequest {
    const request = this.#client.decode(call, fields);
    this.#known.set(call, request);
    return request;
  }
}
