import type { ClientApi, ProviderApi } from '../../../neutral/api.ts';
import { openaiChat } from '../codec.ts';
import { decodeChat } from './decode.ts';
import { encodeForChat } from './encode.ts';
import { ChatReader } from './read-answer.ts';
import { ChunkWriter } from './write-chunks.ts';
import { CompletionWriter } from './write-completion.ts';

/** Chat completions as a client requests them. */
export const chatClient: ClientApi = Object.freeze({
  decode: decodeChat,
  writer: (context) => (context.call.stream ? new ChunkWriter(context) : new CompletionWriter(context)),
} satisfies ClientApi);

/** Chat completions as OpenAI and compatible providers serve them. */
export const chatProvider: ProviderApi = Object.freeze({
  own: openaiChat,
  encode: encodeForChat,
  reader: () => new ChatReader(),
  readWhole(value) {
    const reader = new ChatReader();
    return [...reader.read(value), ...reader.end()];
  },
} satisfies ProviderApi);
