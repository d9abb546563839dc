import type { Dialect } from '../domain/chain.ts';
import type { Operation } from '../domain/operation.ts';
import { OPERATION_NAMES, type OperationName } from '../domain/operation-names.ts';
import type { Codec } from './codec.ts';
import type { ClientApi, ProviderApi } from './neutral/api.ts';
import { translatedCodec } from './neutral/translated-codec.ts';
import { messagesClient, messagesProvider } from './anthropic/messages/api.ts';
import { anthropicMessages } from './anthropic/messages/codec.ts';
import { anthropicCountTokens } from './anthropic/messages/count-tokens.ts';
import { chatClient, chatProvider } from './openai/chat/translate/api.ts';
import { completionsClient } from './openai/completions/api.ts';
import { openaiCompletions } from './openai/completions/codec.ts';
import { responsesClient, responsesProvider } from './openai/responses/api.ts';
import { openaiCompact } from './openai/responses/compact.ts';
import { openaiResponses } from './openai/responses/codec.ts';
import { openaiChat } from './openai/chat/codec.ts';
import { openaiEmbeddings } from './openai/embeddings/codec.ts';

/** The codec of each operation's own API: the same on the client's and on the provider's side. */
const OWN: Readonly<Record<OperationName, Codec>> = Object.freeze({
  'chat.completions': openaiChat,
  completions: openaiCompletions,
  responses: openaiResponses,
  'responses.compact': openaiCompact,
  messages: anthropicMessages,
  'messages.count_tokens': anthropicCountTokens,
  embeddings: openaiEmbeddings,
});

/** The operations whose own API the providers of a dialect speak. */
const SPOKEN: Readonly<Record<Dialect, ReadonlySet<OperationName>>> = Object.freeze({
  openai: new Set<OperationName>(['chat.completions', 'completions', 'embeddings']),
  'openai-responses': new Set<OperationName>(['responses', 'responses.compact', 'embeddings']),
  anthropic: new Set<OperationName>(['messages', 'messages.count_tokens']),
});

/** The operations that any dialect can answer by translation, as clients speak them. */
const CLIENTS: Readonly<Partial<Record<OperationName, ClientApi>>> = Object.freeze({
  'chat.completions': chatClient,
  completions: completionsClient,
  responses: responsesClient,
  messages: messagesClient,
});

/** What the providers of a dialect translate to and from. */
const PROVIDERS: Readonly<Record<Dialect, ProviderApi>> = Object.freeze({
  openai: chatProvider,
  'openai-responses': responsesProvider,
  anthropic: messagesProvider,
});

/** Finds the codec of an operation for a dialect. */
export type CodecOf = (operation: Operation, dialect: Dialect) => Codec;

/**
 * The codec of an operation for a target's dialect: that of the operation's own API where the dialect speaks it, else a translation. A pair that
 * has neither has a codec for which every target is unsuited. Throws a TypeError for an operation that is not in the table.
 */
export const codecOf: CodecOf = (operation, dialect) => {
  const codec = CODECS[dialect].get(operation.name);
  if (codec === undefined) throw new TypeError(`There is no codec of ${operation.name} for the dialect ${dialect}.`);
  return codec;
};

/** The codec of an operation's own API. Throws as `codecOf`. */
export function ownCodecOf({ name }: Operation): Codec {
  const codecs: Readonly<Record<string, Codec>> = OWN;
  const codec = Object.hasOwn(codecs, name) ? codecs[name] : undefined;
  if (codec === undefined) throw new TypeError(`There is no codec of ${name}.`);
  return codec;
}

const CODECS: Readonly<Record<Dialect, ReadonlyMap<string, Codec>>> = Object.freeze({
  openai: codecsOf('openai'),
  'openai-responses': codecsOf('openai-responses'),
  anthropic: codecsOf('anthropic'),
});

function codecsOf(dialect: Dialect): ReadonlyMap<string, Codec> {
  const codecs = new Map<string, Codec>();
  for (const name of OPERATION_NAMES) {
    const [own, client] = [OWN[name], CLIENTS[name]];
    if (SPOKEN[dialect].has(name)) codecs.set(name, own);
    else if (client !== undefined) codecs.set(name, translatedCodec(client, PROVIDERS[dialect]));
    else codecs.set(name, unserved(own, `${name} with the dialect ${dialect}`));
  }
  return codecs;
}

/** The codec of a pair that nothing can serve. `lacks`: what the dialect lacks. */
function unserved(own: Codec, lacks: string): Codec {
  return { ...own, lacks, encode: () => ({ unsuited: `This entry does not support ${lacks}.` }) };
}
