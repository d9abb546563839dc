import type { Call } from '../../domain/call.ts';
import { jsonTextSteps } from '../../lib/json-text.ts';
import type { AnswerContext, Codec } from '../codec.ts';
import type { ClientApi, ProviderApi } from './api.ts';
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
  const decoded = memoised((call) => client.decode(call));
  const translationOf = ({ call, model }: AnswerContext): Translation => {
    const request = decoded(call);
    return new Translation(client.writer({ call, request, model }), restoreNames(request));
  };
  const { own } = provider;
  return Object.freeze({
    encode(call, target, options) {
      const losses = new Losses();
      const request = decoded(call);
      for (const { field, loss } of request.lost) losses.add(field, loss);
      const encoded = provider.encode({ call, request, target, options, losses });
      if (losses.reason !== undefined) return { unsuited: losses.reason, field: losses.field };
      return { request: encoded.request, added: encoded.added ?? [], dropped: losses.told };
    },
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
      for (const event of provider.readWhole(value, context)) translation.write(event);
      translation.finish();
      return yield* jsonTextSteps(translation.whole());
    },
  } satisfies Codec);
}

/** Each attempt of a call needs its request, and a call never changes. */
function memoised(decode: ClientApi['decode']): ClientApi['decode'] {
  const known = new WeakMap<Call, NeutralRequest>();
  return (call) => {
    let request = known.get(call);
    if (request === undefined) {
      request = decode(call);
      known.set(call, request);
    }
    return request;
  };
}
