import type { ClientApi, ProviderApi } from '../../neutral/api.ts';
import { anthropicMessages } from './codec.ts';
import { decodeMessages } from './decode.ts';
import { encodeMessages } from './encode.ts';
import { createMessageReader, readMessage } from './read.ts';
import { createMessageWriter } from './write.ts';

/** The Messages API as clients speak it. */
export const messagesClient: ClientApi = Object.freeze({ decode: decodeMessages, writer: createMessageWriter });

/** The Messages API as providers speak it. */
export const messagesProvider: ProviderApi = Object.freeze({
  own: anthropicMessages,
  encode: encodeMessages,
  reader: createMessageReader,
  readWhole: readMessage,
});
