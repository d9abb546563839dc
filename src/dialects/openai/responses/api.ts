import type { ClientApi, ProviderApi } from '../../neutral/api.ts';
import { openaiResponses } from './codec.ts';
import { decodeResponses } from './decode.ts';
import { encodeForResponses } from './encode.ts';
import { createResponseReader, readResponse } from './read.ts';
import { createResponseWriter } from './write.ts';

/** The Responses API as a client speaks it. */
export const responsesClient: ClientApi = Object.freeze({
  decode: decodeResponses,
  writer: createResponseWriter,
});

/** The Responses API as a provider speaks it. */
export const responsesProvider: ProviderApi = Object.freeze({
  own: openaiResponses,
  encode: encodeForResponses,
  reader: createResponseReader,
  readWhole: readResponse,
});
