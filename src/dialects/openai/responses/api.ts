import type { ClientApi } from '../../neutral/api.ts';
import { decodeResponses } from './decode.ts';
import { createResponseWriter } from './write.ts';

/** The Responses API as a client speaks it. */
export const responsesClient: ClientApi = Object.freeze({
  decode: decodeResponses,
  writer: createResponseWriter,
});
